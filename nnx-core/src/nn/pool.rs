//! Pooling and flattening as layers, for chains.

use std::marker::PhantomData;

use crate::module::{Layer, Pass};
use crate::size::rules::Flatten as FlattenRule;
use crate::size::{Shape, Valid, Window2};
use crate::tensor::{Pooled, Real, Tensor};

/// [`Tensor::max_pool_with`] as a layer: window `K`, strides `T`, padding `P`.
///
/// The strides are the window's own size by default; Flax's `nnx.max_pool` takes 1.
#[derive(Debug, Clone, Default, crate::Module)]
pub struct MaxPool<K, T = K, P = Valid>(PhantomData<fn() -> (K, T, P)>);

impl<S: Shape + Window2<K, T, P>, K, T, P, E: Real> Layer<Tensor<S, E>> for MaxPool<K, T, P> {
    type Output = Tensor<Pooled<S, K, T, P>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.max_pool_with::<K, T, P>()
    }
}

/// [`Tensor::avg_pool_with`] as a layer, with the padding counted: window `K`, strides `T`, padding `P`.
#[derive(Debug, Clone, Default, crate::Module)]
pub struct AvgPool<K, T = K, P = Valid>(PhantomData<fn() -> (K, T, P)>);

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
