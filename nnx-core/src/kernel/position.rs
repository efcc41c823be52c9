//! The index along the middle axis of a block `(outer, length, inner)` at which a value occurs: the argmax or argmin
//! that [`fold`](super::fold) has found.

use super::fold::Block;
use super::{parallel, vectorize_small};

/// Elements that are compared at once.
const CHUNK: usize = 64;

/// `out[o, i]` = the first index l with `x[o, l, i] == values[o, i]`. NaN equals NaN.
pub(crate) fn first_positions<E: Copy + PartialEq + Sync>(
    x: &[E],
    block: Block,
    values: &[E],
    out: &mut [i32],
) {
    let Block { length, inner, .. } = block;
    assert!(values.len() == out.len() && out.len() == block.reduced(), "first_positions: lengths");
    if inner == 1 {
        let rows = (32 * 1024 / length.max(1)).max(1);
        parallel::for_chunks(out, rows, true, &|task, out| {
            for (r, out) in (task * rows..).zip(out) {
                *out = index(vectorize_small::<E, _>(|| {
                    first_in_row(&x[r * length..][..length], values[r])
                }));
            }
        });
        return;
    }
    // Rows are compared from the last to the first, so that the first match overwrites later ones.
    let columns = (32 * 1024 / length.max(1)).clamp(256, 4096);
    parallel::for_chunks(out, columns, true, &|task, out| {
        let mut first = task * columns;
        let mut rest = out;
        while !rest.is_empty() {
            let (block, column) = (first / inner, first % inner);
            let (part, after) = rest.split_at_mut(rest.len().min(inner - column));
            let values = &values[first..][..part.len()];
            vectorize_small::<E, _>(|| {
                for row in (0..length).rev() {
                    let x = &x[(block * length + row) * inner + column..][..part.len()];
                    let row = index(row);
                    for ((out, &x), &value) in part.iter_mut().zip(x).zip(values) {
                        *out = if same(x, value) { row } else { *out };
                    }
                }
            });
            first += part.len();
            rest = after;
        }
    });
}

#[inline(always)]
fn first_in_row<E: Copy + PartialEq>(row: &[E], value: E) -> usize {
    for (i, chunk) in row.chunks(CHUNK).enumerate() {
        if chunk.iter().fold(false, |any, &x| any | same(x, value)) {
            let within = chunk.iter().position(|&x| same(x, value));
            return i * CHUNK + within.expect("one of the chunk is the same");
        }
    }
    unreachable!("the value was found in this row")
}

#[inline(always)]
#[allow(clippy::eq_op, reason = "NaN alone differs from itself")]
fn same<E: Copy + PartialEq>(a: E, b: E) -> bool {
    (a == b) | ((a != a) & (b != b))
}

fn index(position: usize) -> i32 {
    i32::try_from(position).expect("an axis of less than 2^31 elements")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::fold::{Max, fold};

    #[test]
    fn the_first_of_several_equal_values_is_found_and_nan_equals_nan() {
        let x = [1.0f32, 3.0, 3.0, f32::NAN, 9.0, f32::NAN];
        let mut found = [i32::MIN; 2];
        first_positions(&x, Block { outer: 2, length: 3, inner: 1 }, &[3.0, f32::NAN], &mut found);
        assert_eq!(found, [1, 0]);
        let mut found = [i32::MIN; 2];
        first_positions(&x, Block { outer: 1, length: 3, inner: 2 }, &[3.0, f32::NAN], &mut found);
        assert_eq!(found, [1, 1]);
    }

    #[test]
    fn positions_of_maxima_equal_a_plain_search() {
        for (outer, length, inner) in
            [(1, 1, 1), (3, 700, 1), (1, 300, 7), (5, 9, 2000), (70_000, 2, 1), (1, 2, 70_000)]
        {
            let block = Block { outer, length, inner };
            let x: Vec<f32> =
                (0..outer * length * inner).map(|i| (i * 7919 % 103) as f32).collect();
            let mut values = vec![0.0; block.reduced()];
            fold(Max, &x, block, &mut values);
            let mut found = vec![i32::MIN; block.reduced()];
            first_positions(&x, block, &values, &mut found);
            for (at, &found) in found.iter().enumerate() {
                let element = |l: usize| x[(at / inner * length + l) * inner + at % inner];
                let mut best = 0;
                for l in 1..length {
                    best = if element(l) > element(best) { l } else { best };
                }
                assert_eq!(found, index(best), "{block:?}, {at}");
            }
        }
    }
}
