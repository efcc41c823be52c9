//! Gather and scatter along an axis, with several indices for each position of the other axes. The caller checks the
//! indices.
//!
//! Arrays are `(outer, length, inner)` and `(outer, count, inner)`; the axis is the one in the middle.
//!
//! ```text
//! take_along:  out[o, j, i] = x[o, indices[o, j, i], i]
//! scatter:     out = x;  for each o, i, for j in order:  out[o, indices[o, j, i], i] = step(.., values[o, j, i])
//! ```
//!
//! All indices of one o and i belong to one task. So values for a repeated index are applied in the order of j, on any
//! number of threads.

use super::fold::Block;
use super::index::to_index;
use super::tiles::for_tiles;
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

/// How a scatter combines the values written to one index: it loads the element of x, applies a `step` for each value,
/// and stores the result.
pub(crate) trait Scatter<T>: Copy + Sync {
    type State: Copy + Default + Send + Sync;
    fn load(self, x: T) -> Self::State;
    fn step(self, state: Self::State, value: T) -> Self::State;
    fn store(self, state: Self::State) -> T;
}

/// The last value written to an index replaces the element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Last;
impl<T: Copy + Default + Send + Sync> Scatter<T> for Last {
    type State = T;
    #[inline(always)]
    fn load(self, x: T) -> T {
        x
    }
    #[inline(always)]
    fn step(self, _: T, value: T) -> T {
        value
    }
    #[inline(always)]
    fn store(self, state: T) -> T {
        state
    }
}

/// [`scatter`] by [`Last`], compiled once for each element size.
pub(crate) fn scatter_last<T: Zeroable>(x: &[T], values: &[T], at: Along<'_>, out: &mut [T]) {
    for_size!(T, W => {
        // SAFETY: the words are those of `x` and `values`.
        let out = unsafe { words_mut::<T, W>(out) };
        scatter(Last, words(x), words(values), at, out);
    });
}

/// The sum of the element and the values written to its index, in f64.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FloatSum;
impl<E: Float> Scatter<E> for FloatSum {
    type State = f64;
    #[inline(always)]
    fn load(self, x: E) -> f64 {
        x.to_f64()
    }
    #[inline(always)]
    fn step(self, sum: f64, value: E) -> f64 {
        sum + value.to_f64()
    }
    #[inline(always)]
    fn store(self, sum: f64) -> E {
        E::from_f64(sum)
    }
}

/// Declares a scatter that keeps the largest or the smallest value, or NaN if any value is NaN.
macro_rules! extreme {
    ($(#[$doc:meta])* $name:ident, |$kept:ident, $value:ident| $stays:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;
        impl<E: Float> Scatter<E> for $name {
            type State = E;
            #[inline(always)]
            fn load(self, x: E) -> E {
                x
            }
            #[inline(always)]
            fn step(self, $kept: E, $value: E) -> E {
                if $stays || $kept.is_nan() { $kept } else { $value }
            }
            #[inline(always)]
            fn store(self, kept: E) -> E {
                kept
            }
        }
    };
}
extreme! {
    /// The maximum of the element and its values; NaN if any of them is NaN.
    FloatMax, |max, value| max > value
}
extreme! {
    /// The minimum of the element and its values; NaN if any of them is NaN.
    FloatMin, |min, value| min < value
}

/// A function of two integers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Combined<F>(pub(crate) F);
impl<T: Copy + Default + Send + Sync, F: Fn(T, T) -> T + Copy + Sync> Scatter<T> for Combined<F> {
    type State = T;
    #[inline(always)]
    fn load(self, x: T) -> T {
        x
    }
    #[inline(always)]
    fn step(self, state: T, value: T) -> T {
        (self.0)(state, value)
    }
    #[inline(always)]
    fn store(self, state: T) -> T {
        state
    }
}

/// `x` with `values` written at the indices of each position, in the order of j.
pub(crate) fn scatter<T, F>(f: F, x: &[T], values: &[T], at: Along<'_>, out: &mut [T])
where
    T: Copy + Send + Sync,
    F: Scatter<T>,
{
    let Along { indices, count, length, inner } = at;
    assert!(x.len() == out.len() && values.len() == indices.len(), "scatter: lengths differ");
    if out.is_empty() {
        return;
    }
    if inner == 1 {
        let rows = (ELEMENTS_PER_TASK / (length + count)).max(1);
        return parallel::for_chunks(out, rows * length, true, &|task, out| {
            let mut states = vec![F::State::default(); length];
            for (r, out) in (task * rows..).zip(out.chunks_exact_mut(length)) {
                for (state, &x) in states.iter_mut().zip(&x[r * length..]) {
                    *state = f.load(x);
                }
                let row = r * count..(r + 1) * count;
                for (&value, &index) in values[row.clone()].iter().zip(&indices[row]) {
                    let state = &mut states[to_index(index)];
                    *state = f.step(*state, value);
                }
                for (out, &state) in out.iter_mut().zip(&states) {
                    *out = f.store(state);
                }
            }
        });
    }
    let outer = out.len() / (length * inner);
    for_tiles(out, Block { outer, length, inner }, &|o, column, rows| {
        let width = rows[0].len();
        let mut states = vec![F::State::default(); length * width];
        for (l, states) in states.chunks_exact_mut(width).enumerate() {
            let x = &x[(o * length + l) * inner + column..];
            states.iter_mut().zip(x).for_each(|(state, &x)| *state = f.load(x));
        }
        for j in 0..count {
            let start = (o * count + j) * inner + column;
            let row = values[start..].iter().zip(&indices[start..]);
            for (i, (&value, &index)) in row.take(width).enumerate() {
                let state = &mut states[to_index(index) * width + i];
                *state = f.step(*state, value);
            }
        }
        for (out, states) in rows.iter_mut().zip(states.chunks_exact(width)) {
            out.iter_mut().zip(states).for_each(|(out, &state)| *out = f.store(state));
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
            scatter(Last, &x, &values, at, &mut found);
            assert_eq!(found, last);
            scatter(FloatSum, &x, &values, at, &mut found);
            assert_eq!(found, sum);
            scatter(FloatMax, &x, &values, at, &mut found);
            assert_eq!(found, max);
            scatter(Combined(f32::max), &x, &values, at, &mut found);
            assert_eq!(found, max);
            scatter(FloatMin, &x, &values, at, &mut found);
            assert_eq!(found, min);
        }
    }

    #[test]
    fn extremes_with_nan_are_nan_wherever_it_is() {
        let indices = [0, 0, 1, 1, 2];
        let at = Along { indices: &indices, count: 5, length: 3, inner: 1 };
        let mut found = [0.0f32; 3];
        scatter(FloatMax, &[1.0, 2.0, f32::NAN], &[f32::NAN, 3.0, 1.0, 5.0, 1.0], at, &mut found);
        assert!(found[0].is_nan() && found[1] == 5.0 && found[2].is_nan());
        scatter(FloatMin, &[1.0, 2.0, f32::NAN], &[f32::NAN, 3.0, 1.0, 5.0, 1.0], at, &mut found);
        assert!(found[0].is_nan() && found[1] == 1.0 && found[2].is_nan());
    }
}
