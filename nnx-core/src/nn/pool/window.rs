//! Pools over windows, with strides and padding.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Cost, Extent, Layer, Pass, ReceptiveField};
use crate::nn::cost::{each_axis, kernel_area, kernel_size, last_axes};
use crate::size::{Axes, ForEach, PoolOptions, Spatial, WindowShape, Windowed};
use crate::tensor::{Pooled, Real, Tensor};

/// The largest element of each window `K`: `(B, .., C)` gives `(B, positions.., C)`.
/// See [`Tensor::max_pool_with`].
///
/// | | |
/// |---|---|
/// | options | [`Strided<T>`](crate::size::Strided): strides, by default the window itself, as in PyTorch; [`Same`](crate::size::Same), [`Symmetric`](crate::size::Symmetric), [`Valid`](crate::size::Valid), [`Explicit`](crate::size::Explicit): padding, by default `Valid`; both in a tuple: `MaxPool<(U3, U3), (Strided<U2>, Symmetric)>` |
/// | if the height `H` is a type parameter | needs `H: Fits<..>` if there is no padding; the method `x.max_pool::<K>()` needs no bound, see [`GenericPools`](crate::tensor::GenericPools) |
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
pub struct MaxPool<K, Options = ()>(PhantomData<fn() -> (K, Options)>);
plain_layer!(MaxPool<K, Options>);

impl<S, K, O, E> Layer<Tensor<S, E>> for MaxPool<K, O>
where
    // `Spatial` follows from `Windowed`. As a bound of its own it reports an input of another rank at the input, with its
    // message.
    S: Spatial<K::Rank> + Windowed<K, O::Strides, O::Pad>,
    K: WindowShape,
    O: PoolOptions<K>,
    E: Real,
{
    type Output = Tensor<Pooled<S, K, O>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.max_pool_with::<K, O>()
    }
}

/// The smallest element of each window `K`: `(B, .., C)` gives `(B, positions.., C)`.
/// Options and defaults are those of [`MaxPool`]; see [`Tensor::min_pool_with`].
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
pub struct MinPool<K, Options = ()>(PhantomData<fn() -> (K, Options)>);
plain_layer!(MinPool<K, Options>);

impl<S, K, O, E> Layer<Tensor<S, E>> for MinPool<K, O>
where
    S: Spatial<K::Rank> + Windowed<K, O::Strides, O::Pad>,
    K: WindowShape,
    O: PoolOptions<K>,
    E: Real,
{
    type Output = Tensor<Pooled<S, K, O>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.min_pool_with::<K, O>()
    }
}

/// The mean of each window `K`: `(B, .., C)` gives `(B, positions.., C)`. Options
/// and defaults are those of [`MaxPool`]; see [`Tensor::avg_pool_with`].
///
/// The mean counts padding, unless [`count_include_pad`](Self::count_include_pad) is set to false. Then the
/// mean of a window that covers only padding is 0, where Flax returns NaN.
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
pub struct AvgPool<K, Options = ()> {
    count_include_pad: bool,
    window: PhantomData<fn() -> (K, Options)>,
}

impl<K, O> AvgPool<K, O> {
    /// A layer that counts padding.
    #[must_use]
    pub const fn new() -> Self {
        Self { count_include_pad: true, window: PhantomData }
    }

    /// Sets whether the mean counts padding: whether the sum is always divided by the size of the window.
    #[must_use]
    pub const fn count_include_pad(self, count_include_pad: bool) -> Self {
        Self { count_include_pad, window: PhantomData }
    }
}
impl<K, O> Default for AvgPool<K, O> {
    fn default() -> Self {
        Self::new()
    }
}
impl<K, O> Clone for AvgPool<K, O> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}
impl<K, O> fmt::Debug for AvgPool<K, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AvgPool(count_include_pad: {})", self.count_include_pad)
    }
}

impl<S, K, O, E> Layer<Tensor<S, E>> for AvgPool<K, O>
where
    S: Spatial<K::Rank> + Windowed<K, O::Strides, O::Pad>,
    K: WindowShape,
    O: PoolOptions<K>,
    E: Real,
{
    type Output = Tensor<Pooled<S, K, O>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.avg_pool_with::<K, O>(self.count_include_pad)
    }
}

macro_rules! pools {
    ($($pool:ident, |$x:ident, $y:ident, $area:ident| $flops:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<X: Extent, K: WindowShape, O: PoolOptions<K>> Cost<X> for $pool<K, O>
        where
            Self: Layer<X, Output: Extent>,
        {
            const FLOPS: u64 = {
                let ($x, $y) = (X::ELEMENTS, <<Self as Layer<X>>::Output as Extent>::ELEMENTS);
                let ($area, _) = (kernel_area::<K>(), $x);
                $flops
            };
            const ACTIVATION_BYTES: u64 = X::BYTES + <<Self as Layer<X>>::Output as Extent>::BYTES;
        }

        #[diagnostic::do_not_recommend]
        impl<const RANK: usize, K, O> ReceptiveField<RANK> for $pool<K, O>
        where
            K: WindowShape<Rank = Axes<RANK>>,
            O: PoolOptions<K, Strides: ForEach<Axes<RANK>>>,
        {
            const FIELD: [usize; RANK] = last_axes(kernel_size::<K>());
            const STRIDE: [usize; RANK] = last_axes(each_axis::<O::Strides, Axes<RANK>>());
        }
    )* };
}
pools! {
    MaxPool, |x, y, area| area * y;
    // Computed as the negated maximum of the negated input.
    MinPool, |x, y, area| x + (area + 1) * y;
    // Per output element: a sum over the window, and a division.
    AvgPool, |x, y, area| (area + 1) * y;
}
