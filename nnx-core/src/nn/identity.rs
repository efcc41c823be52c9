//! The identity.

use crate::module::{Layer, Pass};
use crate::nn::cost::{costs, pointwise};

/// Returns its input. Use it where other models have a layer, such as in the skip connection of a residual
/// block whose input already has the shape of its output. `nnx.identity` in Flax, `nn.Identity()` in
/// PyTorch.
///
/// ```
/// use nnx_core::{module::Layer, nn::Identity, tensor::Tensor};
///
/// assert_eq!(Identity.infer(Tensor::from([1.0, 2.0])).to_vec(), [1.0, 2.0]);
/// ```
#[derive(Debug, Clone, Copy, Default, crate::Module)]
pub struct Identity;

impl<X> Layer<X> for Identity {
    type Output = X;
    fn forward(&self, x: X, _: &mut Pass) -> X {
        x
    }
}

costs! {
    [] Identity, |x, y| 0, x;
}
pointwise! {
    [] Identity;
}
