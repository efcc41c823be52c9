//! Folds over the middle axis of a block `(outer, length, inner)`: maxima, products, counts, sums of powers.
//!
//! ```text
//! for each o:  acc[i] = start;  for each l, i:  acc[i] = add(acc[i], x[o, l, i]);  out[o, i] = acc[i]
//! ```
//!
//! What is changed for speed:
//! 1. Rows shorter than a SIMD vector (`inner` small) are joined: several of them are one wide row, whose
//!    accumulators are merged at the end. So a fold over the last axis (`inner` is 1) is vectorized too.
//! 2. Few blocks that are long are cut into bands along `length`, which are folded in parallel and then merged in
//!    order. Long rows are cut into tiles of columns, whose accumulators stay in L1.
//!
//! The order of a fold depends on the lengths alone.

use super::{Float, parallel, vectorize};

/// The sizes of a contiguous array `(outer, length, inner)` whose middle axis is reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) outer: usize,
    pub(crate) length: usize,
    pub(crate) inner: usize,
}

impl Block {
    /// The number of elements of the reduced array.
    pub(crate) fn reduced(self) -> usize {
        self.outer * self.inner
    }
}

/// How elements of type `A` are folded into a value. `merge` may be called with values in any grouping.
pub(crate) trait Fold<A>: Copy + Sync {
    type Value: Copy + Send + Sync;
    /// The value of no elements.
    fn start(self) -> Self::Value;
    /// The value with one more element.
    fn add(self, value: Self::Value, x: A) -> Self::Value;
    /// The same, written for loops over values in memory.
    fn add_to_column(self, value: Self::Value, x: A) -> Self::Value {
        self.add(value, x)
    }
    /// The value of the elements of both.
    fn merge(self, a: Self::Value, b: Self::Value) -> Self::Value;
}

