//! Sequences of LSTM and GRU cells as one operation, forward and backward.
//!
//! The gradient needs the gates of each step. So two operations run: one computes the states and the gates, without a
//! gradient; the other passes the states on, has the gates as an input, and the gradient rule.

use std::panic::{RefUnwindSafe, UnwindSafe};

use super::attributes::{AttributeValue, attributes};
use super::in_place::apply_in_place;
use super::operation::{Keeps, Operation, Signature, one_of_gradients};
use super::recurrent_backward::RecurrentBackward;
use super::recurrent_composed::{composed, composed_gradients};
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Derived, Dims, ShapeError};
use crate::kernel::Float;
use crate::kernel::recurrent::{self as kernel, Cell, Inputs, Packed, Sizes};
use crate::kernel::scratch::List;

/// The sizes of a sequence, from the projections of its inputs (time, batch, gates · hidden), the first carry
/// (parts, batch, hidden), the recurrent weights (hidden, gates · hidden), and a bias (gates · hidden,) if there is one.
pub(super) fn sizes(
    name: &'static str,
    cell: Cell,
    inputs: &[Signature],
) -> Result<Sizes, ShapeError> {
    let found = || match (inputs.first(), inputs.get(1), inputs.get(2)) {
        (Some(x), Some(carry), Some(weights)) => {
            let (&[time, batch, _], &[_, _, hidden]) = (&x.dims[..], &carry.dims[..]) else {
                return None;
            };
            let width = cell.gates().checked_mul(hidden)?;
            let fits = x.dims[2] == width
                && carry.dims[..2] == [cell.carries(), batch]
                && weights.dims[..] == [hidden, width]
                && inputs.get(3).is_none_or(|bias| bias.dims[..] == [width])
                && inputs.iter().all(|input| input.dtype == x.dtype && x.dtype.is_float());
            fits.then_some(Sizes { cell, time, batch, hidden })
        }
        _ => None,
    };
    found().ok_or_else(|| {
        let (gates, parts) = (cell.gates(), cell.carries());
        let listed: Vec<String> = inputs.iter().map(Signature::to_string).collect();
        let problem = format!(
            "takes projections (T, B, {gates} H), a carry ({parts}, B, H), weights (H, {gates} H) and perhaps a bias \
             ({gates} H,) of one floating-point type, found {}",
            listed.join(", ")
        );
        ShapeError::operands(name, problem)
    })
}

impl<E: Float + UnwindSafe + RefUnwindSafe> Derived for Packed<E> {
    fn bytes(&self) -> usize {
        Self::bytes(self)
    }
}

/// The forward kernel: the carries after all steps, (parts, T, B, H), and, if `saves`, more parts that the gradient
/// needs. [`Recurrent`] has the gradient rule.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct RecurrentForward {
    cell: Cell,
    saves: bool,
}

impl Operation for RecurrentForward {
    attributes!();
    fn name(&self) -> &'static str {
        "recurrent_forward"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let Sizes { time, batch, hidden, .. } = sizes(name(self.cell), self.cell, inputs)?;
        let parts = self.cell.carries() + if self.saves { Cell::SAVED } else { 0 };
        Ok(Signature { dims: Dims::new(&[parts, time, batch, hidden]), dtype: inputs[0].dtype })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let signatures: List<Signature> = inputs.iter().map(Signature::of).collect();
        let output = self.output(&signatures).expect("checked");
        let sizes = sizes(self.name(), self.cell, &signatures).expect("checked");
        let inputs: List<Array> = inputs.iter().map(Array::contiguous).collect();
        for_float!(output.dtype, E => Array::build(output.dims, |out| {
            let [x, carry, weights] = [0, 1, 2].map(|i: usize| inputs[i].slice::<E>());
            let bias = inputs.get(3).map(Array::slice::<E>);
            let pack = || Some(kernel::pack(sizes, weights));
            // A sequence of few steps says nothing of those that follow.
            let packs = kernel::packs(sizes);
            let packed = if packs { inputs[2].derived::<E, Packed<E>>(pack) } else { None };
            kernel::forward(sizes, Inputs { x, carry, weights, bias, packed }, out);
        }))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    /// 0 if `saves`: [`Recurrent`], which follows, counts the FLOPs.
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        if self.saves { 0 } else { flops(self.cell, inputs.len() == 4, output) }
    }
}

