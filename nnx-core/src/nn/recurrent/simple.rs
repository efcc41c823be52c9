//! The simple recurrent cell (Elman).

use super::gates::{Activations, Gates, Weights, cell_of_gates, run};
use super::lstm::bias_of;
use super::sequence::Sequence;
use super::{CellCost, CellOptions, LinearMap, RnnCell};
use crate::array::Array;
use crate::module::Pass;
use crate::nn::Linear;
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::size::{Dim, Size};
use crate::tensor::{Inputs, Real, Tensor};

/// The simple recurrent cell `h' = tanh(x Wi + bi + h Wh)`, or with [`residual`](Self::residual)
/// `h' = tanh(x Wi + bi + h Wh + h)` (Elman, 1990), for [`Rnn`](super::Rnn).
///
/// The carry is h, `(B, Hidden)`; the input is `(B, In)`, the output is h'.
///
/// | | |
/// |---|---|
/// | variables | `dense_h`: `kernel` (Hidden, Hidden), `orthogonal`; `dense_i`: `kernel` (In, Hidden), `lecun_normal`, and `bias` (Hidden,), zeros |
/// | Flax | `nnx.SimpleCell(In, Hidden, rngs=rngs)` |
/// | PyTorch | `nn.RNNCell(In, Hidden)`, whose weights are the transposes, with a second bias, added to the projection of the hidden state |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::{Rnn, SimpleCell}, random::Rngs};
/// use nnx_core::{size::{Batch, U3, U8}, tensor::Tensor};
///
/// let rnn = Rnn::new(SimpleCell::<U3, U8>::init(&mut Rngs::new(0)).residual());
/// let x: Tensor![Batch, 5, 3] = Tensor::from_vec(vec![0.5; 2 * 5 * 3])?;
/// let y: Tensor![Batch, 5, 8] = rnn.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&CellOptions::default(), rngs))]
pub struct SimpleCell<In: Size, Hidden: Size, E: Real = f32> {
    /// The linear layer of the hidden state.
    pub dense_h: LinearMap<Hidden, Hidden, E>,
    /// The linear layer of the input.
    pub dense_i: Linear<In, Hidden, E>,
    #[module(skip)]
    activations: Activations,
    residual: bool,
}

impl<In: Size, Hidden: Size, E: Real> SimpleCell<In, Hidden, E> {
    /// A cell with the settings of `options`. The linear layer of the hidden state takes its random keys from `rngs`
    /// first, as in Flax.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &CellOptions, rngs: &mut Rngs) -> Self {
        Self {
            dense_h: options.carry(rngs),
            dense_i: options.input_and_bias(rngs),
            activations: options.activations,
            residual: false,
        }
    }

    /// Adds the hidden state before the activation (`residual=True`).
    #[must_use]
    pub fn residual(self) -> Self {
        Self { residual: true, ..self }
    }
}

impl<In: Size, Hidden: Size, E: Real> Gates for SimpleCell<In, Hidden, E> {
    fn weights(&self, pass: &Pass) -> Weights {
        Weights {
            input: self.dense_i.kernel.get(pass).into_dyn(),
            bias: bias_of(&self.dense_i, pass),
            carry: self.dense_h.kernel.get(pass).into_dyn(),
            carry_bias: None,
        }
    }
    fn next(&self, x: DynTensor, h: DynTensor, carry: Vec<DynTensor>) -> Vec<DynTensor> {
        let sum = h + x;
        let sum = if self.residual { &sum + &carry[0] } else { sum };
        vec![self.activations.activation(sum)]
    }
}

cell_of_gates!(SimpleCell, |B| Tensor<(B, Hidden), E>, 1, {
    const GATES: u64 = 1;
    const ELEMENTWISE: u64 = 2;
    const TEMPORARIES: u64 = 0;
});
