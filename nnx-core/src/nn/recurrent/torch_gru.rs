//! The gated recurrent unit of PyTorch, with two biases.

use super::gates::{Activations, Fused, Gates, Weights, cell_of_gates, run};
use super::gru::gru;
use super::lstm::bias_of;
use super::sequence::Sequence;
use super::{CellCost, CellOptions, RnnCell};
use crate::array::Array;
use crate::module::Pass;
use crate::nn::Linear;
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::size::{Dim, Product, Size, U3};
use crate::tensor::{Inputs, Real, Tensor};

/// The gated recurrent unit with a bias for both projections, as in PyTorch and cuDNN, so that weights of `nn.GRU` load.
/// From the hidden state h and an input x:
///
/// ```text
/// r = sigmoid(x Wir + bir + h Whr + bhr)      the reset gate
/// z = sigmoid(x Wiz + biz + h Whz + bhz)      the update gate
/// n = tanh(x Win + bin + r (h Whn + bhn))     candidate
/// h' = (1 - z) n + z h
/// ```
///
/// Only `bhn` can't be merged into the first bias: the reset gate multiplies it. [`GruCell`](super::GruCell), which is
/// Flax's, has none. The carry is h, `(B, Hidden)`; the input is `(B, In)`, the output is h'.
///
/// | | |
/// |---|---|
/// | variables | `dense_i`: `kernel` (In, 3 Hidden), `lecun_normal`, and `bias` (3 Hidden,), zeros; `dense_h`: `kernel` (Hidden, 3 Hidden), `orthogonal`, and `bias` (3 Hidden,), zeros; each in the order r, z, n |
/// | Flax | none |
/// | PyTorch | `nn.GRUCell(In, Hidden)`, `nn.GRU(In, Hidden)`: `weight_ih`, `bias_ih`, `weight_hh`, `bias_hh`, whose weights are the transposes |
///
/// `io::Foreign::torch` loads the weights of `nn.GRU`.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::{Rnn, TorchGruCell}, random::Rngs};
/// use nnx_core::{size::{Batch, Time, U3, U8}, tensor::Tensor};
///
/// let gru = Rnn::<TorchGruCell<U3, U8>>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, Time, 3] = Tensor::from_shape_vec(&[2, 5, 3], vec![0.5; 30])?;
/// let y: Tensor![Batch, Time, 8] = gru.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&CellOptions::default(), rngs))]
pub struct TorchGruCell<In: Size, Hidden: Size, E: Real = f32> {
    /// The linear layer of the input.
    pub dense_i: Linear<In, Product<U3, Hidden>, E>,
    /// The linear layer of the hidden state.
    pub dense_h: Linear<Hidden, Product<U3, Hidden>, E>,
    #[module(skip)]
    activations: Activations,
}

impl<In: Size, Hidden: Size, E: Real> TorchGruCell<In, Hidden, E> {
    /// A cell with the settings of `options`. The linear layer of the input takes its random keys from `rngs` first.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &CellOptions, rngs: &mut Rngs) -> Self {
        Self {
            dense_i: options.input_and_bias(rngs),
            dense_h: options.carry_and_bias(rngs),
            activations: options.activations,
        }
    }
}

impl<In: Size, Hidden: Size, E: Real> Gates for TorchGruCell<In, Hidden, E> {
    fn weights(&self, pass: &Pass) -> Weights {
        Weights {
            input: self.dense_i.kernel.get(pass).into_dyn(),
            bias: bias_of(&self.dense_i, pass),
            carry: self.dense_h.kernel.get(pass).into_dyn(),
            carry_bias: Some(bias_of(&self.dense_h, pass)),
        }
    }
    fn next(&self, x: DynTensor, h: DynTensor, carry: Vec<DynTensor>) -> Vec<DynTensor> {
        vec![gru(&x, &h, &carry[0], self.activations)]
    }
    fn fused(&self) -> Option<Fused> {
        self.activations.are_own().then_some(Fused::Gru)
    }
}

cell_of_gates!(TorchGruCell, |B| Tensor<(B, Hidden), E>, 1, {
    const GATES: u64 = 3;
    // 12 operations as in `GruCell`, and an addition of the second bias for each gate.
    const ELEMENTWISE: u64 = 15;
    const TEMPORARIES: u64 = 1;
    const ONE_OPERATION: bool = true;
});
