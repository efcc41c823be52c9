//! Pooling over images `(batch, .., channels)` of one to three spatial axes.

use super::windows::check_windows;
use super::{Positions, Real, Tensor};
use crate::size::{
    AdaptivePool, AxisWindow, GlobalPool, PoolOptions, Settled, Shape, U1, Windowed,
};

/// The output shape of a pool, which keeps the channels.
pub type Pooled<S, K, O> = Positions<
    S,
    K,
    <O as PoolOptions<K>>::Strides,
    <O as PoolOptions<K>>::Pad,
    U1,
    <S as Windowed<K, <O as PoolOptions<K>>::Strides, <O as PoolOptions<K>>::Pad>>::Channels,
>;

impl<S, E> Tensor<S, E> {
    /// The maximum of each window `K`. The options `O` set strides and padding (`nnx.max_pool`, whose strides
    /// are 1 by default). Padding counts as −∞, so the maximum of a window that covers only padding is −∞.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Same, Strided, U1, U2, U3}, tensor::Tensor};
    ///
    /// let x: Tensor![1, 5, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0, 0.0]).reshape();
    /// assert_eq!(x.clone().max_pool_with::<(U3,), Strided<U1>>().to_vec(), [4.0, 4.0, 3.0]);
    /// assert_eq!(x.max_pool_with::<(U3,), (Strided<U2>, Same)>().to_vec(), [4.0, 4.0, 3.0]);
    /// ```
    ///
    /// # Panics
    /// If the padding is `Valid` or `Explicit`, and a runtime axis with its padding is shorter than the window.
    #[must_use]
    #[track_caller]
    pub fn max_pool_with<K, O>(self) -> Tensor<Pooled<S, K, O>, E>
    where
        S: Windowed<K, O::Strides, O::Pad>,
        O: PoolOptions<K>,
        E: Real,
    {
        let windows = self.windows::<K, O>("max_pool");
        Tensor::trusted(self.into_dyn().max_pool(windows))
    }

    /// The minimum of each window `K`. The options `O` set strides and padding, which counts as ∞
    /// (`nnx.min_pool`, whose strides are 1 by default). In a tie, the gradient goes to the first minimum.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Strided, U1, U3}, tensor::Tensor};
    ///
    /// let x: Tensor![1, 5, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0, 0.0]).reshape();
    /// assert_eq!(x.min_pool_with::<(U3,), Strided<U1>>().to_vec(), [1.0, 2.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If the padding is `Valid` or `Explicit`, and a runtime axis with its padding is shorter than the window.
    #[must_use]
    #[track_caller]
    pub fn min_pool_with<K, O>(self) -> Tensor<Pooled<S, K, O>, E>
    where
        S: Windowed<K, O::Strides, O::Pad>,
        O: PoolOptions<K>,
        E: Real,
    {
        let windows = self.windows::<K, O>("min_pool");
        Tensor::trusted(-(-self.into_dyn()).max_pool(windows))
    }

    /// The mean of each window `K`. The options `O` set strides and padding (`nnx.avg_pool`, whose strides are
    /// 1 by default). If `count_include_pad` is true, the sum is divided by the size of the window, even if the
    /// window covers padding, as in Flax and PyTorch by default. Otherwise it is divided by the number of input
    /// elements in the window, and the mean of a window that covers only padding is 0, where Flax gives NaN.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::{Same, Strided, U2, U3}, tensor::Tensor};
    ///
    /// let x: Tensor![1, 5, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0, 0.0]).reshape();
    /// assert_eq!(x.clone().avg_pool_with::<(U3,), (Strided<U2>, Same)>(true).to_vec(), [5.0 / 3.0, 3.0, 1.0]);
    /// assert_eq!(x.avg_pool_with::<(U3,), (Strided<U2>, Same)>(false).to_vec(), [2.5, 3.0, 1.5]);
    /// ```
    ///
    /// # Panics
    /// If the padding is `Valid` or `Explicit`, and a runtime axis with its padding is shorter than the window.
    #[must_use]
    #[track_caller]
    pub fn avg_pool_with<K, O>(self, count_include_pad: bool) -> Tensor<Pooled<S, K, O>, E>
    where
        S: Windowed<K, O::Strides, O::Pad>,
        O: PoolOptions<K>,
        E: Real,
    {
        let windows = self.windows::<K, O>("avg_pool");
        Tensor::trusted(self.into_dyn().avg_pool(windows, count_include_pad))
    }

