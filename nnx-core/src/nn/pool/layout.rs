//! Upsampling and flattening.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Layer, Pass};
use crate::nn::cost::costs;
use crate::size::UpsampledBy;
use crate::size::rules::Flatten as FlattenRule;
use crate::tensor::{Real, Tensor};

/// [`Tensor::upsample`] as a layer: repeats each element along each axis by the factors `F`.
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

impl<S: UpsampledBy<F>, F, E: Real> Layer<Tensor<S, E>> for Upsample<F> {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.upsample::<F>()
    }
}

/// [`Tensor::flatten`] as a layer: `(B, ..)` gives `(B, N)`, where N is the product of the other sizes;
/// `x.reshape(len(x), -1)` in Flax, `nn.Flatten()` in PyTorch.
///
/// ```
/// use nnx_core::{module::Layer, nn::Flatten, size::{U3, U4, U5, U60, U2}, tensor::Tensor};
///
/// let y: Tensor<(U2, U60)> = Flatten.infer(Tensor::<(U2, U3, U4, U5)>::ones());
/// ```
#[derive(Debug, Clone, Copy, Default, crate::Module)]
pub struct Flatten;

impl<S: FlattenRule, E: Real> Layer<Tensor<S, E>> for Flatten {
    type Output = Tensor<S::Output, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.flatten()
    }
}

costs! {
    // A copy, unless all factors are 1.
    [F] Upsample<F>, |x, y| 0, if x == y { x } else { x + y };
    [] Flatten, |x, y| 0, x;
}
