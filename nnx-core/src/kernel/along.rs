//! Gather and scatter along an axis, with several indices for each position of the other axes. The caller checks the
//! indices.
//!
//! Arrays are `(outer, length, inner)` and `(outer, count, inner)`; the axis is the one in the middle.
//!
//! ```text
//! take_along:  out[o, j, i] = x[o, indices[o, j, i], i]
//! scatter:     out = base;  for each o, i, for j in order:  out[o, indices[o, j, i], i] = combine(.., values[o, j, i])
//! ```
//!
//! All indices of one o and i belong to one task. So values for a repeated index are applied in the order of j, on any
//! number of threads.

use super::fold::Block;
use super::index::to_index;
use super::scratch;
use super::tiles::{by_columns, for_tiles};
use super::words::{Word, for_size, words, words_mut};
use super::{Float, Zeroable, parallel};

/// Elements per task.
const ELEMENTS_PER_TASK: usize = 16 * 1024;

/// The indices of an operation along an axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Along<'a> {
    /// `(outer, count, inner)`.
    pub(crate) indices: &'a [i32],
    pub(crate) count: usize,
    /// The size of the indexed axis.
    pub(crate) length: usize,
    pub(crate) inner: usize,
}

/// `out[o, j, i] = x[o, indices[o, j, i], i]`.
pub(crate) fn take_along<T: Zeroable>(x: &[T], at: Along<'_>, out: &mut [T]) {
    for_size!(T, W => {
        // SAFETY: the words are those of `x`.
        let out = unsafe { words_mut::<T, W>(out) };
        take_words(words(x), at, out);
    });
}

fn take_words<W: Word>(x: &[W], at: Along<'_>, out: &mut [W]) {
    let Along { indices, count, length, inner } = at;
    assert_eq!(indices.len(), out.len(), "take_along: lengths differ");
    let block = count * inner;
    parallel::for_chunks(out, ELEMENTS_PER_TASK, true, &|task, mut out| {
        let mut start = task * ELEMENTS_PER_TASK;
        while !out.is_empty() {
            // The rest of this block `(count, inner)`, as far as it is in the chunk.
            let (o, within) = (start / block, start % block);
            let (part, rest) = out.split_at_mut(out.len().min(block - within));
            let x = &x[o * length * inner..][..length * inner];
            let indices = &indices[start..][..part.len()];
            start += part.len();
            out = rest;
            if inner == 1 {
                for (out, &index) in part.iter_mut().zip(indices) {
                    *out = x[to_index(index)];
                }
                continue;
            }
            let mut i = within % inner;
            for (out, &index) in part.iter_mut().zip(indices) {
                *out = x[to_index(index) * inner + i];
                i = if i + 1 == inner { 0 } else { i + 1 };
            }
        }
    });
}

/// The elements that a scatter overwrites: those of an array, or one value for all.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Base<'a, T> {
    Elements(&'a [T]),
    Value(T),
}

impl<T: Copy> Base<'_, T> {
    /// Writes those from `start` on.
    fn write(self, start: usize, out: &mut [T]) {
        match self {
            Self::Elements(x) => out.copy_from_slice(&x[start..][..out.len()]),
            Self::Value(value) => out.fill(value),
        }
    }
}

/// [`scatter`] of which the last value at each index stays, compiled once for each element size.
pub(crate) fn scatter_last<T: Zeroable>(
    base: Base<'_, T>,
    values: &[T],
    at: Along<'_>,
    out: &mut [T],
) {
    for_size!(T, W => {
        let base = match &base {
            Base::Elements(x) => Base::Elements(words(x)),
            Base::Value(value) => Base::Value(words(std::slice::from_ref(value))[0]),
        };
        // SAFETY: the words are those of `base` and `values`.
        let out = unsafe { words_mut::<T, W>(out) };
        scatter(|_: W, value| value, base, words(values), at, out);
    });
}

