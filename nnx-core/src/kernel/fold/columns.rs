//! Folds of long rows, column by column, and what all folds share: flags, and the fold that needs none.

use super::{Fold, vectorize_small};

/// The elements `first..` of the result for rows that are longer than a tile; they may belong to two blocks.
pub(super) fn fold_columns<A: Copy, F: Fold<A>>(
    f: F,
    x: &[A],
    [length, inner]: [usize; 2],
    mut first: usize,
    mut out: &mut [F::Value],
) {
    while !out.is_empty() {
        let (block, column) = (first / inner, first % inner);
        let (part, rest) = out.split_at_mut(out.len().min(inner - column));
        let x = &x[block * length * inner + column..];
        vectorize_small::<A, _>(
            #[inline(always)]
            || fold_pieces(f, x, [length, inner], part),
        );
        first += part.len();
        out = rest;
    }
}

/// Columns that are folded at once, if they have flags: their values and flags stay in L1, and are quickly made.
const PIECE: usize = 256;

/// The fold of each column for rows that begin `stride` apart.
#[inline(always)]
pub(super) fn fold_pieces<A: Copy, F: Fold<A>>(
    f: F,
    x: &[A],
    [length, stride]: [usize; 2],
    out: &mut [F::Value],
) {
    let columns = if F::FLAGGED { PIECE } else { out.len().max(1) };
    for (piece, out) in out.chunks_mut(columns).enumerate() {
        let width = out.len();
        let row = |row: usize| &x[row * stride + piece * columns..][..width];
        let mut flags = [f.flag_start(); PIECE];
        let flags = if F::FLAGGED { &mut flags[..width] } else { &mut [] };
        out.fill(f.start());
        let fours = if F::FLAGGED { length / 4 } else { 0 };
        for four in 0..fours {
            add_four(f, [0, 1, 2, 3].map(|i| row(4 * four + i)), out, flags);
        }
        for last in 4 * fours..length {
            add_row(f, row(last), out, flags);
        }
        if any_doubt(f, flags) {
            fold_exactly(f, (0..length).map(row), out);
        }
    }
}

/// Adds rows of the length of `values`; the last one may be shorter.
#[inline(always)]
pub(super) fn add_rows<A: Copy, F: Fold<A>>(
    f: F,
    x: &[A],
    values: &mut [F::Value],
    flags: &mut [F::Value],
) {
    for row in x.chunks(values.len()) {
        add_row(f, row, values, flags);
    }
}

/// Adds four rows: each value and its flag are read and written once.
#[inline(always)]
fn add_four<A: Copy, F: Fold<A>>(
    f: F,
    [a, b, c, d]: [&[A]; 4],
    values: &mut [F::Value],
    flags: &mut [F::Value],
) {
    let rows = a.iter().zip(b).zip(c).zip(d);
    for ((value, flag), (((&a, &b), &c), &d)) in values.iter_mut().zip(flags).zip(rows) {
        *value = f.quick(f.quick(f.quick(f.quick(*value, a), b), c), d);
        *flag = f.flag(f.flag(f.flag(f.flag(*flag, a), b), c), d);
    }
}

#[inline(always)]
pub(super) fn add_row<A: Copy, F: Fold<A>>(
    f: F,
    row: &[A],
    values: &mut [F::Value],
    flags: &mut [F::Value],
) {
    for (value, &x) in values.iter_mut().zip(row) {
        *value = f.quick(*value, x);
    }
    if F::FLAGGED {
        for (flag, &x) in flags.iter_mut().zip(row) {
            *flag = f.flag(*flag, x);
        }
    }
}

#[inline(always)]
pub(super) fn any_doubt<A, F: Fold<A>>(f: F, flags: &[F::Value]) -> bool {
    F::FLAGGED && flags.iter().fold(false, |any, &flag| any | f.is_doubtful(flag))
}

/// The fold of each column, without flags.
#[cold]
#[inline(never)]
pub(super) fn fold_exactly<'a, A: Copy + 'a, F: Fold<A>>(
    f: F,
    rows: impl Iterator<Item = &'a [A]>,
    out: &mut [F::Value],
) {
    out.fill(f.start());
    for row in rows {
        for (value, &x) in out.iter_mut().zip(row) {
            *value = f.add(*value, x);
        }
    }
}