/// Recurrent cells with their gradient rule: the carries after all steps, (parts, T, B, H), of the inputs that
/// [`sizes`] lists. The last input is the result of [`RecurrentForward`] for the other inputs.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Recurrent(#[attribute(name = "cell")] Cell);

fn name(cell: Cell) -> &'static str {
    match cell {
        Cell::Lstm => "lstm",
        Cell::Gru => "gru",
    }
}

impl Operation for Recurrent {
    attributes!();
    fn name(&self) -> &'static str {
        name(self.0)
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let given = inputs.len().saturating_sub(1);
        let Sizes { cell, time, batch, hidden } = sizes(self.name(), self.0, &inputs[..given])?;
        let dims = Dims::new(&[cell.carries(), time, batch, hidden]);
        let output = Signature { dims, dtype: inputs[0].dtype };
        let saved = dims.with_axis(0, cell.carries() + Cell::SAVED);
        if inputs[given] != (Signature { dims: saved, ..output }) {
            let problem = format!("takes states like {saved}, found {}", inputs[given]);
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(output)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs.last().expect("the states").narrow(0, 0, self.0.carries())
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        one_of_gradients(self, at, index)
    }
    /// One kernel computes all gradients. If second derivatives are needed, or in a `vmap`, they are composed of other
    /// operations.
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        let inputs = &at.inputs[..at.inputs.len() - 1];
        let gradients = match at.must_be_composed() {
            true => composed_gradients(self.0, inputs, &at.gradient),
            false => self.fused_gradients(at, wanted),
        };
        let all = gradients.into_iter().chain([None]).zip(wanted);
        Some(all.map(|(gradient, wanted)| gradient.filter(|_| *wanted)).collect())
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        flops(self.0, inputs.len() == 5, output)
    }
}

/// The FLOPs of the recurrent projections and of the gates.
fn flops(cell: Cell, with_bias: bool, output: &Signature) -> u64 {
    let elementwise = if cell == Cell::Lstm { 13 } else { 12 };
    let [_, time, batch, hidden] = output.dims[..] else { return 0 };
    let (units, gates) = (time * batch * hidden, cell.gates() as u64);
    let projection = (2 * hidden as u64 + u64::from(with_bias)).saturating_mul(gates);
    (units as u64).saturating_mul(projection.saturating_add(elementwise))
}

impl Recurrent {
    fn fused_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Vec<Option<DynTensor>> {
        let (cell, saved) = (self.0, &at.inputs[at.inputs.len() - 1]);
        let [x, carry, weights] = [0, 1, 2].map(|i: usize| at.inputs[i].array().clone());
        let like = |array: &Array| Array::full_float(0.0, array.dtype(), &array.dims());
        let (mut dx, mut to_carry) = (like(&x), like(&carry));
        let mut projection = (cell == Cell::Gru).then(|| like(&x));
        let mut updated: Vec<&mut Array> = vec![&mut dx, &mut to_carry];
        updated.extend(projection.as_mut());
        let inputs = [carry.clone(), weights, saved.array().clone(), at.gradient.array().clone()];
        apply_in_place(RecurrentBackward(cell), &inputs, &mut updated);

        let [time, batch, width] = *x.dims() else { unreachable!("checked") };
        let hidden = width / cell.gates();
        let rows =
            |x: &Array, columns| DynTensor::from(x.clone()).reshape(&[time * batch, columns]);
        let of_projection = rows(projection.as_ref().unwrap_or(&dx), width);
        let to_weights = || {
            let last = cell.carries() - 1;
            let first = DynTensor::from(carry.clone()).slice(0, last, 1);
            let states = saved.clone().slice(0, last, 1).slice(1, 0, time - 1);
            let states = states.reshape(&[time - 1, batch, hidden]);
            let before = DynTensor::concat(vec![first, states], 0).expect("of one shape");
            before.reshape(&[time * batch, hidden]).swap_axes(0, 1).matmul(of_projection.clone())
        };
        let mut gradients =
            vec![Some(dx.clone().into()), Some(to_carry.into()), wanted[2].then(to_weights)];
        if at.inputs.len() == 5 {
            gradients.push(wanted[3].then(|| of_projection.sum(&[0])));
        }
        gradients
    }
}

