//! Copies of strided views, compared with one index at a time.

use super::*;
use crate::kernel::parallel::threads::with_threads;

#[test]
fn rows_become_columns() {
    for (rows, columns) in [(0, 3), (1, 1), (5, 1), (3, 40), (16, 16), (33, 17), (20, 67)] {
        let matrix: Vec<usize> = (0..rows * columns).collect();
        let mut out = vec![usize::MAX; matrix.len()];
        transpose(&matrix, columns, &mut out);
        let expected: Vec<usize> =
            (0..columns).flat_map(|j| (0..rows).map(move |i| i * columns + j)).collect();
        assert_eq!(out, expected, "{rows} x {columns}");
    }
}

/// The reference: one index at a time.
fn reference(source: &[u32], offset: usize, dims: &[usize], strides: &[usize]) -> Vec<u32> {
    (0..dims.iter().product())
        .map(|flat| source[offset + offset_of(&unravel(flat, dims)[..dims.len()], strides)])
        .collect()
}

#[test]
fn gathers_as_the_reference() {
    let source: Vec<u32> = (0..100_000).collect();
    for (offset, dims, strides) in [
        (3, vec![], vec![]),
        (0, vec![7], vec![13]),
        (5, vec![4, 3, 2], vec![1, 4, 12]),
        (0, vec![3, 0, 2], vec![1, 1, 1]),
        (0, vec![5, 4], vec![0, 1]),
        (0, vec![5, 4], vec![1, 0]),
        (0, vec![300, 300], vec![1, 300]),
        (7, vec![70, 130], vec![1, 71]),
        (1, vec![2, 3, 300, 5], vec![9000, 1, 15, 3]),
        (2, vec![6, 1, 4, 5], vec![20, 3, 5, 1]),
        (2, vec![5, 7, 1], vec![100, 1, 9]),
        (0, vec![4, 2, 3, 2, 2, 2, 2, 2], vec![1, 4, 8, 24, 48, 96, 192, 384]),
    ] {
        let mut out = vec![u32::MAX; dims.iter().product()];
        gather(&source, offset, &dims, &strides, &mut out);
        assert_eq!(out, reference(&source, offset, &dims, &strides), "{dims:?} by {strides:?}");
    }
}

#[test]
fn parts_are_joined() {
    let source: Vec<u32> = (0..5000).collect();
    for outer in [vec![], vec![3, 4], vec![200]] {
        let view = |strides| View { data: &source[..], strides };
        let (row_strides, other) = (vec![7; outer.len()], vec![0; outer.len()]);
        let parts = [
            Joined { view: view(&row_strides), start: 0, width: 5 },
            Joined { view: view(&other), start: 5, width: 3 },
            Joined { view: view(&other), start: 8, width: 1 },
            Joined { view: view(&other), start: 9, width: 0 },
        ];
        let rows: usize = outer.iter().product();
        let mut out = vec![u32::MAX; rows * 9];
        join(&parts, &outer, 9, &mut out);
        for (r, row) in out.chunks_exact(9).enumerate() {
            let start = offset_of(&unravel(r, &outer)[..outer.len()], &row_strides) as u32;
            let expected: Vec<u32> = (start..start + 5).chain(0..3).chain([0]).collect();
            assert_eq!(row, expected, "row {r} of {outer:?}");
        }
    }
}

#[test]
fn long_rows_are_joined_by_all_threads() {
    let source: Vec<u32> = (0..200_000).collect();
    for outer in [vec![], vec![3]] {
        let view = |strides| View { data: &source[..], strides };
        let strides = vec![50_000; outer.len()];
        let parts = [
            Joined { view: view(&strides), start: 0, width: 33_001 },
            Joined { view: view(&strides), start: 33_001, width: 0 },
            Joined { view: view(&strides), start: 33_001, width: 66_999 },
        ];
        let width = 100_000;
        for threads in [1, 2, 3, 8] {
            let mut out = vec![u32::MAX; outer.iter().product::<usize>() * width];
            with_threads(threads, || join(&parts, &outer, width, &mut out));
            for (r, row) in (0..).zip(out.chunks_exact(width)) {
                let start = r * 50_000;
                let expected = (start..start + 33_001).chain(start..start + 66_999);
                let what = format!("row {r} of {outer:?} on {threads} threads");
                assert!(expected.eq(row.iter().copied()), "{what}");
            }
        }
    }
}

