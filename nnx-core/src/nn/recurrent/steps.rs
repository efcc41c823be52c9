//! Sequences `(time, batch, features)`: split into steps, stacked, and reversed.

use crate::array::{Array, DType, Dims};
use crate::nn::lengths::arange;
use crate::ops::{Comparison, DynTensor};

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
pub(super) fn turned(x: DynTensor, lengths: Option<&DynTensor>) -> DynTensor {
    let [time, batch, features] = *x.dims() else { unreachable!("a sequence has three axes") };
    if x.dims().elements() == 0 {
        return x;
    }
    assert!(i32::try_from(time * batch).is_ok(), "fewer than 2^31 rows");
    let all = Dims::new(&[time, batch]);
    let rows = match lengths {
        None => {
            let rows = (0..time).rev().flat_map(|t| (0..batch).map(move |row| t * batch + row));
            let rows = rows.map(|row| i32::try_from(row).expect("fewer than 2^31 rows"));
            Array::filled::<i32>(rows.collect(), all).into()
        }
        Some(lengths) => {
            let row = arange(batch).reshape(&[1, batch]).broadcast_to(&all);
            let last = DynTensor::arange_whole(time, time as i64 - 1, -1, DType::I32);
            let last = last.reshape(&[time, 1]).broadcast_to(&all);
            // `(time - 1 - t + length) % time`, of a dividend below 2 time.
            let step = last + lengths.clone().reshape(&[1, batch]).broadcast_to(&all);
            let time = whole_like(&step, time);
            let is_below = step.clone().compare(Comparison::Less, time.clone());
            let step = is_below.select(step.clone(), step - time);
            step.clone() * whole_like(&step, batch) + row
        }
    };
    x.reshape(&[time * batch, features]).gather(rows)
}

/// A whole number in the shape of a tensor of i32.
pub(super) fn whole_like(x: &DynTensor, number: usize) -> DynTensor {
    let number = i32::try_from(number).expect("fewer than 2^31 rows");
    Array::full(number, &x.dims()).into()
}
