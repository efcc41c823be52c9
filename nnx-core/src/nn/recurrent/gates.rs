//! Code that the recurrent cells share: options, weights, and the loop over steps.

use std::sync::Arc;

use super::sequence::{After, Sequence};
use super::steps::{stacked, unstacked};
use crate::module::{Param, Pass};
use crate::nn::Linear;
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::{self, Initializer};
use crate::size::Size;
use crate::tensor::Real;

/// An elementwise function.
type Function = fn(DynTensor) -> DynTensor;

/// The functions of a cell, where they aren't its own: sigmoid of gates, tanh of all else.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Activations {
    gate: Option<Function>,
    activation: Option<Function>,
}

impl Activations {
    /// Whether they are the cell's own, so that an operation for whole sequences computes them.
    pub(super) fn are_own(self) -> bool {
        self.gate.is_none() && self.activation.is_none()
    }

    pub(super) fn gate(self, x: DynTensor) -> DynTensor {
        self.gate.unwrap_or(DynTensor::sigmoid)(x)
    }

    pub(super) fn activation(self, x: DynTensor) -> DynTensor {
        self.activation.unwrap_or(DynTensor::tanh)(x)
    }
}

/// The initializers and the activations of a recurrent cell. The defaults are Flax's.
///
/// ```
/// use nnx_core::{nn::{CellOptions, GruCell}, ops::DynTensor, random::{Rngs, init}, size::{U3, U8}};
///
/// let options = CellOptions::default().kernel(init::glorot_uniform()).activation(DynTensor::relu);
/// let cell = GruCell::<U3, U8>::with(&options, &mut Rngs::new(0));
/// ```
#[derive(Debug, Clone)]
pub struct CellOptions {
    kernel: Arc<dyn Initializer>,
    recurrent_kernel: Arc<dyn Initializer>,
    bias: Arc<dyn Initializer>,
    pub(super) activations: Activations,
}

impl Default for CellOptions {
    fn default() -> Self {
        Self {
            kernel: Arc::new(init::lecun_normal()),
            recurrent_kernel: Arc::new(init::orthogonal(1.0)),
            bias: Arc::new(init::zeros()),
            activations: Activations::default(),
        }
    }
}

impl CellOptions {
    /// The initializer of the kernels that multiply the input (`kernel_init`), `lecun_normal` by default.
    #[must_use]
    pub fn kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { kernel: Arc::new(initializer), ..self }
    }

    /// The initializer of the kernels that multiply the last output (`recurrent_kernel_init`), `orthogonal(1.0)`
    /// by default.
    #[must_use]
    pub fn recurrent_kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { recurrent_kernel: Arc::new(initializer), ..self }
    }

    /// The initializer of the biases (`bias_init`), zeros by default.
    #[must_use]
    pub fn bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { bias: Arc::new(initializer), ..self }
    }

    /// The activation of gates (`gate_fn`), `sigmoid` by default. [`SimpleCell`](super::SimpleCell) has
    /// none. Only the default functions run as one operation for all steps, which is faster.
    #[must_use]
    pub fn gate(self, gate: fn(DynTensor) -> DynTensor) -> Self {
        let activations = Activations { gate: Some(gate), ..self.activations };
        Self { activations, ..self }
    }

    /// The activation of the candidate and of the hidden state (`activation_fn`), `tanh` by default.
    #[must_use]
    pub fn activation(self, activation: fn(DynTensor) -> DynTensor) -> Self {
        let activations = Activations { activation: Some(activation), ..self.activations };
        Self { activations, ..self }
    }

    /// A linear layer of the input, without a bias.
    pub(super) fn input<In: Size, Out: Size, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> LinearMap<In, Out, E> {
        LinearMap { kernel: Param::drawn(&*self.kernel, rngs) }
    }

    /// A linear layer of the last output, without a bias.
    pub(super) fn carry<In: Size, Out: Size, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> LinearMap<In, Out, E> {
        LinearMap { kernel: Param::drawn(&*self.recurrent_kernel, rngs) }
    }

    /// A linear layer of the input, with a bias. The kernel takes its random key first.
    pub(super) fn input_and_bias<In: Size, Out: Size, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> Linear<In, Out, E> {
        Linear {
            kernel: Param::drawn(&*self.kernel, rngs),
            bias: Some(Param::drawn(&*self.bias, rngs)),
        }
    }

    /// A linear layer of the last output, with a bias. The kernel takes its random key first.
    pub(super) fn carry_and_bias<In: Size, Out: Size, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> Linear<In, Out, E> {
        Linear {
            kernel: Param::drawn(&*self.recurrent_kernel, rngs),
            bias: Some(Param::drawn(&*self.bias, rngs)),
        }
    }
}

