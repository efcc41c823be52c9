//! The gated recurrent unit.

use super::gates::{Activations, Fused, Gates, Weights, cell_of_gates, run};
use super::lstm::bias_of;
use super::sequence::Sequence;
use super::{CellCost, CellOptions, LinearMap, RnnCell};
use crate::array::Array;
use crate::module::Pass;
use crate::nn::Linear;
use crate::ops::{DynTensor, split};
use crate::random::Rngs;
use crate::size::{Dim, Product, Size, U3};
use crate::tensor::{Inputs, Real, Tensor};

/// The gated recurrent unit (Cho et al., 2014), for [`Rnn`](super::Rnn). From the hidden state h and an input x:
///
/// ```text
/// r = sigmoid(x Wir + bir + h Whr)      the reset gate
/// z = sigmoid(x Wiz + biz + h Whz)      the update gate
/// n = tanh(x Win + bin + r (h Whn))     candidate
/// h' = (1 - z) n + z h
/// ```
///
/// The carry is h, `(B, Hidden)`; the input is `(B, In)`, the output is h'.
///
/// | | |
/// |---|---|
/// | variables | `dense_i`: `kernel` (In, 3 Hidden), `lecun_normal`, and `bias` (3 Hidden,), zeros; `dense_h`: `kernel` (Hidden, 3 Hidden), `orthogonal`; each in the order r, z, n |
/// | Flax | `nnx.GRUCell(In, Hidden, rngs=rngs)` |
/// | PyTorch | `nn.GRUCell(In, Hidden)`, whose weights are the transposes, with a second bias, added to the projection of the hidden state: [`TorchGruCell`](super::TorchGruCell) |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Pass}, nn::{RnnCell, GruCell}, random::Rngs};
/// use nnx_core::{size::{Batch, U3, U8}, tensor::Tensor};
///
/// let cell = GruCell::<U3, U8>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 3] = Tensor::from_vec(vec![0.5; 6])?;
/// let (h, y) = cell.step(cell.zero_carry::<Batch>(2), x, &mut Pass::eval());
/// assert_eq!(h.to_vec(), y.to_vec());
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&CellOptions::default(), rngs))]
pub struct GruCell<In: Size, Hidden: Size, E: Real = f32> {
    /// The linear layer of the input.
    pub dense_i: Linear<In, Product<U3, Hidden>, E>,
    /// The linear layer of the hidden state.
    pub dense_h: LinearMap<Hidden, Product<U3, Hidden>, E>,
    #[module(skip)]
    activations: Activations,
}

impl<In: Size, Hidden: Size, E: Real> GruCell<In, Hidden, E> {
    /// A cell with the settings of `options`. The linear layer of the input takes its random keys from `rngs` first.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &CellOptions, rngs: &mut Rngs) -> Self {
        Self {
            dense_i: options.input_and_bias(rngs),
            dense_h: options.carry(rngs),
            activations: options.activations,
        }
    }
}

impl<In: Size, Hidden: Size, E: Real> Gates for GruCell<In, Hidden, E> {
    fn weights(&self, pass: &Pass) -> Weights {
        Weights {
            input: self.dense_i.kernel.get(pass).into_dyn(),
            bias: bias_of(&self.dense_i, pass),
            carry: self.dense_h.kernel.get(pass).into_dyn(),
            carry_bias: None,
        }
    }
    fn next(&self, x: DynTensor, h: DynTensor, carry: Vec<DynTensor>) -> Vec<DynTensor> {
        vec![gru(&x, &h, &carry[0], self.activations)]
    }
    fn fused(&self) -> Option<Fused> {
        self.activations.are_own().then_some(Fused::Gru)
    }
}

pub(super) fn gru(
    x: &DynTensor,
    h: &DynTensor,
    last: &DynTensor,
    functions: Activations,
) -> DynTensor {
    let ([xr, xz, xn], [hr, hz, hn]) = (split(x), split(h));
    let (r, z) = (functions.gate(xr + hr), functions.gate(xz + hz));
    let n = functions.activation(xn + r * hn);
    (-z.clone()).add_scalar(1.0) * n + &z * last
}

cell_of_gates!(GruCell, |B| Tensor<(B, Hidden), E>, 1, {
    const GATES: u64 = 3;
    const ELEMENTWISE: u64 = 12;
    const TEMPORARIES: u64 = 1;
    const ONE_OPERATION: bool = true;
});
