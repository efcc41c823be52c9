//! Layers in sequence.

use crate::module::derive_support::LayerInput;
use crate::module::{Cost, Layer, Pass, ReceptiveField};

/// Runs the layers of a tuple, an array or a `Vec` in order (`nnx.Sequential` in Flax,
/// `nn.Sequential` in PyTorch).
///
/// Paths of variables are Flax's: `layers/0/kernel`. For layers with field names, write `#[module(sequential)]`
/// above a struct.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::{Linear, Relu, Sequential}, random::Rngs};
/// use nnx_core::{size::{Batch, U2, U3, U8}, tensor::Tensor};
///
/// type Mlp = Sequential<(Linear<U3, U8>, Relu, Linear<U8, U2>)>;
/// let model = Mlp::init(&mut Rngs::new(0));
/// let y: Tensor![Batch, 2] = model.infer(<Tensor![Batch, 3]>::from_vec(vec![1.0; 6])?);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, crate::Module)]
pub struct Sequential<L> {
    /// The layers.
    pub layers: L,
}

impl<L> Sequential<L> {
    /// These layers in sequence.
    pub fn new(layers: L) -> Self {
        Self { layers }
    }
}

impl<X: LayerInput<L>, L> Layer<X> for Sequential<L> {
    type Output = X::Output;
    fn forward(&self, x: X, pass: &mut Pass) -> X::Output {
        x.feed(&self.layers, pass)
    }
}

#[diagnostic::do_not_recommend]
impl<X, L: Cost<X>> Cost<X> for Sequential<L> {
    const FLOPS: u64 = L::FLOPS;
    const ACTIVATION_BYTES: u64 = L::ACTIVATION_BYTES;
}

#[diagnostic::do_not_recommend]
impl<const RANK: usize, L: ReceptiveField<RANK>> ReceptiveField<RANK> for Sequential<L> {
    const FIELD: [usize; RANK] = L::FIELD;
    const STRIDE: [usize; RANK] = L::STRIDE;
}
