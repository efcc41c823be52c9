//! Sequences `(time, batch, features)`: split into steps, stacked, and reversed.

use crate::array::{Array, Dims};
use crate::ops::DynTensor;

/// Splits a sequence into its steps `(batch, features)`.
pub(super) fn unstacked(x: DynTensor) -> impl Iterator<Item = DynTensor> {
    let (time, step) = (x.dims()[0], x.dims().without_axis(0));
    (0..time).map(move |t| x.clone().slice(0, t, 1).reshape(&step))
}

/// Stacks steps `(batch, features)` into a sequence; `None` without steps.
pub(super) fn stacked(steps: Vec<DynTensor>) -> Option<DynTensor> {
    let rows: Vec<DynTensor> = steps.into_iter().map(DynTensor::stacked_row).collect();
    (!rows.is_empty()).then(|| DynTensor::concat(rows, 0).expect("steps are of one shape"))
}

/// Reverses a sequence along time. In a row with a length, the valid steps are reversed and stay first, and the
/// padding after them is reversed as well (`flip_sequences` in Flax).
pub(super) fn turned(x: DynTensor, lengths: Option<&[usize]>) -> DynTensor {
    let [time, batch, features] = *x.dims() else { unreachable!("a sequence has three axes") };
    if x.dims().elements() == 0 {
        return x;
    }
    let source = |t: usize, row: usize| {
        let length = lengths.map_or(time, |lengths| lengths[row]);
        (time - 1 - t + length) % time * batch + row
    };
    let rows: Vec<i32> = (0..time)
        .flat_map(|t| (0..batch).map(move |row| source(t, row)))
        .map(|row| row.try_into().expect("fewer than 2^31 rows"))
        .collect();
    let rows = DynTensor::from(Array::filled::<i32>(rows, Dims::new(&[time, batch])));
    x.reshape(&[time * batch, features]).gather(rows)
}

/// Rows as indices for `gather`.
pub(super) fn indices(rows: &[usize]) -> DynTensor {
    let rows: Vec<i32> =
        rows.iter().map(|&row| row.try_into().expect("fewer than 2^31 rows")).collect();
    let dims = Dims::new(&[rows.len()]);
    Array::filled::<i32>(rows, dims).into()
}
