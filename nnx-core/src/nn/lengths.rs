//! The lengths of padded sequences.

use crate::array::{Array, DType, Dims, ShapeError};
use crate::ops::{
    AttributeValue, Attributes, Comparison, DynTensor, NumberFunction, Signature, numbers_of,
};

/// The lengths of the `batch` rows of padded sequences with `time` steps, checked: `(batch,)` of i32. They stay a tensor, so
/// that they may be an input of a recorded step, each run of which checks them.
///
/// # Panics
/// If there isn't one length for each row, or a length is outside `0..=time`.
#[track_caller]
pub(super) fn checked(lengths: DynTensor, batch: usize, time: usize) -> DynTensor {
    let found = lengths.dims().elements();
    assert!(
        found == batch,
        "{found} lengths were given for a batch of {batch} sequences: each has one"
    );
    let lengths = lengths.cast(DType::I64);
    lengths.array_for("lengths");
    let checked = numbers_of(Lengths { time }, vec![lengths.into_array()], batch);
    DynTensor::from(checked).cast(DType::I32)
}

/// The lengths as numbers, each checked against the steps of the sequence.
#[derive(Debug, AttributeValue)]
pub(super) struct Lengths {
    time: usize,
}

impl NumberFunction for Lengths {
    fn name(&self) -> &'static str {
        "lengths"
    }
    fn check(&self, inputs: &[Signature], count: usize) -> Result<(), ShapeError> {
        match inputs {
            [lengths] if lengths.dtype == DType::I64 && lengths.elements() == count => Ok(()),
            _ => {
                let found: Vec<String> = inputs.iter().map(ToString::to_string).collect();
                let found = found.join(", ");
                let problem = format!("takes {count} lengths of i64, found {found}");
                Err(ShapeError::operands(self.name(), problem))
            }
        }
    }
    fn compute(&self, inputs: &[Array], out: &mut [f64]) {
        let (lengths, time) = (inputs[0].contiguous(), self.time);
        for (row, (out, &length)) in out.iter_mut().zip(lengths.slice::<i64>()).enumerate() {
            assert!(
                usize::try_from(length).is_ok_and(|length| length <= time),
                "a length is from 0 to {time}, the steps of the sequence; found {length} in row {row}"
            );
            #[allow(clippy::cast_precision_loss, reason = "at most the number of steps")]
            let length = length as f64;
            *out = length;
        }
    }
    fn may_panic(&self) -> bool {
        true
    }
    fn attributes(&self) -> Option<Attributes> {
        Attributes::of(self)
    }
}

/// The mask `(batch, time)` of the valid positions.
pub(super) fn mask(lengths: DynTensor, time: usize) -> DynTensor {
    let (batch, step) = (lengths.dims()[0], arange(time).reshape(&[1, time]));
    let both = Dims::new(&[batch, time]);
    let lengths = lengths.reshape(&[batch, 1]).broadcast_to(&both);
    step.broadcast_to(&both).compare(Comparison::Less, lengths)
}

/// `0, 1, ..` of i32.
pub(super) fn arange(length: usize) -> DynTensor {
    DynTensor::arange_whole(length, 0, 1, DType::I32)
}
