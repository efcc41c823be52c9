//! Operations that replace the elements of arrays in place, and may have several results: the step of an optimizer,
//! a slice of a cache, gradients that one kernel computes together. They aren't recorded on a tape, but they are steps of
//! programs.

use std::fmt::Debug;
use std::sync::Arc;

use super::attributes::{AttributeValue, attributes};
use super::operation::{Backward, Keeps, Operation};
use super::recording::Recording;
use super::{Attributes, DynTensor, Role, Signature};
use crate::array::{Array, OrPanic as _, ShapeError};

/// An operation that reads some arrays and updates others, which keep their shape and element type.
pub(crate) trait InPlace: Debug + Send + Sync + 'static {
    /// Its parameters as data, if it can be written.
    fn attributes(&self) -> Option<Attributes>;

    /// The operation's name, for errors.
    fn name(&self) -> &'static str;

    /// Checks shapes and types.
    ///
    /// # Errors
    /// If the arrays don't fit the operation or one another.
    fn check(&self, inputs: &[Signature], updated: &[Signature]) -> Result<(), ShapeError>;

    /// Replaces the elements of `updated`. An array that shares its buffer with another gets a new buffer.
    fn forward(&self, inputs: &[Array], updated: &mut [&mut Array]);

    /// Whether [`forward`](Self::forward) may panic, as it calls a function of the user.
    fn may_panic(&self) -> bool {
        false
    }
}

/// Runs an operation in place. If one of the arrays is a value of a program that is being recorded, it is a step.
///
/// # Panics
/// If the arrays don't fit the operation, with the message of its check.
#[track_caller]
pub(crate) fn apply_in_place(
    operation: impl InPlace,
    inputs: &[Array],
    updated: &mut [&mut Array],
) {
    // Compiled once, and not for each operation.
    let record: fn(Arc<dyn InPlace>, &[Array], &mut [&mut Array]) = record;
    let is_traced = |array: &Array| array.trace().is_some();
    if inputs.iter().any(is_traced) || updated.iter().any(|array| is_traced(array)) {
        return record(Arc::new(operation), inputs, updated);
    }
    run(&operation, inputs, updated);
}

#[track_caller]
fn run(operation: &dyn InPlace, inputs: &[Array], updated: &mut [&mut Array]) {
    let before: Vec<Signature> = updated.iter().map(|array| Signature::of(array)).collect();
    let inputs_before: Vec<Signature> = inputs.iter().map(Signature::of).collect();
    operation.check(&inputs_before, &before).or_panic();
    operation.forward(inputs, updated);
    debug_assert!(
        updated.iter().zip(before).all(|(array, before)| Signature::of(array) == before),
        "{operation:?}"
    );
}

#[track_caller]
fn record(operation: Arc<dyn InPlace>, inputs: &[Array], updated: &mut [&mut Array]) {
    let mut all: Vec<Array> = inputs.to_vec();
    all.extend(updated.iter().map(|array| Array::clone(array)));
    let step = Recording::of_inputs(&mut all).expect("an array is traced");
    all.truncate(inputs.len());
    updated.iter_mut().for_each(|array| drop(array.take_trace()));
    run(&*operation, &all, updated);
    step.record_in_place(Updating { operation, reads: inputs.len() }, updated);
}

/// An operation in place as a step of a program. Its inputs are the arrays that it reads, then those that it updates.
#[derive(Debug, Clone)]
pub(crate) struct Updating {
    pub(crate) operation: Arc<dyn InPlace>,
    /// The number of arrays that are read.
    pub(crate) reads: usize,
}

impl Updating {
    /// Updates the last arrays. The check has passed when the program was recorded.
    pub(crate) fn run(&self, arrays: &mut [Array]) {
        let (inputs, updated) = arrays.split_at_mut(self.reads);
        // Without an allocation for the usual numbers of arrays.
        match updated {
            [a] => self.operation.forward(inputs, &mut [a]),
            [a, b] => self.operation.forward(inputs, &mut [a, b]),
            [a, b, c] => self.operation.forward(inputs, &mut [a, b, c]),
            [a, b, c, d] => self.operation.forward(inputs, &mut [a, b, c, d]),
            more => self.operation.forward(inputs, &mut more.iter_mut().collect::<Vec<_>>()),
        }
    }
}

