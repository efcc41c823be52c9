//! Long short-term memory.

use super::gates::{Activations, Fused, Gates, Weights, cell_of_gates, run};
use super::sequence::Sequence;
use super::{CellCost, CellOptions, LinearMap, RnnCell};
use crate::array::Array;
use crate::module::Pass;
use crate::nn::Linear;
use crate::ops::{DynTensor, split};
use crate::random::Rngs;
use crate::size::{Dim, Product, Size, U4};
use crate::tensor::{Inputs, Real, Tensor};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997), for [`Rnn`](super::Rnn). From the cell state c, the
/// hidden state h, and an input x:
///
/// ```text
/// i = sigmoid(x Wii + h Whi + bhi)      the input gate
/// f = sigmoid(x Wif + h Whf + bhf)      the forget gate
/// g = tanh(x Wig + h Whg + bhg)         candidate
/// o = sigmoid(x Wio + h Who + bho)      the output gate
/// c' = f c + i g,  h' = o tanh(c')
/// ```
///
/// The carry is `(c, h)`, both `(B, Hidden)`; the input is `(B, In)`, the output is h'.
///
/// | | |
/// |---|---|
/// | variables | `ii`, `if_`, `ig`, `io`: `kernel` (In, Hidden), `lecun_normal`; `hi`, `hf`, `hg`, `ho`: `kernel` (Hidden, Hidden), `orthogonal`, and `bias` (Hidden,), zeros |
/// | Flax | `nnx.LSTMCell(In, Hidden, rngs=rngs)` |
/// | PyTorch | `nn.LSTMCell(In, Hidden)`, whose weights are the transposes, concatenated over the gates in the same order, with a second bias, added to the projection of the input, and the carry as `(h, c)` |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Pass}, nn::{RnnCell, LstmCell}, random::Rngs};
/// use nnx_core::{size::{Batch, U3, U8}, tensor::Tensor};
///
/// let cell = LstmCell::<U3, U8>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 3] = Tensor::from_vec(vec![0.5; 6])?;
/// let ((c, h), y) = cell.step(cell.zero_carry::<Batch>(2), x, &mut Pass::eval());
/// assert_eq!(h.to_vec(), y.to_vec());
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&CellOptions::default(), rngs))]
#[allow(missing_docs, reason = "the maps are named in the table above")]
pub struct LstmCell<In: Size, Hidden: Size, E: Real = f32> {
    pub ii: LinearMap<In, Hidden, E>,
    pub if_: LinearMap<In, Hidden, E>,
    pub ig: LinearMap<In, Hidden, E>,
    pub io: LinearMap<In, Hidden, E>,
    pub hi: Linear<Hidden, Hidden, E>,
    pub hf: Linear<Hidden, Hidden, E>,
    pub hg: Linear<Hidden, Hidden, E>,
    pub ho: Linear<Hidden, Hidden, E>,
    #[module(skip)]
    activations: Activations,
}

impl<In: Size, Hidden: Size, E: Real> LstmCell<In, Hidden, E> {
    /// A cell with the settings of `options`. The linear layers of the input take their random keys from `rngs`
    /// first, then those of the hidden state, each in the order i, f, g, o.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &CellOptions, rngs: &mut Rngs) -> Self {
        Self {
            ii: options.input(rngs),
            if_: options.input(rngs),
            ig: options.input(rngs),
            io: options.input(rngs),
            hi: options.carry_and_bias(rngs),
            hf: options.carry_and_bias(rngs),
            hg: options.carry_and_bias(rngs),
            ho: options.carry_and_bias(rngs),
            activations: options.activations,
        }
    }
}

/// Concatenates kernels or biases along the last axis.
fn concat_gates<const N: usize>(parts: [DynTensor; N]) -> DynTensor {
    let last = parts[0].rank() - 1;
    DynTensor::concat(parts.into(), last).expect("gates are of one shape")
}

impl<In: Size, Hidden: Size, E: Real> Gates for LstmCell<In, Hidden, E> {
    fn weights(&self, pass: &Pass) -> Weights {
        let input = [&self.ii, &self.if_, &self.ig, &self.io];
        let carry = [&self.hi, &self.hf, &self.hg, &self.ho];
        Weights {
            input: concat_gates(input.map(|map| map.kernel.get(pass).into_dyn())),
            bias: concat_gates(carry.map(|map| bias_of(map, pass))),
            carry: concat_gates(carry.map(|map| map.kernel.get(pass).into_dyn())),
            carry_bias: None,
        }
    }
    fn next(&self, x: DynTensor, h: DynTensor, carry: Vec<DynTensor>) -> Vec<DynTensor> {
        lstm(h + x, carry, self.activations)
    }
    fn fused(&self) -> Option<Fused> {
        self.activations.are_own().then_some(Fused::Lstm)
    }
}

