//! Pools over windows that move by steps.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Layer, Pass};
use crate::size::{PoolPadding, Valid, Windowed};
use crate::tensor::{Pooled, Real, Tensor};

/// The largest element under each window: `(B, .., C)` gives `(B, positions.., C)`, with the window `K`,
/// strides `T` and padding `P` of [`Tensor::max_pool_with`].
///
/// | | |
/// |---|---|
/// | defaults | strides of the window's own size, as in PyTorch; padding [`Valid`] |
/// | a height `H` that is a parameter | needs `H: Fits<..>` where there is no padding; the method `x.max_pool::<K>()` needs no bound, see [`PoolsOfParameters`](crate::tensor::PoolsOfParameters) |
/// | Flax | `nnx.max_pool(x, window_shape, strides, padding)`, with strides of 1 by default |
/// | PyTorch | `nn.MaxPool1d`, `2d`, `3d`, with channels first and the same padding on both sides |
///
/// ```
/// use nnx_core::{module::Layer, nn::MaxPool, size::U2, tensor::Tensor};
///
/// let halve = MaxPool::<(U2, U2)>::new();
/// assert_eq!(halve.infer(Tensor::<(U2, U2, U2, U2)>::ones()).to_vec(), [1.0; 4]);
/// ```
#[derive(crate::Module)]
pub struct MaxPool<K, T = K, P = Valid>(PhantomData<fn() -> (K, T, P)>);
plain_layer!(MaxPool<K, T, P>);

impl<S, K, T, P, E> Layer<Tensor<S, E>> for MaxPool<K, T, P>
where
    S: Windowed<K, T, P>,
    P: PoolPadding,
    E: Real,
{
    type Output = Tensor<Pooled<S, K, T, P>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.max_pool_with::<K, T, P>()
    }
}

/// The smallest element under each window: `(B, .., C)` gives `(B, positions.., C)`, with the window `K`,
/// strides `T` and padding `P` of [`Tensor::min_pool_with`]; defaults as those of [`MaxPool`].
///
/// | | |
/// |---|---|
/// | Flax | `nnx.min_pool(x, window_shape, strides, padding)`, with strides of 1 by default |
/// | PyTorch | none; `-nn.MaxPool2d(..)(-x)` |
///
/// ```
/// use nnx_core::{module::Layer, nn::MinPool, size::U2, tensor::Tensor};
///
/// let x = Tensor::from([[[3.0], [1.0], [4.0], [1.0]]]);
/// assert_eq!(MinPool::<(U2,)>::new().infer(x).to_vec(), [1.0, 1.0]);
/// ```
#[derive(crate::Module)]
pub struct MinPool<K, T = K, P = Valid>(PhantomData<fn() -> (K, T, P)>);
plain_layer!(MinPool<K, T, P>);

impl<S, K, T, P, E> Layer<Tensor<S, E>> for MinPool<K, T, P>
where
    S: Windowed<K, T, P>,
    P: PoolPadding,
    E: Real,
{
    type Output = Tensor<Pooled<S, K, T, P>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.min_pool_with::<K, T, P>()
    }
}

/// The mean of each window: `(B, .., C)` gives `(B, positions.., C)`, with the window `K`, strides `T` and
/// padding `P` of [`Tensor::avg_pool_with`]; defaults as those of [`MaxPool`].
///
/// The padding is counted, unless [`count_include_pad`](Self::count_include_pad) says otherwise; the mean
/// of a window over padding alone is 0 then, where Flax gives NaN.
///
/// | | |
/// |---|---|
/// | Flax | `nnx.avg_pool(x, window_shape, strides, padding, count_include_pad=True)`, with strides of 1 by default |
/// | PyTorch | `nn.AvgPool1d`, `2d`, `3d`, with channels first; counts padding too by default |
///
/// ```
/// use nnx_core::{module::Layer, nn::AvgPool, size::{U1, U2}, tensor::Tensor};
///
/// let x: Tensor<(U1, U2, U2, U1)> = Tensor::from_vec(vec![1.0, 2.0, 3.0, 6.0])?;
/// assert_eq!(AvgPool::<(U2, U2)>::new().infer(x).to_vec(), [3.0]);
/// # Ok::<(), nnx_core::array::ShapeError>(())
/// ```
#[derive(crate::Module)]
#[module(init = Self::new())]
pub struct AvgPool<K, T = K, P = Valid> {
    count_include_pad: bool,
    window: PhantomData<fn() -> (K, T, P)>,
}

impl<K, T, P> AvgPool<K, T, P> {
    /// The layer that counts padding.
    #[must_use]
    pub const fn new() -> Self {
        Self { count_include_pad: true, window: PhantomData }
    }

    /// Is the sum divided by the size of the window also where that covers padding?
    #[must_use]
    pub const fn count_include_pad(self, count_include_pad: bool) -> Self {
        Self { count_include_pad, window: PhantomData }
    }
}
impl<K, T, P> Default for AvgPool<K, T, P> {
    fn default() -> Self {
        Self::new()
    }
}
impl<K, T, P> Clone for AvgPool<K, T, P> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}
impl<K, T, P> fmt::Debug for AvgPool<K, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AvgPool(count_include_pad: {})", self.count_include_pad)
    }
}

impl<S, K, T, P, E> Layer<Tensor<S, E>> for AvgPool<K, T, P>
where
    S: Windowed<K, T, P>,
    P: PoolPadding,
    E: Real,
{
    type Output = Tensor<Pooled<S, K, T, P>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.avg_pool_with::<K, T, P>(self.count_include_pad)
    }
}