/// Margins on each axis, on none, and around axes of one element or none; a first axis whose rows are long.
#[test]
fn views_get_margins_as_by_one_index_after_the_other() {
    type Pairs = Vec<[usize; 2]>;
    let cases: Vec<(Vec<usize>, Vec<usize>, Pairs)> = vec![
        (vec![], vec![], vec![]),
        (vec![5], vec![1], vec![[2, 3]]),
        (vec![5], vec![1], vec![[0, 0]]),
        (vec![0], vec![1], vec![[2, 1]]),
        (vec![3, 4], vec![4, 1], vec![[1, 0], [0, 2]]),
        (vec![4, 3], vec![7, 1], vec![[1, 2], [0, 1]]),
        (vec![3, 4, 1], vec![1, 3, 1], vec![[0, 1], [2, 0], [1, 1]]),
        (vec![2, 3, 4, 5], vec![60, 20, 5, 1], vec![[0, 0], [1, 2], [2, 1], [0, 0]]),
        (vec![2, 3, 4, 5], vec![100, 20, 5, 1], vec![[1, 0], [0, 0], [0, 1], [0, 0]]),
        (vec![2, 2, 40, 9], vec![9, 360, 18, 1], vec![[0, 1], [1, 0], [0, 0], [3, 3]]),
        (vec![2, 0, 3], vec![0, 3, 1], vec![[1, 1], [1, 2], [0, 0]]),
        (vec![300, 200], vec![200, 1], vec![[170, 1], [0, 0]]),
        (vec![2, 30_000], vec![30_000, 1], vec![[1, 0], [40_000, 7]]),
    ];
    let source: Vec<u32> = (0..100_000).collect();
    for (dims, strides, pairs) in cases {
        let [before, after] = [0, 1].map(|i| pairs.iter().map(|pair| pair[i]).collect::<Vec<_>>());
        let margins = Margins { dims: &dims, before: &before, after: &after };
        let padded: Vec<usize> = (0..dims.len()).map(|axis| margins.padded(axis)).collect();
        let element = |flat: usize| {
            let index = unravel(flat, &padded);
            let inside = |axis: usize| {
                let index = index[axis].checked_sub(before[axis])?;
                (index < dims[axis]).then_some(index * strides[axis])
            };
            (0..dims.len()).map(inside).sum::<Option<usize>>().map_or(77, |at| source[at])
        };
        let expected: Vec<u32> = (0..padded.iter().product()).map(element).collect();
        for threads in [1, 3] {
            let mut out = vec![u32::MAX; expected.len()];
            let x = View { data: &source[..], strides: &strides };
            with_threads(threads, || pad(x, margins, 77, &mut out));
            assert!(out == expected, "{dims:?} by {strides:?} with {pairs:?}, {threads} threads");
        }
    }
}

#[test]
fn rows_are_reversed() {
    for (rows, width) in [(0, 3), (3, 0), (1, 1), (5, 7), (40, 2000)] {
        let x: Vec<usize> = (0..rows * width).collect();
        let mut out = vec![usize::MAX; x.len()];
        reverse_rows(&x, width, &mut out);
        for (x, out) in x.chunks_exact(width.max(1)).zip(out.chunks_exact(width.max(1))) {
            assert!(x.iter().rev().eq(out), "{rows} x {width}");
        }
    }
}

#[test]
fn selects_as_the_reference() {
    let other: Vec<u32> = (0..100_000).collect();
    let mask: Vec<bool> = other.iter().map(|i| i % 3 == 0).collect();
    for (dims, mask_strides, other_strides) in [
        (vec![], vec![], vec![]),
        (vec![7], vec![1], vec![0]),
        (vec![7], vec![0], vec![1]),
        (vec![3, 4, 5], vec![0, 5, 1], vec![0, 0, 0]),
        (vec![3, 4, 5], vec![4, 1, 0], vec![20, 5, 1]),
        (vec![3, 4, 5], vec![20, 5, 1], vec![20, 5, 1]),
        (vec![3, 4, 5], vec![1, 3, 12], vec![2, 0, 7]),
        (vec![3, 0, 5], vec![0, 5, 1], vec![0, 0, 0]),
        (vec![300, 300], vec![300, 1], vec![0, 0]),
    ] {
        for at in [false, true] {
            let before: Vec<u32> = (0..dims.iter().product()).map(|_| u32::MAX).collect();
            let mut out = before.clone();
            let view = View { data: &mask[..], strides: &mask_strides };
            let values = View { data: &other[..], strides: &other_strides };
            select_into(&mut out, &dims, view, at, values);
            let offset_at =
                |i: usize, strides: &[usize]| offset_of(&unravel(i, &dims)[..dims.len()], strides);
            for (i, &out) in out.iter().enumerate() {
                let written = mask[offset_at(i, &mask_strides)] == at;
                let value = if written { other[offset_at(i, &other_strides)] } else { before[i] };
                assert_eq!(out, value, "{dims:?} by {mask_strides:?} and {other_strides:?}");
            }
        }
    }
}
