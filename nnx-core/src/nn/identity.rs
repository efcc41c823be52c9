//! The layer that changes nothing.

use crate::module::{Layer, Pass};

/// Gives what it takes: for a place where another model has a layer, such as the shortcut of a residual
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
