//! What the cells have in common.

use std::sync::Arc;

use super::steps::unstacked;
use crate::module::{Param, Pass};
use crate::nn::Linear;
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::{self, Initializer};
use crate::size::Size;
use crate::tensor::Real;

/// A function of tensors, elementwise.
pub(super) type Activation = fn(DynTensor) -> DynTensor;

/// How the weights of a recurrent cell start, and its activations. The defaults are Flax's.
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
    pub(super) gate: Activation,
    pub(super) activation: Activation,
}

impl Default for CellOptions {
    fn default() -> Self {
        Self {
            kernel: Arc::new(init::lecun_normal()),
            recurrent_kernel: Arc::new(init::orthogonal(1.0)),
            bias: Arc::new(init::zeros()),
            gate: DynTensor::sigmoid,
            activation: DynTensor::tanh,
        }
    }
}

impl CellOptions {
    /// The kernels of the input start with this (`kernel_init`), by default with `lecun_normal`.
    #[must_use]
    pub fn kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { kernel: Arc::new(initializer), ..self }
    }

    /// The kernels of the carry start with this (`recurrent_kernel_init`), by default with
    /// `orthogonal(1.0)`.
    #[must_use]
    pub fn recurrent_kernel(self, initializer: impl Initializer + 'static) -> Self {
        Self { recurrent_kernel: Arc::new(initializer), ..self }
    }

    /// The biases start with this (`bias_init`), by default with zeros.
    #[must_use]
    pub fn bias(self, initializer: impl Initializer + 'static) -> Self {
        Self { bias: Arc::new(initializer), ..self }
    }

    /// The activation of gates (`gate_fn`), by default `sigmoid`. [`SimpleCell`](super::SimpleCell) has
    /// none.
    #[must_use]
    pub fn gate(self, gate: fn(DynTensor) -> DynTensor) -> Self {
        Self { gate, ..self }
    }

    /// The activation of what is remembered and given (`activation_fn`), by default `tanh`.
    #[must_use]
    pub fn activation(self, activation: fn(DynTensor) -> DynTensor) -> Self {
        Self { activation, ..self }
    }

    /// A map of the input without a bias.
    pub(super) fn input<In: Size, Out: Size, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> LinearMap<In, Out, E> {
        LinearMap { kernel: Param::drawn(&*self.kernel, rngs) }
    }

    /// A map of the carry without a bias.
    pub(super) fn carry<In: Size, Out: Size, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> LinearMap<In, Out, E> {
        LinearMap { kernel: Param::drawn(&*self.recurrent_kernel, rngs) }
    }

    /// A map of the input with a bias: the kernel draws first.
    pub(super) fn input_and_bias<In: Size, Out: Size, E: Real>(
        &self,
        rngs: &mut Rngs,
    ) -> Linear<In, Out, E> {
        Linear {
            kernel: Param::drawn(&*self.kernel, rngs),
            bias: Some(Param::drawn(&*self.bias, rngs)),
        }
    }

    /// A map of the carry with a bias: the kernel draws first.
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

/// A linear map without a bias: `y = x W`.
#[derive(Debug, Clone, crate::Module)]
pub struct LinearMap<In: Size, Out: Size, E: Real = f32> {
    /// The weights (In, Out).
    pub kernel: Param<(In, Out), E>,
}

/// The weights of a cell in one pass, all gates side by side: of the input (In, G), its bias (G,), of the
/// carry (Hidden, G).
pub(super) struct Weights {
    pub(super) input: DynTensor,
    pub(super) bias: DynTensor,
    pub(super) carry: DynTensor,
}

/// A cell of gates, each of which takes a product of the input and one of the last output.
pub(super) trait Gates {
    fn weights(&self, pass: &Pass) -> Weights;

    /// The next carry from the products of the input (with the bias) and of the last output, for all
    /// gates side by side, and the carry. The last part of a carry is the output.
    fn next(&self, x: DynTensor, h: DynTensor, carry: Vec<DynTensor>) -> Vec<DynTensor>;
}

/// The carries after each step of a sequence `(time, batch, In)`.
pub(super) fn run(
    cell: &impl Gates,
    carry: Vec<DynTensor>,
    x: DynTensor,
    pass: &Pass,
) -> Vec<Vec<DynTensor>> {
    let weights = cell.weights(pass);
    let inputs = unstacked(x.linear(weights.input, Some(weights.bias)));
    let mut carry = carry;
    let step = |x: DynTensor| {
        let output = carry.last().expect("a carry has parts").clone();
        carry = cell.next(x, output.matmul(weights.carry.clone()), carry.clone());
        carry.clone()
    };
    inputs.map(step).collect()
}

/// `(batch, N hidden)` as N tensors `(batch, hidden)`.
pub(super) fn split<const N: usize>(x: &DynTensor) -> [DynTensor; N] {
    let hidden = x.dims()[1] / N;
    std::array::from_fn(|i| x.clone().slice(1, i * hidden, hidden))
}

/// `impl RnnCell` for a cell of gates, whose carry is `$carry`.
macro_rules! cell_of_gates {
    ($cell:ident, |$batch:ident| $carry:ty, $parts:literal) => {
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
                run(self, carry.into_list(), x, pass).into_iter().map(typed).collect()
            }
        }
    };
}
pub(super) use cell_of_gates;