/// A linear layer without a bias: `y = x W`.
#[derive(Debug, Clone, crate::Module)]
pub struct LinearMap<In: Size, Out: Size, E: Real = f32> {
    /// The weights (In, Out).
    pub kernel: Param<(In, Out), E>,
}

/// The weights of a cell in one pass, concatenated over its gates: the kernel of the input (In, G) with its bias
/// (G,), and the kernel of the last output (Hidden, G) with its own bias, if the cell has two.
pub(super) struct Weights {
    pub(super) input: DynTensor,
    pub(super) bias: DynTensor,
    pub(super) carry: DynTensor,
    pub(super) carry_bias: Option<DynTensor>,
}

/// A gated cell. Each gate reads a projection of the input, `x W_i + b`, and one of the last output, `h W_h`.
pub(super) trait Gates {
    fn weights(&self, pass: &Pass) -> Weights;

    /// The next carry, from the projections `x` of the input (with the bias) and `h` of the last output, both
    /// concatenated over the gates, and from the carry. The last tensor of a carry is the output.
    fn next(&self, x: DynTensor, h: DynTensor, carry: Vec<DynTensor>) -> Vec<DynTensor>;

    /// The operation that runs all steps, if there is one for the cell.
    fn fused(&self) -> Option<Fused> {
        None
    }
}

/// An operation on all steps of a sequence.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fused {
    Lstm,
    Gru,
}

/// Runs the cell over a sequence `(time, batch, In)`.
pub(super) fn run(cell: &impl Gates, carry: Vec<DynTensor>, x: DynTensor, pass: &Pass) -> Sequence {
    let Weights { input, bias, carry: weights, carry_bias } = cell.weights(pass);
    let x = x.linear(input, Some(bias));
    if let Some(fused) = cell.fused() {
        let carry = stacked(carry).expect("a carry has parts");
        return Sequence::of_states(&match fused {
            Fused::Lstm => x.lstm(carry, weights),
            Fused::Gru => x.gru(carry, weights, carry_bias),
        });
    }
    let inputs = unstacked(x);
    let mut carry = carry;
    let step = |x: DynTensor| {
        let output = carry.last().expect("a carry has parts").clone();
        let h = output.linear(weights.clone(), carry_bias.clone());
        carry = cell.next(x, h, carry.clone());
        carry.clone()
    };
    let carries: Vec<Vec<DynTensor>> = inputs.map(step).collect();
    let outputs = carries.iter().map(|carry| carry.last().expect("a carry has parts").clone());
    let outputs = outputs.collect();
    Sequence { after: After::Each(carries), outputs: stacked(outputs) }
}

/// Implements `RnnCell` for a gated cell whose carry has the type `$carry`, of `$parts` tensors.
macro_rules! cell_of_gates {
    ($cell:ident, |$batch:ident| $carry:ty, $parts:literal, {$($cost:item)*}) => {
        impl<In: Size, Hidden: Size, E: Real> CellCost for $cell<In, Hidden, E> {
            const STATES: u64 = $parts;
            $($cost)*
        }
        impl<In: Size, Hidden: Size, E: Real> RnnCell for $cell<In, Hidden, E> {
            type In = In;
            type Hidden = Hidden;
            type Element = E;
            type Carry<$batch: Dim> = $carry;

            fn zero_carry<B: Dim>(&self, batch: usize) -> Self::Carry<B> {
                let zeros = Array::full_float(0.0, E::DTYPE, &[batch, Hidden::USIZE]);
                let parts = vec![DynTensor::from(zeros); $parts];
                Inputs::from_list(&mut parts.into_iter())
            }

            fn advance<B: Dim>(
                &self,
                carry: Self::Carry<B>,
                x: Tensor<(B, In), E>,
                pass: &mut Pass,
            ) -> (Self::Carry<B>, Tensor<(B, Hidden), E>) {
                let x = x.insert_axis::<0>().into_dyn();
                self.advance_all(carry, x, pass).remove(0)
            }

            fn run_sequence<B: Dim>(
                &self,
                carry: Self::Carry<B>,
                x: DynTensor,
                pass: &mut Pass,
            ) -> Sequence {
                run(self, carry.into_list(), x, pass)
            }

            fn advance_all<B: Dim>(
                &self,
                carry: Self::Carry<B>,
                x: DynTensor,
                pass: &mut Pass,
            ) -> Vec<(Self::Carry<B>, Tensor<(B, Hidden), E>)> {
                let typed = |carry: Vec<DynTensor>| {
                    let output = carry.last().expect("a carry has parts").clone();
                    (Inputs::from_list(&mut carry.into_iter()), Tensor::trusted(output))
                };
                run(self, carry.into_list(), x, pass).carries().into_iter().map(typed).collect()
            }
        }
    };
}
pub(super) use cell_of_gates;
