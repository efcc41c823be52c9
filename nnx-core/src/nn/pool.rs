//! Pooling and flattening as layers, for chains.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Layer, Pass};
use crate::size::rules::Flatten as FlattenRule;
use crate::size::{Shape, Valid, Window2};
use crate::tensor::{Pooled, Real, Tensor};

/// What a layer without state needs, whatever its parameters are.
macro_rules! pool {
    ($pool:ident) => {
        impl<K, T, P> $pool<K, T, P> {
            /// The layer: its types say all.
            #[must_use]
            pub const fn new() -> Self {
                Self(PhantomData)
            }
        }
        impl<K, T, P> Default for $pool<K, T, P> {
            fn default() -> Self {
                Self::new()
            }
        }
        impl<K, T, P> Clone for $pool<K, T, P> {
            fn clone(&self) -> Self {
                Self::new()
            }
        }
        impl<K, T, P> fmt::Debug for $pool<K, T, P> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($pool))
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
pool!(MaxPool);

impl<S: Shape + Window2<K, T, P>, K, T, P, E: Real> Layer<Tensor<S, E>> for MaxPool<K, T, P> {
    type Output = Tensor<Pooled<S, K, T, P>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.max_pool_with::<K, T, P>()
    }
}

/// [`Tensor::avg_pool_with`] as a layer, with the padding counted: window `K`, strides `T`, padding `P`.
///
/// ```
/// use nnx_core::{module::Layer, nn::AvgPool, size::{U1, U2}, tensor::Tensor};
///
/// let x: Tensor<(U1, U2, U2, U1)> = Tensor::from_vec(vec![1.0, 2.0, 3.0, 6.0])?;
/// assert_eq!(AvgPool::<(U2, U2)>::new().infer(x).to_vec(), [3.0]);
/// # Ok::<(), nnx_core::array::ShapeError>(())
/// ```
#[derive(crate::Module)]
pub struct AvgPool<K, T = K, P = Valid>(PhantomData<fn() -> (K, T, P)>);
pool!(AvgPool);

impl<S: Shape + Window2<K, T, P>, K, T, P, E: Real> Layer<Tensor<S, E>> for AvgPool<K, T, P> {
    type Output = Tensor<Pooled<S, K, T, P>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.avg_pool_with::<K, T, P>(true)
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
