//! Checks of indices, and indices as kernels take them.

use std::ops::Range;

use super::unary::map_to;
use crate::array::{Array, DType, ShapeError};
use crate::kernel::index;

/// An error unless every index is within `0..size`.
pub(super) fn check(
    operation: &'static str,
    indices: &Array,
    size: usize,
) -> Result<(), ShapeError> {
    check_run(operation, &indices.contiguous(), 0..indices.elements(), size)
}

/// As [`check`], of a run of contiguous indices.
pub(super) fn check_run(
    operation: &'static str,
    indices: &Array,
    run: Range<usize>,
    size: usize,
) -> Result<(), ShapeError> {
    let first = run.start;
    // A negative index is larger than any size as an unsigned number. i32 holds the indices that kernels take.
    let size_of_i32 = u32::try_from(size).unwrap_or(u32::MAX).min(1 << 31);
    let found = match indices.dtype() {
        DType::I64 => first_where(&indices.slice::<i64>()[run], |index| {
            index.cast_unsigned() >= u64::from(size_of_i32)
        }),
        _ => {
            first_where(&indices.slice::<i32>()[run], |index| index.cast_unsigned() >= size_of_i32)
        }
    };
    match found {
        None => Ok(()),
        Some((position, index)) => {
            Err(ShapeError::Index { operation, index, position: first + position, size })
        }
    }
}

/// The position and the value of the first index for which `f` is true.
fn first_where<T: Copy + Into<i64>>(indices: &[T], f: impl Fn(T) -> bool) -> Option<(usize, i64)> {
    let position = index::first_position(indices, f)?;
    Some((position, indices[position].into()))
}

/// Checked indices, contiguous and as i32, which kernels take.
pub(super) fn as_i32(indices: &Array) -> Array {
    match indices.dtype() {
        DType::I64 => map_to(indices, |index: i64| i32::try_from(index).expect("checked indices")),
        _ => indices.contiguous(),
    }
}
