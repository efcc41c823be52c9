//! Sequences `(time, batch, features)`: split into steps, stacked, and reversed.

use crate::array::{Array, Dims, sort_by_key};
use crate::ops::DynTensor;

/// Splits a sequence into its steps `(batch, features)`.
pub(super) fn unstacked(x: DynTensor) -> impl Iterator<Item = DynTensor> {
    let (time, step) = (x.dims()[0], x.dims().without_axis(0));
    (0..time).map(move |t| x.clone().slice(0, t, 1).reshape(&step))
}

/// Stacks steps `(batch, features)` into a sequence; `None` without steps.
pub(super) fn stacked(steps: Vec<DynTensor>) -> Option<DynTensor> {
    let row = |step: DynTensor| {
        let dims = step.dims().insert_axis(0, 1);
        step.reshape(&dims)
    };
    let rows: Vec<DynTensor> = steps.into_iter().map(row).collect();
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

/// The carry of each row after `lengths[row]` steps. `after[t]` holds the tensors of the carry after t steps.
pub(super) fn at_lengths(after: &[Vec<DynTensor>], lengths: &[usize]) -> Vec<DynTensor> {
    let mut rows: Vec<usize> = (0..lengths.len()).collect();
    sort_by_key(&mut rows, &|row| lengths[row]);
    let mut place = vec![0; rows.len()];
    rows.iter().enumerate().for_each(|(i, &row)| place[row] = i);
    // Rows of the same length are gathered from one step, in one operation.
    let part = |part: usize| {
        let of_one_length =
            |rows: &[usize]| after[lengths[rows[0]]][part].clone().gather(indices(rows));
        let groups = rows.chunk_by(|&a, &b| lengths[a] == lengths[b]).map(of_one_length).collect();
        let sorted = DynTensor::concat(groups, 0).expect("carries are of one shape");
        sorted.gather(indices(&place))
    };
    match lengths {
        [] => after[0].clone(),
        _ => (0..after[0].len()).map(part).collect(),
    }
}

fn indices(rows: &[usize]) -> DynTensor {
    let rows: Vec<i32> =
        rows.iter().map(|&row| row.try_into().expect("fewer than 2^31 rows")).collect();
    let dims = Dims::new(&[rows.len()]);
    Array::filled::<i32>(rows, dims).into()
}
