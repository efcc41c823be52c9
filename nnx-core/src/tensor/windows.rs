//! Convolution and pooling over images `(batch, height, width, channels)`.

use super::{Operand, Real, Tensor};
use crate::ops::{ConvDims, Window};
use crate::size::rules::{ChannelsOf, Image};
use crate::size::{Dim, Grouping, Size, Valid, Window2};

/// The shape of what a window gives: the batch, height and width of the positions, and channels `C`.
pub type Positions<S, K, T, P, D, C> = (
    <S as Window2<K, T, P, D>>::Batch,
    <S as Window2<K, T, P, D>>::Height,
    <S as Window2<K, T, P, D>>::Width,
    C,
);
/// The shape that pooling gives: the channels stay.
pub type Pooled<S, K, T, P> = Positions<S, K, T, P, NotDilated, <S as Window2<K, T, P>>::Channels>;
/// A dilation of 1 on both axes.
pub type NotDilated = (crate::size::U1, crate::size::U1);

impl<S, E> Tensor<S, E> {
    /// The convolution with a kernel `(h, w, In / groups, Out)`, as cross-correlation:
    /// `y[b, i, j, o] = Σ x[b, i s + u d, j s + v d, c] k[u, v, c, o]` over the padded input
    /// (`jax.lax.conv_general_dilated`, NHWC and HWIO).
    ///
    /// `T` strides, `P` padding, `D` dilation, `G` groups: the layer `Conv` is this with a kernel and
    /// a bias of its own.
    #[must_use]
    pub fn conv<T, P, D, G, H, W, In, Out, F>(
        self,
        kernel: Tensor<(H, W, G::In, Out), F>,
    ) -> Tensor<Positions<S, (H, W), T, P, D, Out>, F>
    where
        S: Image<Channels: ChannelsOf<S, In>> + Window2<(H, W), T, P, D>,
        G: Grouping<In, Out>,
        H: Dim,
        W: Dim,
        In: Size,
        Out: Size,
        E: Operand<F>,
        F: Real,
    {
        let [_, height, width, _] = *self.dims() else { unreachable!("an image has four axes") };
        let dims = ConvDims {
            windows: <S as Window2<(H, W), T, P, D>>::GEOMETRY.map(Window::new),
            input: [height, width],
            in_channels: In::USIZE,
            out_channels: Out::USIZE,
            groups: G::GROUPS,
        };
        Tensor::trusted(self.into_dyn().conv(kernel.into_dyn(), dims))
    }

    /// The maximum of each window `K`, which moves by its own size, without padding:
    /// `x.max_pool::<(U2, U2)>()` halves height and width (PyTorch's default; Flax writes
    /// `nnx.max_pool(x, (2, 2), strides=(2, 2))`).
    ///
    /// A tie's gradient goes to the first maximum of the window.
    #[must_use]
    pub fn max_pool<K>(self) -> Tensor<Pooled<S, K, K, Valid>, E>
    where
        S: Window2<K, K, Valid>,
        E: Real,
    {
        self.max_pool_with::<K, K, Valid>()
    }

    /// The maximum of each window `K` with strides `T` and padding `P`, which counts as −∞
    /// (`nnx.max_pool`, whose strides are 1 by default).
    #[must_use]
    pub fn max_pool_with<K, T, P>(self) -> Tensor<Pooled<S, K, T, P>, E>
    where
        S: Window2<K, T, P>,
        E: Real,
    {
        let windows = <S as Window2<K, T, P>>::GEOMETRY.map(Window::new);
        Tensor::trusted(self.into_dyn().max_pool(windows))
    }

    /// The mean of each window `K`, which moves by its own size, without padding.
    #[must_use]
    pub fn avg_pool<K>(self) -> Tensor<Pooled<S, K, K, Valid>, E>
    where
        S: Window2<K, K, Valid>,
        E: Real,
    {
        self.avg_pool_with::<K, K, Valid>(true)
    }

    /// The mean of each window `K` with strides `T` and padding `P` (`nnx.avg_pool`, whose strides are 1
    /// by default). `count_include_pad`: divide by the size of the window also where it covers padding,
    /// as Flax and PyTorch do by default; else by the number of elements of the input.
    #[must_use]
    pub fn avg_pool_with<K, T, P>(self, count_include_pad: bool) -> Tensor<Pooled<S, K, T, P>, E>
    where
        S: Window2<K, T, P>,
        E: Real,
    {
        let windows = <S as Window2<K, T, P>>::GEOMETRY.map(Window::new);
        #[allow(clippy::cast_precision_loss, reason = "a window is far below 2^53 elements")]
        let area = (windows[0].size * windows[1].size) as f64;
        let x = self.into_dyn();
        if count_include_pad {
            return Tensor::trusted(x.sum_pool(windows).scale(1.0 / area));
        }
        let counts = x.full_like(1.0).sum_pool(windows);
        Tensor::trusted(x.sum_pool(windows) / counts)
    }
}