/// The maximum; NaN if one of them is NaN.
pub(crate) fn max<E: Float>(max: E, value: E) -> E {
    if max > value || max.is_nan() { max } else { value }
}

/// The minimum; NaN if one of them is NaN.
pub(crate) fn min<E: Float>(min: E, value: E) -> E {
    if min < value || min.is_nan() { min } else { value }
}

/// `base`, with an element combined with each of the `values` at its index, in the order of j.
pub(crate) fn scatter<T: Copy + Send + Sync>(
    combine: impl Fn(T, T) -> T + Copy + Sync,
    base: Base<'_, T>,
    values: &[T],
    at: Along<'_>,
    out: &mut [T],
) {
    let Along { indices, count, length, inner } = at;
    assert_eq!(values.len(), indices.len(), "scatter: lengths differ");
    let size = length * inner;
    if out.is_empty() {
        return;
    }
    let outer = out.len() / size;
    if inner == 1 || !by_columns(outer, inner) {
        let blocks = (ELEMENTS_PER_TASK / ((length + count) * inner)).max(1);
        return parallel::for_chunks(out, blocks * size, true, &|task, out| {
            for (o, out) in (task * blocks..).zip(out.chunks_exact_mut(size)) {
                base.write(o * size, out);
                let block = o * count * inner..(o + 1) * count * inner;
                let (values, indices) = (&values[block.clone()], &indices[block]);
                if inner == 1 {
                    for (&value, &index) in values.iter().zip(indices) {
                        let element = &mut out[place(index)];
                        *element = combine(*element, value);
                    }
                    continue;
                }
                let rows = values.chunks_exact(inner).zip(indices.chunks_exact(inner));
                for (values, indices) in rows {
                    for (i, (&value, &index)) in values.iter().zip(indices).enumerate() {
                        let element = &mut out[place(index) * inner + i];
                        *element = combine(*element, value);
                    }
                }
            }
        });
    }
    for_tiles(out, Block { outer, length, inner }, &|o, column, rows| {
        for (l, row) in rows.iter_mut().enumerate() {
            base.write((o * length + l) * inner + column, row);
        }
        for j in 0..count {
            let start = (o * count + j) * inner + column;
            let row = values[start..].iter().zip(&indices[start..]);
            for (i, (&value, &index)) in row.take(rows[0].len()).enumerate() {
                let element = &mut rows[place(index)][i];
                *element = combine(*element, value);
            }
        }
    });
}

/// An index as a `usize`. A negative one, which callers refuse, is out of bounds.
#[inline(always)]
fn place(index: i32) -> usize {
    index.cast_unsigned() as usize
}

