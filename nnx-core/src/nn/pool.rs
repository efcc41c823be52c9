//! Pooling, upsampling and flattening as layers, for chains.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Layer, Pass};
use crate::size::rules::Flatten as FlattenRule;
use crate::size::{AdaptivePool, GlobalPool, PoolPadding, Upsampled, Valid, Windowed};
use crate::tensor::{Pooled, Real, Tensor};

/// What a layer without state needs, whatever its parameters are.
macro_rules! plain_layer {
    ($layer:ident<$($parameter:ident),+>) => {
        impl<$($parameter),+> $layer<$($parameter),+> {
            /// The layer: its types say all.
            #[must_use]
            pub const fn new() -> Self {
                Self(PhantomData)
            }
        }
        impl<$($parameter),+> Default for $layer<$($parameter),+> {
            fn default() -> Self {
                Self::new()
            }
        }
        impl<$($parameter),+> Clone for $layer<$($parameter),+> {
            fn clone(&self) -> Self {
                Self::new()
            }
        }
        impl<$($parameter),+> fmt::Debug for $layer<$($parameter),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($layer))
            }
        }
    };
}

/// [`Tensor::max_pool_with`] as a layer: window `K`, strides `T`, padding `P`.
///
/// The strides are the window's own size by default; Flax's `nnx.max_pool` takes 1.
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

/// [`Tensor::min_pool_with`] as a layer: window `K`, strides `T`, padding `P`.
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

/// [`Tensor::avg_pool_with`] as a layer: window `K`, strides `T`, padding `P`.
///
/// The padding is counted, unless [`count_include_pad`](Self::count_include_pad) says otherwise.
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

/// [`Tensor::global_avg_pool`] as a layer: `(B, .., C)` gives `(B, C)`.
#[derive(Debug, Clone, Copy, Default, crate::Module)]
pub struct GlobalAvgPool;

impl<S: GlobalPool, E: Real> Layer<Tensor<S, E>> for GlobalAvgPool {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.global_avg_pool()
    }
}

/// [`Tensor::global_max_pool`] as a layer: `(B, .., C)` gives `(B, C)`.
#[derive(Debug, Clone, Copy, Default, crate::Module)]
pub struct GlobalMaxPool;

impl<S: GlobalPool, E: Real> Layer<Tensor<S, E>> for GlobalMaxPool {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.global_max_pool()
    }
}

/// [`Tensor::adaptive_avg_pool`] as a layer: maps of any size become maps of the sizes `O`.
///
/// ```
/// use nnx_core::{Tensor, module::Layer, nn::AdaptiveAvgPool, size::U2, tensor::Tensor};
///
/// let x: Tensor![1, 3, 1] = Tensor::from([[[1.0], [2.0], [6.0]]]);
/// assert_eq!(AdaptiveAvgPool::<(U2,)>::new().infer(x).to_vec(), [1.5, 4.0]);
/// ```
#[derive(crate::Module)]
pub struct AdaptiveAvgPool<O>(PhantomData<fn() -> O>);
plain_layer!(AdaptiveAvgPool<O>);

impl<S: AdaptivePool<O>, O, E: Real> Layer<Tensor<S, E>> for AdaptiveAvgPool<O> {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.adaptive_avg_pool::<O>()
    }
}

/// [`Tensor::adaptive_max_pool`] as a layer: maps of any size become maps of the sizes `O`.
#[derive(crate::Module)]
pub struct AdaptiveMaxPool<O>(PhantomData<fn() -> O>);
plain_layer!(AdaptiveMaxPool<O>);

impl<S: AdaptivePool<O>, O, E: Real> Layer<Tensor<S, E>> for AdaptiveMaxPool<O> {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.adaptive_max_pool::<O>()
    }
}

/// [`Tensor::upsample`] as a layer: each element repeated as often as the factors `F` say.
///
/// | | |
/// |---|---|
/// | JAX | `jax.image.resize(x, .., "nearest")` |
/// | PyTorch | `nn.Upsample(scale_factor=.., mode="nearest")` |
///
/// ```
/// use nnx_core::{Tensor, module::Layer, nn::Upsample, size::U2, tensor::Tensor};
///
/// let double = Upsample::<(U2, U2)>::new();
/// let y: Tensor![3, 10, 14, 2] = double.infer(Tensor::<nnx_core::shape![3, 5, 7, 2]>::ones());
/// ```
#[derive(crate::Module)]
pub struct Upsample<F>(PhantomData<fn() -> F>);
plain_layer!(Upsample<F>);

impl<S: Upsampled<F>, F, E: Real> Layer<Tensor<S, E>> for Upsample<F> {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.upsample::<F>()
    }
}

/// [`Tensor::flatten`] as a layer: `(batch, ..)` gives `(batch, product of the rest)`.
#[derive(Debug, Clone, Copy, Default, crate::Module)]
pub struct Flatten;

impl<S: FlattenRule, E: Real> Layer<Tensor<S, E>> for Flatten {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.flatten()
    }
}
