//! Convolution over images `(batch, .., channels)` of one to three spatial axes, and upsampling.

use super::{Operand, Real, Tensor};
use crate::size::rules::ChannelsOf;
use crate::size::{
    AxisWindow, ConvOptions, ConvTransposeOptions, Edge, Grouping, KernelOrder, Resized, Shape,
    Size, Spatial, Transposed, U1, UpsampledBy, WindowShape, Windowed,
};

/// The output shape of a window with `C` channels: one element for each position of the window.
pub type Positions<S, K, T, P, D, C, L = U1> = <S as Windowed<K, T, P, D, L>>::Output<C>;
/// The output shape of a convolution of `In` channels to `Out`, with the window `K` and the options `O`.
pub type ConvPositions<S, In, Out, K, O> = Positions<
    S,
    K,
    <O as ConvOptions<In, Out>>::Strides,
    <O as ConvOptions<In, Out>>::Pad,
    <O as ConvOptions<In, Out>>::KernelDilation,
    Out,
    <O as ConvOptions<In, Out>>::InputDilation,
>;
/// The output shape of a transposed convolution of `In` channels to `Out`, with the window `K` and the options
/// `O`.
pub type TransposedPositions<S, In, Out, K, O> = <S as Transposed<
    K,
    <O as ConvTransposeOptions<In, Out>>::Strides,
    <O as ConvTransposeOptions<In, Out>>::Pad,
    <O as ConvTransposeOptions<In, Out>>::KernelDilation,
>>::Output<Out>;

impl<S, E> Tensor<S, E> {
    /// The convolution with a kernel `(.., In / groups, Out)`, as cross-correlation:
    /// `y[b, p, o] = Σ x[b, p s + q d, c] k[q, c, o] + bias[o]` over the padded input, for output positions p,
    /// points q of the window, stride s and dilation d (`jax.lax.conv_general_dilated`, channels last; PyTorch's
    /// `conv2d`).
    ///
    /// `K` is the window. `O` are the options of the layer `Conv`, which applies this operation with its own
    /// kernel and bias.
    ///
    /// Cost: 2 I operations for each element of the output, where I are the elements of a window (less than half for 3
    /// × 3 over many channels); scratch that fits the caches.
    ///
    /// ```
    /// use nnx_core::size::{U2, Valid};
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![1, 4, 1] = Tensor::from([1.0, 2.0, 4.0, 8.0]).reshape();
    /// let differences: Tensor![2, 1, 1] = Tensor::from([-1.0, 1.0]).reshape();
    /// let y = x.conv::<(U2,), Valid, _, _, _>(differences, None);
    /// assert_eq!(y.to_vec(), [1.0, 2.0, 4.0]);
    /// ```
    ///
    /// # Panics
    /// If the padding is `Valid` or `Explicit`, and a runtime axis with its padding is shorter than the window.
    #[must_use]
    #[track_caller]
    #[doc(alias("convolve", "correlate"))]
    pub fn conv<K, O, In, Out, F>(
        self,
        kernel: Tensor<K::Weights<<O::Groups as Grouping<In, Out>>::In, Out>, F>,
        bias: Option<Tensor<(Out,), F>>,
    ) -> Tensor<ConvPositions<S, In, Out, K, O>, F>
    where
        S: Spatial<K::Rank, Channels: ChannelsOf<S, In>>
            + Windowed<K, O::Strides, O::Pad, O::KernelDilation, O::InputDilation>,
        K: WindowShape,
        O: ConvOptions<In, Out>,
        In: Size,
        Out: Size,
        E: Operand<F>,
        F: Real,
    {
        let axes =
            <S as Windowed<K, O::Strides, O::Pad, O::KernelDilation, O::InputDilation>>::WINDOWS;
        check_windows(S::AXES, S::NAMES, "conv", axes, &self.dims());
        let (kernel, bias) = (kernel.into_dyn(), bias.map(Tensor::into_dyn));
        Tensor::trusted(self.into_dyn().conv(kernel, bias, axes, O::Groups::GROUPS))
    }

    /// The transposed convolution with a kernel `(.., In, Out)`, or `(.., Out, In)` with the option `OutIn`
    /// (`jax.lax.conv_transpose`): it inserts `stride - 1` zeros between the elements of the input, pads it and
    /// convolves it.
    ///
    /// `K` is the window. `O` are the options of the layer `ConvTranspose`, which applies this operation with
    /// its own kernel and bias.
    ///
    /// Cost: 2 O operations for each element of the input, where O are the elements that it adds to.
    ///
    /// ```
    /// use nnx_core::size::{Strided, U2, Valid};
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![1, 2, 1] = Tensor::from([1.0, 2.0]).reshape();
    /// let kernel: Tensor![2, 1, 1] = Tensor::from([1.0, 10.0]).reshape();
    /// let y = x.conv_transpose::<(U2,), (Strided<U2>, Valid), _, _, _>(kernel);
    /// assert_eq!(y.to_vec(), [10.0, 1.0, 20.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If the padding is `Explicit`, and a runtime axis with its padding and the inserted zeros is shorter than
    /// the window.
    #[must_use]
    #[track_caller]
    pub fn conv_transpose<K, O, In, Out, F>(
        self,
        kernel: Tensor<
            K::Weights<
                <O::Order as KernelOrder<In, Out>>::First,
                <O::Order as KernelOrder<In, Out>>::Second,
            >,
            F,
        >,
    ) -> Tensor<TransposedPositions<S, In, Out, K, O>, F>
    where
        S: Spatial<K::Rank, Channels: ChannelsOf<S, In>>
            + Transposed<K, O::Strides, O::Pad, O::KernelDilation>,
        K: WindowShape,
        O: ConvTransposeOptions<In, Out>,
        In: Size,
        Out: Size,
        E: Operand<F>,
        F: Real,
    {
        let axes = <S as Transposed<K, O::Strides, O::Pad, O::KernelDilation>>::WINDOWS;
        // A transposed convolution puts zeros between the elements, as a dilated input does.
        let over = axes.iter().map(|axis| AxisWindow { input_dilation: axis.stride, ..*axis });
        let over: Vec<AxisWindow> =
            over.filter(|axis| matches!(axis.edge, Edge::Zeros(..))).collect();
        if over.len() == axes.len() {
            check_windows(S::AXES, S::NAMES, "conv_transpose", &over, &self.dims());
        }
        let kernel = kernel.into_dyn();
        Tensor::trusted(self.into_dyn().conv_transpose(kernel, axes, 1, O::Order::TRANSPOSED))
    }

    /// Repeats each element along the spatial axes by the factors `F`: `x.upsample::<(U2, U2)>()` doubles
    /// height and width (`jax.image.resize(.., "nearest")`; PyTorch's `nn.Upsample`).
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

    /// Resizes the image to the spatial sizes `O`, whatever its own are: each output element is the nearest
    /// input element (`jax.image.resize(.., "nearest")`, `F.interpolate(.., mode="nearest-exact")`; PyTorch's `"nearest"` is the same
    /// by whole factors alone, as it rounds down the position of an element's edge). `x.resize_nearest::<(H, W)>()` resizes to the size of
    /// another image, in code that is generic over both.
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

/// Panics if a window of `operation` doesn't fit into a runtime axis of an image with these axes, names and
/// sizes. The compiler has checked the other axes.
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
            // `Same`, symmetric, circular and reflect padding give at least one position for an axis that isn't empty.
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
