//! The gradients of sequences of LSTM and GRU cells, in one pass over the steps.

use super::attributes::{AttributeValue, attributes};
use super::in_place::InPlace;
use super::operation::Signature;
use super::recurrent::sizes;
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError};
use crate::kernel::recurrent::{self as kernel, Cell, Gradients};
use crate::kernel::scratch::List;

/// The gradients of the steps. The inputs are the first carry, the recurrent weights, the states with what was saved, and
/// the gradient of the carries; updated are the gradients of the projections of the inputs, of the first carry, and of
/// a GRU those of the projections of the outputs.
#[derive(Debug, AttributeValue)]
pub(super) struct RecurrentBackward(#[attribute(name = "cell")] pub(super) Cell);

impl InPlace for RecurrentBackward {
    attributes!();
    fn name(&self) -> &'static str {
        "recurrent_backward"
    }
    fn check(&self, inputs: &[Signature], updated: &[Signature]) -> Result<(), ShapeError> {
        let fits = match (inputs, updated) {
            ([carry, weights, states, dy], [x, to_carry, rest @ ..]) => {
                let sizes = sizes(self.name(), self.0, &[*x, *carry, *weights])?;
                let all = Dims::new(&[sizes.cell.carries(), sizes.time, sizes.batch, sizes.hidden]);
                let saved = all.with_axis(0, sizes.cell.carries() + Cell::SAVED);
                let dtype = x.dtype;
                to_carry == carry
                    && all.elements() > 0
                    && *dy == (Signature { dims: all, dtype })
                    && *states == (Signature { dims: saved, dtype })
                    && rest.len() == usize::from(self.0 == Cell::Gru)
                    && rest.iter().all(|projection| projection == x)
            }
            _ => false,
        };
        let problem = || format!("can't update {} arrays by these inputs", updated.len());
        fits.then_some(()).ok_or_else(|| ShapeError::operands(self.name(), problem()))
    }
    fn forward(&self, inputs: &[Array], updated: &mut [&mut Array]) {
        let [carry, weights, states, dy] = [0, 1, 2, 3].map(|i| inputs[i].contiguous());
        let x = [Signature::of(updated[0]), Signature::of(&carry), Signature::of(&weights)];
        let sizes = sizes(self.name(), self.0, &x).expect("checked");
        for_float!(carry.dtype(), E => {
            let mut arrays: List<Array> = updated
                .iter()
                .map(|array| Array::build(array.dims(), |_: &mut [E]| {}))
                .collect();
            let mut outputs = arrays.iter_mut().map(Array::make_mut::<E>);
            let mut next = || outputs.next().expect("as many as were checked");
            let gradients = Gradients {
                x: next(),
                carry: next(),
                projection: (self.0 == Cell::Gru).then(next),
            };
            let of = [carry.slice::<E>(), weights.slice()];
            kernel::backward(sizes, of, states.slice(), dy.slice(), gradients);
            updated.iter_mut().zip(arrays.drain(..)).for_each(|(updated, array)| **updated = array);
        });
    }
}