    #[track_caller]
    pub(crate) fn windows<K, O>(&self, operation: &str) -> &'static [AxisWindow]
    where
        S: Windowed<K, O::Strides, O::Pad>,
        O: PoolOptions<K>,
    {
        let axes = <S as Windowed<K, O::Strides, O::Pad>>::WINDOWS;
        check_windows(S::AXES, S::NAMES, operation, axes, &self.dims());
        axes
    }

    /// `global_avg_pool` without its guard.
    #[track_caller]
    pub(crate) fn mean_over_space<O>(self) -> Tensor<O, E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.spatial_axes("global_avg_pool");
        Tensor::trusted(self.into_dyn().mean(&axes))
    }

    /// `global_max_pool` without its guard.
    #[track_caller]
    pub(crate) fn max_over_space<O>(self) -> Tensor<O, E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.spatial_axes("global_max_pool");
        Tensor::trusted(self.into_dyn().max(&axes))
    }

    /// The indices of the spatial axes. It panics if one of them is empty.
    #[track_caller]
    fn spatial_axes(&self, operation: &str) -> Vec<usize>
    where
        S: Shape,
    {
        let dims = self.dims();
        let axes: Vec<usize> = (1..dims.len() - 1).collect();
        if let Some(&empty) = axes.iter().find(|&&axis| dims[axis] == 0) {
            panic!(
                "`{operation}` takes axes of at least one element, found none on the axis `{}`",
                S::NAMES[empty]
            );
        }
        axes
    }
}

/// Pools over the whole image. An axis that is empty doesn't compile. If a height or width is a generic parameter,
/// calls resolve to the methods of the same names of [`GenericPools`](super::GenericPools), which need no bound.
impl<S: Settled, E> Tensor<S, E> {
    /// The mean over all spatial axes: `(batch, .., channels)` gives `(batch, channels)`.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![1, 5, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0, 0.0]).reshape();
    /// let mean: Tensor![1, 1] = x.global_avg_pool();
    /// assert_eq!(mean.to_vec(), [2.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    pub fn global_avg_pool<O>(self) -> Tensor<O, E>
    where
        S: GlobalPool<Output = O>,
        E: Real,
    {
        const { S::CHECKED }
        self.mean_over_space()
    }

    /// The maximum over all spatial axes: `(batch, .., channels)` gives `(batch, channels)`. In a tie, the
    /// gradient is split evenly, as for `jnp.max`.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![1, 5, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0, 0.0]).reshape();
    /// let largest: Tensor![1, 1] = x.global_max_pool();
    /// assert_eq!(largest.to_vec(), [4.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    pub fn global_max_pool<O>(self) -> Tensor<O, E>
    where
        S: GlobalPool<Output = O>,
        E: Real,
    {
        const { S::CHECKED }
        self.max_over_space()
    }

    /// The mean of each of `O` windows that divide the spatial axes, whatever their sizes are: along an axis of
    /// n elements, window i covers the elements from `floor(i n / O)` up to `ceil((i + 1) n / O)`, exclusive
    /// (PyTorch's `nn.AdaptiveAvgPool2d`). The output of `x.adaptive_avg_pool::<(U7, U7)>()` is 7 × 7.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::U2, tensor::Tensor};
    ///
    /// let x: Tensor![1, 5, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0, 0.0]).reshape();
    /// assert_eq!(x.adaptive_avg_pool::<(U2,)>().to_vec(), [7.0 / 3.0, 5.0 / 3.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    pub fn adaptive_avg_pool<O>(self) -> Tensor<S::Output, E>
    where
        S: AdaptivePool<O>,
        E: Real,
    {
        const { S::CHECKED }
        let sizes = &S::SIZES[5 - S::AXES.len()..];
        Tensor::trusted(self.into_dyn().adaptive_avg_pool(sizes))
    }

    /// The maximum of each of `O` windows that divide the spatial axes, as in
    /// [`adaptive_avg_pool`](Self::adaptive_avg_pool) (PyTorch's `nn.AdaptiveMaxPool2d`). In a tie, the
    /// gradient goes to the first maximum.
    ///
    /// ```
    /// use nnx_core::{Tensor, size::U2, tensor::Tensor};
    ///
    /// let x: Tensor![1, 5, 1] = Tensor::from([1.0, 4.0, 2.0, 3.0, 0.0]).reshape();
    /// assert_eq!(x.adaptive_max_pool::<(U2,)>().to_vec(), [4.0, 3.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis is empty.
    #[must_use]
    #[track_caller]
    pub fn adaptive_max_pool<O>(self) -> Tensor<S::Output, E>
    where
        S: AdaptivePool<O>,
        E: Real,
    {
        const { S::CHECKED }
        let sizes = &S::SIZES[5 - S::AXES.len()..];
        Tensor::trusted(self.into_dyn().adaptive_max_pool(sizes))
    }
}