/// `base`, with the values at each index added in f64.
pub(crate) fn scatter_sum<E: Float>(base: Base<'_, E>, values: &[E], at: Along<'_>, out: &mut [E]) {
    let Along { indices, count, length, inner } = at;
    assert_eq!(values.len(), indices.len(), "scatter_sum: lengths differ");
    if out.is_empty() {
        return;
    }
    if inner == 1 {
        let rows = (ELEMENTS_PER_TASK / (length + count)).max(1);
        return parallel::for_chunks(out, rows * length, true, &|task, out| {
            let mut sums = scratch::filled(length, 0.0f64);
            for (r, out) in (task * rows..).zip(out.chunks_exact_mut(length)) {
                base.write(r * length, out);
                sums.iter_mut().zip(&*out).for_each(|(sum, x)| *sum = x.to_f64());
                let row = r * count..(r + 1) * count;
                for (&value, &index) in values[row.clone()].iter().zip(&indices[row]) {
                    sums[place(index)] += value.to_f64();
                }
                out.iter_mut().zip(&sums).for_each(|(out, &sum)| *out = E::from_f64(sum));
            }
        });
    }
    let outer = out.len() / (length * inner);
    for_tiles(out, Block { outer, length, inner }, &|o, column, rows| {
        let width = rows[0].len();
        let mut sums = scratch::filled(length * width, 0.0f64);
        for (l, (sums, row)) in sums.chunks_exact_mut(width).zip(rows.iter_mut()).enumerate() {
            base.write((o * length + l) * inner + column, row);
            sums.iter_mut().zip(&**row).for_each(|(sum, x)| *sum = x.to_f64());
        }
        for j in 0..count {
            let start = (o * count + j) * inner + column;
            let row = values[start..].iter().zip(&indices[start..]);
            for (i, (&value, &index)) in row.take(width).enumerate() {
                sums[place(index) * width + i] += value.to_f64();
            }
        }
        for (out, sums) in rows.iter_mut().zip(sums.chunks_exact(width)) {
            out.iter_mut().zip(sums).for_each(|(out, &sum)| *out = E::from_f64(sum));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_taken_and_written_as_by_one_index_after_the_other() {
        for (outer, length, count, inner) in [
            (0, 3, 2, 1),
            (1, 4, 9, 1),
            (7, 300, 200, 1),
            (1, 50_000, 70_000, 1),
            (3, 2, 0, 1),
            (2, 5, 7, 3),
            (1, 30, 20, 700),
            (40, 10, 30, 5),
            (2, 3, 0, 4),
        ] {
            let x: Vec<f32> = (0..outer * length * inner).map(|i| (i % 1013) as f32).collect();
            let places = outer * count * inner;
            let indices: Vec<i32> = (0..places).map(|i| (i * 7919 % length) as i32).collect();
            let at = Along { indices: &indices, count, length, inner };
            let place = |p: usize| {
                let (o, i) = (p / (count * inner), p % inner);
                (o * length + to_index(indices[p])) * inner + i
            };
            let mut taken = vec![f32::NAN; places];
            take_along(&x, at, &mut taken);
            assert!(taken.iter().enumerate().all(|(p, &taken)| taken == x[place(p)]));

            let values: Vec<f32> = (0..places).map(|p| (p * 31 % 2048) as f32 * 0.5).collect();
            let [mut last, mut sum, mut max, mut min] = [(); 4].map(|()| x.clone());
            for (p, &value) in values.iter().enumerate() {
                last[place(p)] = value;
                sum[place(p)] += value;
                max[place(p)] = max[place(p)].max(value);
                min[place(p)] = min[place(p)].min(value);
            }
            let mut found = vec![f32::NAN; x.len()];
            let base = Base::Elements(&x[..]);
            scatter_last(base, &values, at, &mut found);
            assert_eq!(found, last);
            scatter_sum(base, &values, at, &mut found);
            assert_eq!(found, sum);
            scatter(super::max, base, &values, at, &mut found);
            assert_eq!(found, max);
            scatter(super::min, base, &values, at, &mut found);
            assert_eq!(found, min);

            // One value for all elements is as an array of it.
            let all = vec![1.5; x.len()];
            let mut expected = vec![f32::NAN; x.len()];
            scatter_last(Base::Elements(&all), &values, at, &mut expected);
            scatter_last(Base::Value(1.5), &values, at, &mut found);
            assert_eq!(found, expected);
            scatter_sum(Base::Elements(&all), &values, at, &mut expected);
            scatter_sum(Base::Value(1.5), &values, at, &mut found);
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn extremes_with_nan_are_nan_wherever_it_is() {
        let indices = [0, 0, 1, 1, 2];
        let at = Along { indices: &indices, count: 5, length: 3, inner: 1 };
        let mut found = [0.0f32; 3];
        let (x, values) = ([1.0, 2.0, f32::NAN], [f32::NAN, 3.0, 1.0, 5.0, 1.0]);
        scatter(max, Base::Elements(&x), &values, at, &mut found);
        assert!(found[0].is_nan() && found[1] == 5.0 && found[2].is_nan());
        scatter(min, Base::Elements(&x), &values, at, &mut found);
        assert!(found[0].is_nan() && found[1] == 1.0 && found[2].is_nan());
    }
}
