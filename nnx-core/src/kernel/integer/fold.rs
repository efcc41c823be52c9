//! Sums, products, maxima and minima of integers over the middle axis of a block `(outer, length, inner)`, and
//! cumulative ones along it.
//!
//! ```text
//! fold:      acc[i] = identity;  for each l, i:  acc[i] = op(acc[i], x[o, l, i]);  out[o, i] = acc[i]
//! cumulate:  out[o, 0, i] = x[o, 0, i];  for each l, i:  out[o, l, i] = op(out[o, l - 1, i], x[o, l, i])
//! ```
//!
//! The operations are associative and commutative, also where they wrap. So any grouping gives the same bits:
//! 1. Short rows are joined to wide ones, whose parts are folded at the end.
//! 2. Few long blocks are cut into bands, which are folded in parallel.

use super::{Integer, IntegerOp, update};
use crate::kernel::fold::Block;
use crate::kernel::parallel;

/// The kinds of integer folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntegerFold {
    Sum,
    Product,
    Max,
    Min,
}

impl IntegerFold {
    fn op(self) -> IntegerOp {
        match self {
            Self::Sum => IntegerOp::Add,
            Self::Product => IntegerOp::Multiply,
            Self::Max => IntegerOp::Maximum,
            Self::Min => IntegerOp::Minimum,
        }
    }

    /// The fold of no elements.
    fn identity<T: Integer>(self) -> T {
        match self {
            Self::Sum => T::ZERO,
            Self::Product => T::ONE,
            Self::Max => T::MIN,
            Self::Min => T::MAX,
        }
    }
}

/// Elements of a joined row: a few KB, so that it stays in L1.
const WIDE: usize = 512;
/// Elements per task.
const ELEMENTS_PER_TASK: usize = 32 * 1024;

/// `out[o, i]` = the fold of `x[o, ·, i]`.
pub(crate) fn fold<T: Integer>(kind: IntegerFold, x: &[T], block: Block, out: &mut [T]) {
    let Block { outer, length, inner } = block;
    assert_eq!((x.len(), out.len()), (outer * length * inner, block.reduced()), "fold: lengths");
    out.fill(kind.identity());
    if x.is_empty() {
        return;
    }
    let size = length * inner;
    if inner > WIDE {
        for (x, out) in x.chunks_exact(size).zip(out.chunks_exact_mut(inner)) {
            parallel::for_chunks(out, WIDE, size > ELEMENTS_PER_TASK, &|tile, out| {
                for row in x.chunks_exact(inner) {
                    update(kind.op(), out, &row[tile * WIDE..][..out.len()]);
                }
            });
        }
        return;
    }
    let bands = if outer < 16 { size.div_ceil(ELEMENTS_PER_TASK).min(16) } else { 1 };
    let rows = length.div_ceil(bands);
    let bands = length.div_ceil(rows);
    let mut partial = vec![kind.identity(); if bands > 1 { bands * out.len() } else { 0 }];
    let blocks = (ELEMENTS_PER_TASK / size).max(1);
    match bands {
        1 => parallel::for_chunks(out, blocks * inner, true, &|task, out| {
            let x = x[task * blocks * size..].chunks_exact(size);
            let mut wide = Vec::new();
            x.zip(out.chunks_exact_mut(inner))
                .for_each(|(x, out)| fold_rows(kind, x, &mut wide, out));
        }),
        _ => {
            parallel::for_chunks(&mut partial, inner, true, &|task, out| {
                let (start, end) = ((task % bands) * rows, (task % bands + 1) * rows);
                let x = &x[task / bands * size..][start * inner..end.min(length) * inner];
                fold_rows(kind, x, &mut Vec::new(), out);
            });
            for (out, partial) in
                out.chunks_exact_mut(inner).zip(partial.chunks_exact(bands * inner))
            {
                partial.chunks_exact(inner).for_each(|part| update(kind.op(), out, part));
            }
        }
    }
}

/// Folds rows as long as `out`; short rows are first joined to a wide one.
fn fold_rows<T: Integer>(kind: IntegerFold, x: &[T], wide: &mut Vec<T>, out: &mut [T]) {
    let inner = out.len();
    let joined = (WIDE / inner).clamp(1, x.len() / inner);
    wide.clear();
    wide.resize(joined * inner, kind.identity());
    for x in x.chunks(wide.len()) {
        update(kind.op(), &mut wide[..x.len()], x);
    }
    let mut parts = joined;
    while parts > 1 {
        let half = parts.div_ceil(2);
        let (left, right) = wide[..parts * inner].split_at_mut(half * inner);
        update(kind.op(), &mut left[..right.len()], right);
        parts = half;
    }
    out.copy_from_slice(&wide[..inner]);
}

/// `out[o, l, i]` = the fold of `x[o, ..=l, i]`; with `reverse`, of `x[o, l.., i]`.
pub(crate) fn cumulate<T: Integer>(
    kind: IntegerFold,
    x: &[T],
    block: Block,
    reverse: bool,
    out: &mut [T],
) {
    let Block { length, inner, .. } = block;
    assert!(x.len() == out.len() && x.len() == block.outer * length * inner, "cumulate: lengths");
    let size = length * inner;
    let blocks = (ELEMENTS_PER_TASK / size.max(1)).max(1);
    parallel::for_chunks(out, blocks * size, true, &|task, out| {
        out.copy_from_slice(&x[task * blocks * size..][..out.len()]);
        for out in out.chunks_exact_mut(size) {
            match (inner, reverse) {
                (1, false) => row(kind, out.iter_mut()),
                (1, true) => row(kind, out.iter_mut().rev()),
                (_, false) => {
                    for l in 1..length {
                        let (before, here) = out.split_at_mut(l * inner);
                        update(kind.op(), &mut here[..inner], &before[(l - 1) * inner..]);
                    }
                }
                (_, true) => {
                    for l in (1..length).rev() {
                        let (here, behind) = out.split_at_mut(l * inner);
                        update(kind.op(), &mut here[(l - 1) * inner..], &behind[..inner]);
                    }
                }
            }
        }
    });
}

/// Replaces each element by the fold of itself and those before it.
fn row<'a, T: Integer>(kind: IntegerFold, out: impl Iterator<Item = &'a mut T>) {
    fn run<'a, T: Integer>(start: T, out: impl Iterator<Item = &'a mut T>, f: fn(T, T) -> T) {
        out.fold(start, |so_far, x| {
            *x = f(so_far, *x);
            *x
        });
    }
    let start = kind.identity();
    match kind {
        IntegerFold::Sum => run(start, out, T::add),
        IntegerFold::Product => run(start, out, T::multiply),
        IntegerFold::Max => run(start, out, T::max),
        IntegerFold::Min => run(start, out, T::min),
    }
}