/// The bias of a linear layer, zeros if the user has removed it.
pub(super) fn bias_of<In: Size, Out: Size, E: Real>(
    map: &Linear<In, Out, E>,
    pass: &Pass,
) -> DynTensor {
    match &map.bias {
        Some(bias) => bias.get(pass).into_dyn(),
        None => Array::full_float(0.0, E::DTYPE, &[Out::USIZE]).into(),
    }
}

fn lstm(gates: DynTensor, carry: Vec<DynTensor>, functions: Activations) -> Vec<DynTensor> {
    let [i, f, g, o] = split(&gates);
    let [i, f, o] = [i, f, o].map(|gate| functions.gate(gate));
    let memory = f * carry[0].clone() + i * functions.activation(g);
    let output = o * functions.activation(memory.clone());
    vec![memory, output]
}

cell_of_gates!(LstmCell, |B| (Tensor<(B, Hidden), E>, Tensor<(B, Hidden), E>), 2, {
    const GATES: u64 = 4;
    const ELEMENTWISE: u64 = 13;
    const TEMPORARIES: u64 = 2;
    const ONE_OPERATION: bool = true;
    const CONCATENATES: bool = true;
});

/// [`LstmCell`] with the kernels of all gates concatenated, in the order i, f, g, o. The formula is the same; each
/// concatenated kernel is initialized as one matrix.
///
/// | | |
/// |---|---|
/// | variables | `dense_i`: `kernel` (In, 4 Hidden), `lecun_normal`; `dense_h`: `kernel` (Hidden, 4 Hidden), `orthogonal`, and `bias` (4 Hidden,), zeros |
/// | Flax | `nnx.OptimizedLSTMCell(In, Hidden, rngs=rngs)` |
/// | PyTorch | `nn.LSTMCell(In, Hidden)`, whose weights are the transposes, with a second bias, added to the projection of the input, and the carry as `(h, c)` |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::{OptimizedLstmCell, Rnn}, random::Rngs};
/// use nnx_core::{size::{Batch, U3, U8}, tensor::Tensor};
///
/// let lstm = Rnn::<OptimizedLstmCell<U3, U8>>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 5, 3] = Tensor::from_vec(vec![0.5; 2 * 5 * 3])?;
/// let y: Tensor![Batch, 5, 8] = lstm.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&CellOptions::default(), rngs))]
pub struct OptimizedLstmCell<In: Size, Hidden: Size, E: Real = f32> {
    /// The linear layer of the input.
    pub dense_i: LinearMap<In, Product<U4, Hidden>, E>,
    /// The linear layer of the hidden state.
    pub dense_h: Linear<Hidden, Product<U4, Hidden>, E>,
    #[module(skip)]
    activations: Activations,
}

impl<In: Size, Hidden: Size, E: Real> OptimizedLstmCell<In, Hidden, E> {
    /// A cell with the settings of `options`. The linear layer of the input takes its random keys from `rngs` first.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &CellOptions, rngs: &mut Rngs) -> Self {
        Self {
            dense_i: options.input(rngs),
            dense_h: options.carry_and_bias(rngs),
            activations: options.activations,
        }
    }
}

impl<In: Size, Hidden: Size, E: Real> Gates for OptimizedLstmCell<In, Hidden, E> {
    fn weights(&self, pass: &Pass) -> Weights {
        Weights {
            input: self.dense_i.kernel.get(pass).into_dyn(),
            bias: bias_of(&self.dense_h, pass),
            carry: self.dense_h.kernel.get(pass).into_dyn(),
            carry_bias: None,
        }
    }
    fn next(&self, x: DynTensor, h: DynTensor, carry: Vec<DynTensor>) -> Vec<DynTensor> {
        lstm(h + x, carry, self.activations)
    }
    fn fused(&self) -> Option<Fused> {
        self.activations.are_own().then_some(Fused::Lstm)
    }
}

cell_of_gates!(OptimizedLstmCell, |B| (Tensor<(B, Hidden), E>, Tensor<(B, Hidden), E>), 2, {
    const GATES: u64 = 4;
    const ELEMENTWISE: u64 = 13;
    const TEMPORARIES: u64 = 2;
    const ONE_OPERATION: bool = true;
});