/// The output of this operation is the first array that it updates; a program lists the others, too.
impl Operation for Updating {
    fn attributes(&self) -> Option<Attributes> {
        self.operation.attributes()
    }
    fn name(&self) -> &'static str {
        self.operation.name()
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let (inputs, updated) = inputs.split_at(self.reads);
        self.operation.check(inputs, updated)?;
        Ok(updated[0])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        self.run(inputs);
        inputs[self.reads].clone()
    }
    fn may_panic(&self) -> bool {
        self.operation.may_panic()
    }
    fn role(&self) -> Role<'_> {
        Role::OPAQUE
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        output.elements() as u64
    }
}

/// Overwrites the elements from `start` on along `axis`: JAX's `dynamic_update_slice_in_dim`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct UpdateSlice {
    axis: usize,
    start: usize,
}

impl InPlace for UpdateSlice {
    attributes!();
    fn name(&self) -> &'static str {
        "update_slice"
    }
    fn check(&self, inputs: &[Signature], updated: &[Signature]) -> Result<(), ShapeError> {
        let Self { axis, start } = *self;
        let fits = |slice: &Signature, array: &Signature| {
            let end = slice.dims.get(axis).and_then(|length| start.checked_add(*length));
            slice.dtype == array.dtype
                && slice.dims.len() == array.dims.len()
                && end.is_some_and(|end| end <= array.dims[axis])
                && (0..array.dims.len()).all(|i| i == axis || slice.dims[i] == array.dims[i])
        };
        match (inputs, updated) {
            ([slice], [array]) if fits(slice, array) => Ok(()),
            ([slice], [array]) => Err(ShapeError::operands(
                self.name(),
                format!("can't write {slice} to {array} at index {start} of axis {axis}"),
            )),
            _ => Err(ShapeError::operands(self.name(), "takes a slice and an array".to_owned())),
        }
    }
    fn forward(&self, inputs: &[Array], updated: &mut [&mut Array]) {
        updated[0].slice_assign(self.axis, self.start, &inputs[0]);
    }
}

/// Overwrites the elements of `array` from `start` on along `axis` with those of `slice`; in place if no other
/// array shares the buffer.
#[track_caller]
pub(crate) fn update_slice(array: &mut Array, axis: usize, start: usize, slice: &Array) {
    apply_in_place(UpdateSlice { axis, start }, std::slice::from_ref(slice), &mut [array]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{DType, Dims};

    fn signature(dims: &[usize], dtype: DType) -> Signature {
        Signature { dims: Dims::new(dims), dtype }
    }

    #[test]
    fn a_slice_is_written_and_a_shared_buffer_stays() {
        let mut array = Array::filled(vec![0.0f32; 6], Dims::new(&[2, 3]));
        let shared = array.clone();
        update_slice(&mut array, 1, 1, &Array::filled(vec![1.0f32, 2.0], Dims::new(&[2, 1])));
        assert_eq!(array.to_vec::<f32>().unwrap(), [0.0, 1.0, 0.0, 0.0, 2.0, 0.0]);
        assert_eq!(shared.to_vec::<f32>().unwrap(), [0.0; 6]);
    }

    #[test]
    fn an_update_of_a_slice_comes_back_from_its_attributes() {
        let update = UpdateSlice { axis: 1, start: 4 };
        let attributes = update.attributes().expect("two numbers");
        assert_eq!(attributes.to_string(), "UpdateSlice { axis: 1, start: 4 }");
        let read =
            crate::ops::Operations::new().read_in_place(&attributes.into()).expect("it is known");
        assert_eq!(format!("{read:?}"), format!("{update:?}"));
    }

    #[test]
    fn a_slice_that_does_not_fit_is_refused() {
        let array = signature(&[2, 3], DType::F32);
        let refused = |start, slice| UpdateSlice { axis: 1, start }.check(&[slice], &[array]);
        assert!(refused(1, signature(&[2, 2], DType::F32)).is_ok());
        let message = refused(2, signature(&[2, 2], DType::F32)).unwrap_err().to_string();
        assert_eq!(
            message,
            "`update_slice` can't write (2, 2) of f32 to (2, 3) of f32 at index 2 of axis 1"
        );
        for (start, slice) in [
            (usize::MAX, signature(&[2, 2], DType::F32)),
            (0, signature(&[1, 2], DType::F32)),
            (0, signature(&[2], DType::F32)),
            (0, signature(&[2, 2], DType::F64)),
        ] {
            assert!(refused(start, slice).is_err(), "{slice}");
        }
    }
}