impl DynTensor {
    /// The carries of an LSTM after all steps, `(2, T, B, H)`: c and h. This tensor holds the projections of the inputs
    /// with their bias, `x W + b`: `(T, B, 4 H)`, for the gates i, f, g, o in this order. `carry` is `(2, B, H)`: c and h
    /// before the first step; `weights` `(H, 4 H)` multiply h.
    ///
    /// ```text
    /// i, f, o = sigmoid(x + h U)    g = tanh(x + h U)    c' = f c + i g    h' = o tanh(c')
    /// ```
    ///
    /// The gradients come from one pass over the steps from last to first. [`nn::LstmCell`](crate::nn::LstmCell) runs
    /// on it.
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor};
    ///
    /// let zeros = |sizes: &[usize]| DynTensor::from(Array::full(0.0f32, sizes));
    /// let states = zeros(&[5, 2, 4 * 3]).lstm(zeros(&[2, 2, 3]), zeros(&[3, 4 * 3]));
    /// assert_eq!(*states.dims(), [2, 5, 2, 3]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't fit.
    #[must_use]
    #[track_caller]
    pub fn lstm(self, carry: Self, weights: Self) -> Self {
        recurrent(Cell::Lstm, vec![self, carry, weights])
    }

    /// The carry of a GRU after all steps, `(1, T, B, H)`. This tensor holds the projections of the inputs with their bias,
    /// `x W + b`: `(T, B, 3 H)`, for the gates r, z, n in this order. `carry` is `(1, B, H)`: h before the first step;
    /// `weights` `(H, 3 H)` and `bias` `(3 H,)`, if there is one, give its projection.
    ///
    /// ```text
    /// r, z = sigmoid(x + h U + d)    n = tanh(x + r (h U + d))    h' = (1 - z) n + z h
    /// ```
    ///
    /// The gradients come from one pass over the steps from last to first. [`nn::GruCell`](crate::nn::GruCell) runs on
    /// it.
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor};
    ///
    /// let zeros = |sizes: &[usize]| DynTensor::from(Array::full(0.0f32, sizes));
    /// let states = zeros(&[5, 2, 3 * 4]).gru(zeros(&[1, 2, 4]), zeros(&[4, 3 * 4]), None);
    /// assert_eq!(*states.dims(), [1, 5, 2, 4]);
    /// ```
    ///
    /// # Panics
    /// If the shapes don't fit.
    #[must_use]
    #[track_caller]
    pub fn gru(self, carry: Self, weights: Self, bias: Option<Self>) -> Self {
        recurrent(Cell::Gru, [self, carry, weights].into_iter().chain(bias).collect())
    }
}

#[track_caller]
fn recurrent(cell: Cell, inputs: Vec<DynTensor>) -> DynTensor {
    use crate::array::OrPanic as _;
    let tracked = inputs.iter().any(DynTensor::is_tracked);
    let operation = RecurrentForward { cell, saves: tracked };
    let signatures: Vec<Signature> = inputs.iter().map(DynTensor::signature).collect();
    let output = operation.output(&signatures).or_panic();
    if output.elements() == 0 || inputs.iter().any(DynTensor::is_batched) {
        return composed(cell, &inputs);
    }
    let values = inputs.iter().map(|input| input.clone().stop_gradient()).collect();
    let states = DynTensor::try_apply_all(operation, values).or_panic();
    if !tracked {
        return states;
    }
    DynTensor::try_apply_all(Recurrent(cell), inputs.into_iter().chain([states]).collect())
        .or_panic()
}

/// The carries of no steps: an empty tensor.
pub(super) fn no_steps(parts: usize, dtype: DType, [batch, hidden]: [usize; 2]) -> DynTensor {
    Array::full_float(0.0, dtype, &[parts, 0, batch, hidden]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence of one step reads them in place, however often; it doesn't refuse those of the sequences that follow.
    #[test]
    fn recurrent_weights_are_kept_from_the_fourth_long_sequence_on() {
        const UNITS: usize = 256;
        let zeros =
            |sizes: &[usize]| Array::filled(vec![0.0f32; sizes.iter().product()], Dims::new(sizes));
        let weights = zeros(&[UNITS, 4 * UNITS]);
        let run = |time: usize| {
            let x = DynTensor::from(zeros(&[time, 1, 4 * UNITS]));
            drop(x.lstm(zeros(&[2, 1, UNITS]).into(), weights.clone().into()));
        };
        (0..6).for_each(|_| run(1));
        (0..4).for_each(|_| run(20));
        let kept = weights.derived::<f32, Packed<f32>>(|| None);
        assert!(kept.is_some_and(|packed| packed.bytes() >= 4 * 4 * UNITS * UNITS));
    }
}
