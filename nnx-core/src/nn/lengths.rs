//! The lengths of padded sequences.

use crate::array::DType;
use crate::ops::DynTensor;

/// The lengths of the `batch` rows of padded sequences with `time` steps, checked.
///
/// # Panics
/// If there isn't one length for each row, or a length is outside `0..=time`.
#[track_caller]
pub(super) fn checked(lengths: DynTensor, batch: usize, time: usize) -> Vec<usize> {
    let lengths =
        lengths.cast(DType::I64).array_for("lengths").to_vec::<i64>().expect("cast to i64");
    assert!(
        lengths.len() == batch,
        "{} lengths were given for a batch of {batch} sequences: each has one",
        lengths.len()
    );
    let length = |(row, &length): (usize, &i64)| match usize::try_from(length) {
        Ok(length) if length <= time => length,
        _ => panic!(
            "a length is from 0 to {time}, the steps of the sequence; found {length} in row {row}"
        ),
    };
    lengths.iter().enumerate().map(length).collect()
}
