//! Matrix products against three loops.

use crate::numbers::Values::Between;
use crate::plain::{FLOATS, Plain, all_indices, assert_same};

/// `a b` over the last two axes; a matrix `b` serves all leading axes of `a`.
fn product(a: &Plain, b: &Plain) -> Plain {
    let rank = a.dims.len();
    let inner = a.dims[rank - 1];
    let mut dims = a.dims.clone();
    dims[rank - 1] = b.dims[b.dims.len() - 1];
    Plain::build(&dims, |i| {
        let (leading, [row, column]) = (&i[..rank - 2], [i[rank - 2], i[rank - 1]]);
        let shared = if b.dims.len() == 2 { &[] } else { leading };
        (0..inner)
            .map(|k| a.at(&[leading, &[row, k]].concat()) * b.at(&[shared, &[k, column]].concat()))
            .sum()
    })
}

/// The product of every view of both.
fn compare(a: &[usize], b: &[usize]) {
    for dtype in FLOATS {
        for (left, a, x) in Plain::numbers(a, Between(-1.0, 1.0), 0).views(dtype) {
            for (right, b, y) in Plain::numbers(b, Between(-1.0, 1.0), 1).views(dtype) {
                let what = format!("{:?} {left} times {:?} {right}", a.dims, b.dims);
                assert_same(&x.clone().matmul(y), &product(&a, &b), dtype, &what);
            }
        }
    }
}

#[test]
fn products_of_matrices_equal_three_loops_for_all_small_sizes_and_views() {
    for (m, k) in [0, 1, 2, 5].iter().flat_map(|&m| [0, 1, 3, 8].map(|k| (m, k))) {
        for n in [0, 1, 4, 7] {
            compare(&[m, k], &[k, n]);
        }
    }
}

#[test]
fn products_beyond_one_block_equal_three_loops() {
    for [m, k, n] in [[1, 300, 5], [67, 33, 1], [70, 9, 65], [9, 270, 17]] {
        compare(&[m, k], &[k, n]);
    }
}

#[test]
fn leading_axes_are_rows_of_one_product() {
    for leading in [&[0][..], &[1], &[3], &[2, 3], &[2, 0], &[2, 1, 2]] {
        for [m, k, n] in [[2, 3, 4], [1, 3, 1], [0, 2, 2], [2, 0, 2], [2, 2, 0]] {
            compare(&[leading, &[m, k]].concat(), &[k, n]);
        }
    }
}

#[test]
fn a_bias_is_added_to_each_row_of_a_product() {
    for leading in [&[0][..], &[1], &[2, 3], &[2, 1, 2]] {
        for [m, k, n] in [[2, 3, 4], [1, 3, 1], [0, 2, 2], [2, 0, 2], [2, 2, 0], [20, 30, 70]] {
            let x = Plain::numbers(&[leading, &[m, k]].concat(), Between(-1.0, 1.0), 0);
            let w = Plain::numbers(&[k, n], Between(-1.0, 1.0), 1);
            let b = Plain::numbers(&[n], Between(-1.0, 1.0), 2);
            for dtype in FLOATS {
                for (view, x, tensor) in x.views(dtype) {
                    for (of_bias, b, bias) in b.views(dtype) {
                        let mut expected = product(&x, &w);
                        for i in all_indices(&expected.dims) {
                            expected.add(&i, b.at(&i[i.len() - 1..]));
                        }
                        let y = tensor.clone().linear(w.tensor(dtype), Some(bias));
                        let what = format!("{:?} {view}, {of_bias} bias", x.dims);
                        assert_same(&y, &expected, dtype, &what);
                    }
                }
            }
        }
    }
}

#[test]
fn batches_multiply_item_by_item() {
    for leading in [&[0][..], &[1], &[3], &[2, 3], &[2, 0], &[2, 1, 2]] {
        for [m, k, n] in [[2, 3, 4], [1, 3, 1], [0, 2, 2], [2, 0, 2], [2, 2, 0]] {
            compare(&[leading, &[m, k]].concat(), &[leading, &[k, n]].concat());
        }
    }
}

#[test]
fn permuted_heads_multiply_without_a_copy() {
    // Attention: (batch, time, heads, width) read as (batch, heads, time, width).
    let q = Plain::numbers(&[2, 3, 4, 5], Between(-1.0, 1.0), 0);
    let k = Plain::numbers(&[2, 6, 4, 5], Between(-1.0, 1.0), 1);
    for dtype in FLOATS {
        let scores =
            q.tensor(dtype).permute(&[0, 2, 1, 3]).matmul(k.tensor(dtype).permute(&[0, 2, 3, 1]));
        let expected = Plain::build(&[2, 4, 3, 6], |i| {
            (0..5).map(|d| q.at(&[i[0], i[2], i[1], d]) * k.at(&[i[0], i[3], i[1], d])).sum()
        });
        assert_same(&scores, &expected, dtype, "scores");
    }
}

#[test]
fn products_of_vectors_equal_their_sums() {
    for leading in [&[][..], &[0], &[3], &[2, 3]] {
        for dtype in FLOATS {
            for (m, n) in [(1, 4), (5, 2), (0, 3), (3, 3)] {
                let dims = |size: usize| [leading, &[size]].concat();
                let a = Plain::numbers(&dims(m), Between(-1.0, 1.0), 0);
                let (b, c) = (
                    Plain::numbers(&dims(m), Between(-1.0, 1.0), 1),
                    Plain::numbers(&dims(n), Between(-1.0, 1.0), 2),
                );
                let what = format!("{leading:?} vectors of {m} and {n}");
                let at = |x: &Plain, i: &[usize], k: usize| x.at(&[i, &[k]].concat());
                let dot =
                    Plain::build(leading, |i| (0..m).map(|k| at(&a, i, k) * at(&b, i, k)).sum());
                let left = a.tensor(dtype);
                assert_same(&left.clone().dot(b.tensor(dtype)), &dot, dtype, &what);
                let outer = Plain::build(&[leading, &[m, n]].concat(), |i| {
                    let (leading, [j, k]) = (&i[..i.len() - 2], [i[i.len() - 2], i[i.len() - 1]]);
                    at(&a, leading, j) * at(&c, leading, k)
                });
                assert_same(&left.clone().outer(c.tensor(dtype)), &outer, dtype, &what);
                if m == 3 {
                    let cross = Plain::build(&dims(3), |i| {
                        let (i, k) = (&i[..i.len() - 1], i[i.len() - 1]);
                        let (p, q) = ((k + 1) % 3, (k + 2) % 3);
                        at(&a, i, p) * at(&b, i, q) - at(&a, i, q) * at(&b, i, p)
                    });
                    assert_same(&left.cross(b.tensor(dtype)), &cross, dtype, &what);
                }
            }
        }
    }
}
