//! Pooling over images `(batch, .., channels)` of one to three spatial axes.

use super::{Positions, Real, Tensor};
use crate::ops::Windows;
use crate::size::{AdaptivePool, GlobalPool, PoolPadding, Shape, U1, Windowed};

/// The shape that pooling gives: the channels stay.
pub type Pooled<S, K, T, P> = Positions<S, K, T, P, U1, <S as Windowed<K, T, P>>::Channels>;

impl<S, E> Tensor<S, E> {
    /// The maximum of each window `K` with strides `T` and padding `P`, which counts as −∞
    /// (`nnx.max_pool`, whose strides are 1 by default): a window over padding alone gives that.
    #[must_use]
    pub fn max_pool_with<K, T, P>(self) -> Tensor<Pooled<S, K, T, P>, E>
    where
        S: Windowed<K, T, P>,
        P: PoolPadding,
        E: Real,
    {
        let windows = self.windows::<K, T, P>();
        Tensor::trusted(self.into_dyn().max_pool(windows))
    }

    /// The minimum of each window `K` with strides `T` and padding `P`, which counts as ∞
    /// (`nnx.min_pool`, whose strides are 1 by default). A tie's gradient goes to the first minimum.
    #[must_use]
    pub fn min_pool_with<K, T, P>(self) -> Tensor<Pooled<S, K, T, P>, E>
    where
        S: Windowed<K, T, P>,
        P: PoolPadding,
        E: Real,
    {
        let windows = self.windows::<K, T, P>();
        Tensor::trusted(-(-self.into_dyn()).max_pool(windows))
    }

    /// The mean of each window `K` with strides `T` and padding `P` (`nnx.avg_pool`, whose strides are 1
    /// by default). `count_include_pad`: divide by the size of the window also where it covers padding,
    /// as Flax and PyTorch do by default; else by the number of elements of the input. The mean of a
    /// window over padding alone is then 0, where Flax gives NaN.
    #[must_use]
    pub fn avg_pool_with<K, T, P>(self, count_include_pad: bool) -> Tensor<Pooled<S, K, T, P>, E>
    where
        S: Windowed<K, T, P>,
        P: PoolPadding,
        E: Real,
    {
        let windows = self.windows::<K, T, P>();
        Tensor::trusted(self.into_dyn().avg_pool(windows, count_include_pad))
    }

    /// The mean over all spatial axes: `(batch, .., channels)` gives `(batch, channels)`.
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
        let axes = self.spatial_axes("global_avg_pool");
        Tensor::trusted(self.into_dyn().mean(&axes))
    }

    /// The maximum over all spatial axes: `(batch, .., channels)` gives `(batch, channels)`. A tie's
    /// gradient is split evenly, as that of `jnp.max`.
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
        let axes = self.spatial_axes("global_max_pool");
        Tensor::trusted(self.into_dyn().max(&axes))
    }

    /// The mean of each of `O` windows that share the spatial axes, whatever their sizes: window i of an
    /// axis of n elements reaches from `floor(i n / O)` to `ceil((i + 1) n / O)` (PyTorch's
    /// `nn.AdaptiveAvgPool2d`). `x.adaptive_avg_pool::<(U7, U7)>()` gives a map of 7 × 7.
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
        let sizes = &S::SIZES[5 - S::AXES.len()..];
        Tensor::trusted(self.into_dyn().adaptive_avg_pool(sizes))
    }

    /// The maximum of each of `O` windows that share the spatial axes, as in
    /// [`adaptive_avg_pool`](Self::adaptive_avg_pool) (PyTorch's `nn.AdaptiveMaxPool2d`). A tie's
    /// gradient goes to the first maximum.
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
        let sizes = &S::SIZES[5 - S::AXES.len()..];
        Tensor::trusted(self.into_dyn().adaptive_max_pool(sizes))
    }

    fn windows<K, T, P>(&self) -> Windows
    where
        S: Windowed<K, T, P>,
    {
        Windows::over(<S as Windowed<K, T, P>>::WINDOWS, &self.dims()[1..])
    }

    /// The indices of the spatial axes, none of which is empty.
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
