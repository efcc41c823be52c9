//! Tensors whose elements depend on their indices only.

use super::DynTensor;
use crate::array::{Array, DType, Dims};

impl DynTensor {
    /// `start + i step` for i from 0 to `length - 1`, computed in f64 and rounded to the type.
    #[must_use]
    #[track_caller]
    pub fn arange(length: usize, start: f64, step: f64, dtype: DType) -> Self {
        Self::by_index(length, dtype, |i| i.mul_add(step, start))
    }

    /// `start + i step` for i from 0 to `length - 1` in integers of 64 bits, which wrap around, cast to the type.
    #[must_use]
    #[track_caller]
    pub fn arange_whole(length: usize, start: i64, step: i64, dtype: DType) -> Self {
        let all = Array::build(Dims::new(&[length]), |out: &mut [i64]| {
            let mut value = start;
            for out in out {
                *out = value;
                value = value.wrapping_add(step);
            }
        });
        Self::from(all).cast(dtype)
    }

    /// `length` equally spaced values from `start` to `stop`, which is the last; computed in f64.
    #[must_use]
    #[track_caller]
    #[allow(clippy::cast_precision_loss, reason = "an axis is far below 2^53 elements")]
    pub fn linspace(length: usize, start: f64, stop: f64, dtype: DType) -> Self {
        let last = length.saturating_sub(1) as f64;
        Self::by_index(length, dtype, |i| match last {
            0.0 => start,
            // Not `start + i step`: both ends are exact, and halves of the range mirror one another.
            _ if dtype.is_float() => start * ((last - i) / last) + stop * (i / last),
            // Integers are rounded down, where a cast rounds towards zero. The division comes last, so that a whole number is exact.
            _ => (start + i * (stop - start) / last).floor(),
        })
    }

    #[track_caller]
    #[allow(clippy::cast_precision_loss, reason = "an axis is far below 2^53 elements")]
    fn by_index(length: usize, dtype: DType, value: impl Fn(f64) -> f64) -> Self {
        let dims = Dims::new(&[length]);
        let wide: Array = Array::build(dims, |out: &mut [f64]| {
            out.iter_mut().enumerate().for_each(|(i, out)| *out = value(i as f64));
        });
        Self::from(wide).cast(dtype)
    }

    /// The identity matrix `(N, N)`.
    #[must_use]
    #[track_caller]
    pub fn eye(size: usize, dtype: DType) -> Self {
        let one = Self::from(Array::full(1i32, &[size]));
        one.cast(dtype).diag_embed()
    }
}