macro_rules! folds {
    ($($(#[$doc:meta])* $name:ident<$element:ident $(: $bound:ident)?> -> $value:ty:
        $start:expr, |$acc:ident, $x:ident| $add:expr, |$a:ident, $b:ident| $merge:expr
        $(, column $column:expr)?;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;
        folds! { @impl $name [$($bound)?] $element, $value, $start, |$acc, $x| $add, |$a, $b| $merge
            $(, |$acc, $x| $column)? }
    )* };
    (@impl $name:ident [$bound:ident] $element:ident, $value:ty, $start:expr, |$acc:ident, $x:ident| $add:expr,
        |$a:ident, $b:ident| $merge:expr $(, |$value_at:ident, $x_at:ident| $column:expr)?) => {
        impl<$element: $bound> Fold<$element> for $name {
            folds!(@body $element, $value, $start, |$acc, $x| $add, |$a, $b| $merge);
            $(
                #[inline(always)]
                fn add_to_column(self, $value_at: $value, $x_at: $element) -> $value {
                    $column
                }
            )?
        }
    };
    (@impl $name:ident [] $element:ident, $value:ty, $start:expr, |$acc:ident, $x:ident| $add:expr,
        |$a:ident, $b:ident| $merge:expr) => {
        impl Fold<$element> for $name {
            folds!(@body $element, $value, $start, |$acc, $x| $add, |$a, $b| $merge);
        }
    };
    (@body $element:ident, $value:ty, $start:expr, |$acc:ident, $x:ident| $add:expr,
        |$a:ident, $b:ident| $merge:expr) => {
        type Value = $value;
        #[inline(always)]
        fn start(self) -> $value {
            $start
        }
        #[inline(always)]
        fn add(self, $acc: $value, $x: $element) -> $value {
            $add
        }
        #[inline(always)]
        fn merge(self, $a: $value, $b: $value) -> $value {
            $merge
        }
    };
}
folds! {
    /// The maximum; NaN if there is one.
    Max<E: Float> -> E: E::NEG_INFINITY, |max, x| larger(max, x), |a, b| larger(a, b),
        column max.max(x) + nan_in(max) + nan_in(x);
    /// The minimum; NaN if there is one.
    Min<E: Float> -> E: -E::NEG_INFINITY, |min, x| smaller(min, x), |a, b| smaller(a, b),
        column min.min(x) + nan_in(min) + nan_in(x);
    /// The product.
    Product<E: Float> -> E: E::ONE, |product, x| product * x, |a, b| a * b;
    /// The number of elements that are true.
    Count<bool> -> i32: 0, |count, x| count + i32::from(x), |a, b| a + b;
    /// Whether an element is true.
    Any<bool> -> bool: false, |any, x| any | x, |a, b| a | b;
    /// Whether all elements are true.
    All<bool> -> bool: true, |all, x| all & x, |a, b| a & b;
    /// `Σ |x|`, in f64.
    AbsSum<E: Float> -> f64: 0.0, |sum, x| sum + x.to_f64().abs(), |a, b| a + b;
    /// `Σ x²`, in f64.
    SquareSum<E: Float> -> f64: 0.0, |sum, x| sum + x.to_f64() * x.to_f64(), |a, b| a + b;
    /// The largest absolute value; NaN if there is one.
    AbsMax<E: Float> -> E: E::ZERO, |max, x| larger(max, x.abs()), |a, b| larger(a, b),
        column max.max(x.abs()) + nan_in(max) + nan_in(x);
}

#[inline(always)]
fn larger<E: Float>(max: E, x: E) -> E {
    if (x > max) | x.is_nan() { x } else { max }
}

#[inline(always)]
fn smaller<E: Float>(min: E, x: E) -> E {
    if (x < min) | x.is_nan() { x } else { min }
}

/// NaN if the element is, else −0, which changes no sum. The compiler makes a store that depends on a comparison of
/// `*max = if x > *max { x } else { *max }`, and doesn't vectorize such a loop; but it does one that adds.
#[inline(always)]
fn nan_in<E: Float>(x: E) -> E {
    if x.is_nan() { x } else { -E::ZERO }
}

/// Columns of a tile.
const TILE: usize = 1024;
/// Rows that a band has at least.
const BAND: usize = 64;
/// Elements that are worth a task of their own.
const ELEMENTS_PER_TASK: usize = 32 * 1024;

/// `out[o, i]` = the fold of `x[o, ·, i]`.
pub(crate) fn fold<A, F>(f: F, x: &[A], block: Block, out: &mut [F::Value])
where
    A: Copy + Sync,
    F: Fold<A>,
{
    let Block { outer, length, inner } = block;
    assert_eq!((x.len(), out.len()), (outer * length * inner, block.reduced()), "fold: lengths");
    if x.is_empty() {
        return out.fill(f.start());
    }
    let size = length * inner;
    if inner > TILE {
        return parallel::for_chunks(out, TILE, true, &|task, out| {
            fold_columns(f, x, [length, inner], task * TILE, out);
        });
    }
    let bands = if outer < 16 { (length / BAND).clamp(1, 16) } else { 1 };
    if bands == 1 {
        let blocks = (ELEMENTS_PER_TASK / size).max(1);
        return parallel::for_chunks(out, blocks * inner, true, &|task, out| {
            fold_blocks(f, &x[task * blocks * size..], size, inner, out);
        });
    }
    let rows = length.div_ceil(bands);
    let bands = length.div_ceil(rows);
    let mut partial = vec![f.start(); bands * out.len()];
    parallel::for_chunks(&mut partial, inner, x.len() > 2 * ELEMENTS_PER_TASK, &|task, out| {
        let (block, band) = (task / bands, task % bands);
        let start = block * size + band * rows * inner;
        let x = &x[start..(start + rows * inner).min((block + 1) * size)];
        fold_blocks(f, x, x.len(), inner, out);
    });
    for (out, bands) in out.chunks_exact_mut(inner).zip(partial.chunks_exact(bands * inner)) {
        merge_rows(f, bands, out);
    }
}

/// The folds of blocks of `size` elements.
#[inline(never)]
fn fold_blocks<A: Copy, F: Fold<A>>(
    f: F,
    x: &[A],
    size: usize,
    inner: usize,
    out: &mut [F::Value],
) {
    vectorize(|| {
        for (out, x) in out.chunks_exact_mut(inner).zip(x.chunks_exact(size)) {
            fold_block(f, x, out);
        }
    });
}

/// `out[i] = merge(.., rows[r, i], ..)`.
#[inline(always)]
fn merge_rows<A, F: Fold<A>>(f: F, rows: &[F::Value], out: &mut [F::Value]) {
    let (first, others) = rows.split_at(out.len());
    out.copy_from_slice(first);
    for row in others.chunks_exact(out.len()) {
        for (out, &value) in out.iter_mut().zip(row) {
            *out = f.merge(*out, value);
        }
    }
}

/// The elements `first..` of the result for rows that are longer than a tile; they may belong to two blocks.
fn fold_columns<A: Copy, F: Fold<A>>(
    f: F,
    x: &[A],
    [length, inner]: [usize; 2],
    mut first: usize,
    mut out: &mut [F::Value],
) {
    while !out.is_empty() {
        let (block, column) = (first / inner, first % inner);
        let (part, rest) = out.split_at_mut(out.len().min(inner - column));
        vectorize(|| {
            part.fill(f.start());
            for row in 0..length {
                let x = &x[(block * length + row) * inner + column..];
                for (value, &x) in part.iter_mut().zip(x) {
                    *value = f.add_to_column(*value, x);
                }
            }
        });
        first += part.len();
        out = rest;
    }
}

/// `out[i]` = the fold of column i of `x`.
#[inline(always)]
fn fold_block<A: Copy, F: Fold<A>>(f: F, x: &[A], out: &mut [F::Value]) {
    match out.len() {
        1 if x.len() < 16 => out[0] = x.iter().fold(f.start(), |value, &x| f.add(value, x)),
        1 | 2 | 4 | 8 | 16 => fold_lanes(f, x, out),
        inner => {
            // Rows joined to a wide one, as long as that is short.
            let joined = (64 / inner).max(1).min(x.len() / inner);
            if joined <= 1 {
                out.fill(f.start());
                return add_rows(f, x, out);
            }
            let mut wide = [f.start(); 64];
            let wide = &mut wide[..joined * inner];
            add_rows(f, x, wide);
            merge_rows(f, wide, out);
        }
    }
}

/// Adds rows of the length of `values`; the last one may be shorter.
#[inline(always)]
fn add_rows<A: Copy, F: Fold<A>>(f: F, x: &[A], values: &mut [F::Value]) {
    for row in x.chunks(values.len()) {
        for (value, &x) in values.iter_mut().zip(row) {
            *value = f.add_to_column(*value, x);
        }
    }
}

/// The accumulators of [`fold_lanes`].
const LANES: usize = 16;

/// The fold of each column for up to [`LANES`] columns, whose number is a power of two.
#[inline(always)]
fn fold_lanes<A: Copy, F: Fold<A>>(f: F, x: &[A], out: &mut [F::Value]) {
    let mut values = [f.start(); LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for (value, &x) in values.iter_mut().zip(chunk) {
            *value = f.add(*value, x);
        }
    }
    for (value, &x) in values.iter_mut().zip(rest) {
        *value = f.add(*value, x);
    }
    merge_lanes(f, &mut values, out);
}

/// Merges the accumulators as a tree. It isn't inlined: otherwise the compiler would split the accumulators into the
/// pairs that are merged last, already in the hot loop.
#[inline(never)]
fn merge_lanes<A, F: Fold<A>>(f: F, values: &mut [F::Value; LANES], out: &mut [F::Value]) {
    let mut width = LANES;
    while width > out.len() {
        width /= 2;
        let (left, right) = values.split_at_mut(width);
        for (left, &right) in left.iter_mut().zip(&*right) {
            *left = f.merge(*left, right);
        }
    }
    out.copy_from_slice(&values[..out.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference: one element after the other.
    fn reference<A: Copy, F: Fold<A>>(f: F, x: &[A], block: Block) -> Vec<F::Value> {
        let Block { length, inner, .. } = block;
        (0..block.reduced())
            .map(|at| {
                let element = |l| x[(at / inner * length + l) * inner + at % inner];
                (0..length).fold(f.start(), |value, l| f.add(value, element(l)))
            })
            .collect()
    }

    fn blocks() -> impl Iterator<Item = Block> {
        let lengths = [0, 1, 2, 31, 33, 64, 129, 1000, 4100];
        let inners = [0, 1, 2, 3, 8, 17, 64, 100, 1500];
        lengths.into_iter().flat_map(move |length| {
            inners.into_iter().flat_map(move |inner| {
                [0, 1, 3, 17].map(move |outer| Block { outer, length, inner })
            })
        })
    }

    #[test]
    fn folds_of_all_blocks_equal_the_reference() {
        for block in blocks().filter(|block| block.length * block.reduced() < 300_000) {
            let count = block.length * block.reduced();
            let x: Vec<f32> = (0..count).map(|i| (i * 7919 % 10_007) as f32 - 5000.0).collect();
            let mask: Vec<bool> = (0..count).map(|i| i * 31 % 97 < 40).collect();
            let mut found = vec![f32::NAN; block.reduced()];
            fold(Max, &x, block, &mut found);
            assert_eq!(found, reference(Max, &x, block), "{block:?}");
            fold(Min, &x, block, &mut found);
            assert_eq!(found, reference(Min, &x, block), "{block:?}");
            let mut counts = vec![i32::MIN; block.reduced()];
            fold(Count, &mask, block, &mut counts);
            assert_eq!(counts, reference(Count, &mask, block), "{block:?}");
            let mut sums = vec![f64::NAN; block.reduced()];
            fold(AbsSum, &x, block, &mut sums);
            assert_eq!(sums, reference::<f32, _>(AbsSum, &x, block), "{block:?}");
        }
    }

    #[test]
    fn one_nan_one_true_or_one_false_is_found_wherever_it_is() {
        for block in [
            Block { outer: 1, length: 1000, inner: 1 },
            Block { outer: 2, length: 130, inner: 3 },
            Block { outer: 1, length: 3, inner: 1300 },
        ] {
            let count = block.outer * block.length * block.inner;
            for at in (0..count).step_by(7) {
                let result = at / (block.length * block.inner) * block.inner + at % block.inner;
                let mut x = vec![1.0f64; count];
                x[at] = f64::NAN;
                for found in [folded(Max, &x, block), folded(Min, &x, block)] {
                    assert!(found.iter().enumerate().all(|(i, x)| x.is_nan() == (i == result)));
                }
                let mut mask = vec![false; count];
                mask[at] = true;
                let any = folded(Any, &mask, block);
                assert!(any.iter().enumerate().all(|(i, &any)| any == (i == result)));
                mask.iter_mut().for_each(|bit| *bit = !*bit);
                let all = folded(All, &mask, block);
                assert!(all.iter().enumerate().all(|(i, &all)| all == (i != result)));
            }
        }
    }

    fn folded<A: Copy + Sync, F: Fold<A>>(f: F, x: &[A], block: Block) -> Vec<F::Value> {
        let mut out = vec![f.start(); block.reduced()];
        fold(f, x, block, &mut out);
        out
    }
}
