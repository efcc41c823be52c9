//! Convolution over images `(batch, .., channels)` of one to three spatial axes, and upsampling.

use super::{Operand, Real, Tensor};
use crate::size::rules::ChannelsOf;
use crate::size::{
    AxisWindow, Edge, Grouping, KernelOrder, Resized, Shape, Size, Spatial, Transposed, U1,
    UpsampledBy, WindowShape, Windowed,
};

/// The shape of what a window gives: its positions, with channels `C`.
pub type Positions<S, K, T, P, D, C, L = U1> = <S as Windowed<K, T, P, D, L>>::Output<C>;
/// The shape of what a transposed convolution gives, with channels `C`.
pub type TransposedPositions<S, K, T, P, D, C> = <S as Transposed<K, T, P, D>>::Output<C>;

impl<S, E> Tensor<S, E> {
    /// The convolution with a kernel `(.., In / groups, Out)`, as cross-correlation:
    /// `y[b, p, o] = Σ x[b, p s + q d, c] k[q, c, o] + bias[o]` over the padded input, for positions p and
    /// elements q of the window (`jax.lax.conv_general_dilated`, channels last; PyTorch's `conv2d`).
    ///
    /// `K` window, `T` strides, `P` padding, `D` dilation of the window, `L` dilation of the input, `G`
    /// groups: the layer `Conv` is this with a kernel and a bias of its own.
    ///
    /// ```
    /// use nnx_core::size::{Ungrouped, U1, Valid, U2};
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![1, 4, 1] = Tensor::from([1.0, 2.0, 4.0, 8.0]).reshape();
    /// let differences: Tensor![2, 1, 1] = Tensor::from([-1.0, 1.0]).reshape();
    /// let y = x.conv::<(U2,), U1, Valid, U1, U1, Ungrouped, _, _, _>(differences, None);
    /// assert_eq!(y.to_vec(), [1.0, 2.0, 4.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window, where there is no padding or an explicit one.
    #[must_use]
    #[track_caller]
    pub fn conv<K, T, P, D, L, G, In, Out, F>(
        self,
        kernel: Tensor<K::Weights<G::In, Out>, F>,
        bias: Option<Tensor<(Out,), F>>,
    ) -> Tensor<Positions<S, K, T, P, D, Out, L>, F>
    where
        S: Spatial<K::Rank, Channels: ChannelsOf<S, In>> + Windowed<K, T, P, D, L>,
        K: WindowShape,
        G: Grouping<In, Out>,
        In: Size,
        Out: Size,
        E: Operand<F>,
        F: Real,
    {
        let axes = <S as Windowed<K, T, P, D, L>>::WINDOWS;
        check_windows(S::AXES, S::NAMES, "conv", axes, &self.dims());
        let (kernel, bias) = (kernel.into_dyn(), bias.map(Tensor::into_dyn));
        Tensor::trusted(self.into_dyn().convolve(kernel, bias, axes, G::GROUPS))
    }

    /// The transposed convolution with a kernel `(.., In, Out)`, or `(.., Out, In)` by the order `O`
    /// (`jax.lax.conv_transpose`): the input with `stride - 1` zeros between its elements, padded by `P`
    /// and convolved.
    ///
    /// `K` window, `T` strides, `P` padding, `D` dilation of the window: the layer `ConvTranspose` is
    /// this with a kernel and a bias of its own.
    ///
    /// ```
    /// use nnx_core::size::{InOut, U1, U2, Valid};
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![1, 2, 1] = Tensor::from([1.0, 2.0]).reshape();
    /// let kernel: Tensor![2, 1, 1] = Tensor::from([1.0, 10.0]).reshape();
    /// let y = x.conv_transpose::<(U2,), U2, Valid, U1, InOut, _, _, _>(kernel);
    /// assert_eq!(y.to_vec(), [10.0, 1.0, 20.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is shorter than the window, where the padding is explicit.
    #[must_use]
    #[track_caller]
    pub fn conv_transpose<K, T, P, D, O, In, Out, F>(
        self,
        kernel: Tensor<K::Weights<O::First, O::Second>, F>,
    ) -> Tensor<TransposedPositions<S, K, T, P, D, Out>, F>
    where
        S: Spatial<K::Rank, Channels: ChannelsOf<S, In>> + Transposed<K, T, P, D>,
        K: WindowShape,
        O: KernelOrder<In, Out>,
        In: Size,
        Out: Size,
        E: Operand<F>,
        F: Real,
    {
        let axes = <S as Transposed<K, T, P, D>>::WINDOWS;
        // Zeros stand between the elements, as in a dilated input.
        let over = axes.iter().map(|axis| AxisWindow { input_dilation: axis.stride, ..*axis });
        let over: Vec<AxisWindow> =
            over.filter(|axis| matches!(axis.edge, Edge::Zeros(..))).collect();
        if over.len() == axes.len() {
            check_windows(S::AXES, S::NAMES, "conv_transpose", &over, &self.dims());
        }
        let kernel = kernel.into_dyn();
        Tensor::trusted(self.into_dyn().convolve_transposed(kernel, axes, O::TRANSPOSED))
    }

    /// Each element repeated along the spatial axes, as often as the factors `F` say:
    /// `x.upsample::<(U2, U2)>()` doubles height and width
    /// (`jax.image.resize(.., "nearest")`; PyTorch's `nn.Upsample`).
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{U2, U3}, tensor::Tensor};
    ///
    /// let x: Tensor![1, 1, 2, 1] = Tensor::from([1.0, 2.0]).reshape();
    /// let y: Tensor![1, 2, 6, 1] = x.upsample::<(U2, U3)>();
    /// assert_eq!(y.to_vec(), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    /// ```
    #[must_use]
    pub fn upsample<F>(self) -> Tensor<S::Output, E>
    where
        S: Shape + UpsampledBy<F>,
        E: Real,
    {
        let axes = S::AXES.len() - 2;
        Tensor::trusted(self.into_dyn().upsample(&S::FACTORS[3 - axes..]))
    }

    /// The image brought to the spatial sizes `O`, whatever its own are: each element is the nearest of the
    /// input (`jax.image.resize(.., "nearest")`). `x.resize_nearest::<(H, W)>()` gives a map the size of
    /// another, in code that is generic over both.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{U3, U4}, tensor::Tensor};
    ///
    /// let x: Tensor![1, 2, 1] = Tensor::from([[[1.0], [2.0]]]);
    /// assert_eq!(x.clone().resize_nearest::<(U4,)>().to_vec(), [1.0, 1.0, 2.0, 2.0]);
    /// assert_eq!(x.resize_nearest::<(U3,)>().to_vec(), [1.0, 2.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    pub fn resize_nearest<O>(self) -> Tensor<S::Output, E>
    where
        S: Shape + Resized<O>,
        E: Real,
    {
        let axes = S::AXES.len() - 2;
        Tensor::trusted(self.into_dyn().resize_nearest(&S::SIZES[3 - axes..]))
    }
}

/// Panics if a window of `operation` doesn't fit into a runtime axis of an image of these axes, names and sizes; into
/// sizes that the compiler knows it fits.
#[track_caller]
pub(super) fn check_windows(
    axes: &[Option<usize>],
    names: &[&str],
    operation: &str,
    windows: &[AxisWindow],
    dims: &[usize],
) {
    for (i, window) in (1..).zip(windows) {
        let padding = match window.edge {
            Edge::Valid => 0,
            Edge::Zeros(front, behind) => front as u128 + behind as u128,
            // These leave a position where there is an element.
            _ => continue,
        };
        let length = dims[i] as u128;
        let spread = length.saturating_sub(1) * window.input_dilation as u128 + length.min(1);
        assert!(
            axes[i].is_some() || spread + padding >= window.reach() as u128,
            "`{operation}`: the axis `{}` is {length} long{}, too short for a window that reaches over {} \
             elements; take larger images, a smaller window, or a padding such as `Same`",
            names[i],
            if padding > 0 { format!(" with a padding of {padding}") } else { String::new() },
            window.reach(),
        );
    }
}
