//! Operations that move elements, and those that choose them by index, against plain index arithmetic.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;

use crate::numbers::Values::Steps;
use crate::numbers::indices;
use crate::plain::{Plain, all_indices, assert_same};

const SHAPES: [&[usize]; 8] = [&[], &[0], &[1], &[6], &[2, 0, 3], &[1, 4], &[4, 1, 3], &[2, 3, 4]];
/// Floating-point numbers, and one type that isn't: moving is for all.
const TYPES: [DType; 3] = [DType::F32, DType::F64, DType::I32];

/// Every shape in every type, through every view. The numbers are whole and not negative.
fn each(mut test: impl FnMut(&str, &Plain, DynTensor)) {
    for (dims, dtype) in SHAPES.iter().flat_map(|dims| TYPES.map(|dtype| (*dims, dtype))) {
        let whole = Plain::numbers(dims, Steps(0.0), 0).map(|x| (x * 20.0 + 50.0).round());
        for (view, plain, x) in whole.views(dtype) {
            test(&format!("{dims:?} of {dtype}, {view}"), &plain, x);
        }
    }
}

/// All orders of the axes.
fn orders(rank: usize) -> Vec<Vec<usize>> {
    let distinct = |order: &Vec<usize>| (0..rank).all(|axis| order.contains(&axis));
    all_indices(&vec![rank; rank]).into_iter().filter(distinct).collect()
}

#[test]
fn permute_and_swap_axes_move_every_index() {
    each(|what, plain, x| {
        for order in orders(plain.dims.len()) {
            let dims: Vec<usize> = order.iter().map(|&axis| plain.dims[axis]).collect();
            let expected = Plain::build(&dims, |i| {
                let mut from = vec![0; i.len()];
                order.iter().zip(i).for_each(|(&axis, &i)| from[axis] = i);
                plain.at(&from)
            });
            assert_same(
                &x.clone().permute(&order),
                &expected,
                x.dtype(),
                &format!("permute {order:?} of {what}"),
            );
        }
        if let [a, .., c] = *plain.dims {
            let last = plain.dims.len() - 1;
            let mut dims = plain.dims.clone();
            (dims[0], dims[last]) = (c, a);
            let expected = Plain::build(&dims, |i| {
                let mut from = i.to_vec();
                from.swap(0, last);
                plain.at(&from)
            });
            assert_same(&x.clone().swap_axes(0, last), &expected, x.dtype(), what);
        }
    });
}

#[test]
fn reshape_keeps_the_row_major_order() {
    each(|what, plain, x| {
        let n: usize = plain.dims.iter().product();
        let flat: Vec<f64> = all_indices(&plain.dims).iter().map(|i| plain.at(i)).collect();
        for dims in [vec![n], vec![1, n], vec![n, 1], vec![n / 2, 2], vec![2, n / 2, 1]] {
            if dims.iter().product::<usize>() == n {
                let mut next = flat.iter();
                let expected = Plain::build(&dims, |_| *next.next().expect("as many"));
                assert_same(
                    &x.clone().reshape(&dims),
                    &expected,
                    x.dtype(),
                    &format!("to {dims:?}: {what}"),
                );
            }
        }
    });
}

#[test]
fn broadcast_to_repeats_axes_of_size_1() {
    each(|what, plain, x| {
        let repeated: Vec<usize> =
            plain.dims.iter().map(|&size| if size == 1 { 3 } else { size }).collect();
        let emptied: Vec<usize> =
            plain.dims.iter().map(|&size| if size == 1 { 0 } else { size }).collect();
        for dims in [repeated.clone(), [&[2], repeated.as_slice()].concat(), emptied] {
            assert_same(&x.clone().broadcast_to(&dims), &plain.broadcast(&dims), x.dtype(), what);
        }
    });
}

/// A value before and after each axis, another number of them on each.
#[test]
fn pad_axes_pads_all_axes_at_once() {
    each(|what, plain, x| {
        let pairs: Vec<[usize; 2]> =
            (0..plain.dims.len()).map(|axis| [axis % 3, (axis + 1) % 2]).collect();
        let sizes = plain.dims.iter().zip(&pairs);
        let dims: Vec<usize> = sizes.map(|(size, [front, behind])| front + size + behind).collect();
        let expected = Plain::build(&dims, |i| {
            let places = i.iter().zip(&pairs).map(|(i, [front, _])| i.wrapping_sub(*front));
            let from: Vec<usize> = places.collect();
            let inside = from.iter().zip(&plain.dims).all(|(i, size)| i < size);
            if inside { plain.at(&from) } else { 1.0 }
        });
        let found = x.clone().pad_axes(pairs.iter().copied().enumerate(), 1.0);
        assert_same(&found, &expected, x.dtype(), what);
    });
}

#[test]
fn slice_and_pad_move_along_every_axis() {
    each(|what, plain, x| {
        for (axis, &size) in plain.dims.iter().enumerate() {
            for (start, length) in
                [(0, size), (0, 0), (size, 0), (size / 2, size - size / 2), (0, size / 2)]
            {
                let mut dims = plain.dims.clone();
                dims[axis] = length;
                let expected = Plain::build(&dims, |i| {
                    let mut from = i.to_vec();
                    from[axis] += start;
                    plain.at(&from)
                });
                assert_same(&x.clone().slice(axis, start, length), &expected, x.dtype(), what);
            }
            for (front, behind) in [(0, 0), (2, 0), (0, 1), (1, 3)] {
                let mut dims = plain.dims.clone();
                dims[axis] += front + behind;
                let expected = Plain::build(&dims, |i| {
                    let inside = (front..front + size).contains(&i[axis]);
                    let mut from = i.to_vec();
                    from[axis] = from[axis].wrapping_sub(front);
                    if inside { plain.at(&from) } else { 0.0 }
                });
                assert_same(&x.clone().pad(axis, front, behind), &expected, x.dtype(), what);
            }
        }
    });
}

#[test]
fn concat_puts_one_after_the_other_along_every_axis() {
    each(|what, plain, x| {
        for (axis, &size) in plain.dims.iter().enumerate() {
            // Slices: the whole tensor, a part of it, an empty one, and the whole again.
            let some = x.clone().slice(axis, size / 2, size - size / 2);
            let none = x.clone().slice(axis, 0, 0);
            let half = size - size / 2;
            let mut dims = plain.dims.clone();
            dims[axis] = 2 * size + half;
            let expected = Plain::build(&dims, |i| {
                let mut from = i.to_vec();
                from[axis] = match i[axis] {
                    i if i < size => i,
                    i if i < size + half => i - size + size / 2,
                    i => i - size - half,
                };
                plain.at(&from)
            });
            let found = DynTensor::concat(vec![x.clone(), some, none, x.clone()], axis);
            assert_same(
                &found.expect("equal in other axes"),
                &expected,
                x.dtype(),
                &format!("along {axis}: {what}"),
            );
        }
    });
}

#[test]
fn gather_takes_rows_in_any_order() {
    each(|what, plain, x| {
        let Some((&rows, row)) = plain.dims.split_first() else { return };
        let chosen: Vec<i32> = (0..6).map(|i| i * 5 % rows.max(1) as i32).collect();
        for dims in [&[6][..], &[2, 3], &[0], &[1, 0]] {
            let count: usize = dims.iter().product();
            if rows == 0 && count > 0 {
                continue;
            }
            let mut all = chosen.iter();
            let chosen = Plain::build(dims, |_| f64::from(*all.next().expect("at most 6")));
            for (_, chosen, index) in chosen.views(DType::I32) {
                let expected = Plain::build(&[dims, row].concat(), |i| {
                    let (outer, inner) = i.split_at(dims.len());
                    plain.at(&[&[chosen.at(outer) as usize], inner].concat())
                });
                assert_same(
                    &x.clone().gather(index),
                    &expected,
                    x.dtype(),
                    &format!("{dims:?} rows of {what}"),
                );
            }
        }
    });
}

#[test]
fn pick_and_put_are_transposes_of_each_other() {
    each(|what, plain, x| {
        let Some((&width, outer)) = plain.dims.split_last() else { return };
        if width == 0 {
            return;
        }
        let mut column = 0;
        let columns = Plain::build(outer, |_| {
            column += 5;
            (column % width) as f64
        });
        let index = columns.tensor(DType::I32);
        let picked = Plain::build(outer, |i| plain.at(&[i, &[columns.at(i) as usize]].concat()));
        let found = x.clone().pick(index.clone());
        assert_same(&found, &picked, x.dtype(), &format!("pick of {what}"));
        let put = Plain::build(&plain.dims, |i| {
            let (column, outer) = i.split_last().expect("an axis");
            if *column == columns.at(outer) as usize { picked.at(outer) } else { 0.0 }
        });
        assert_same(&found.put(index, width), &put, x.dtype(), &format!("put of {what}"));
    });
}

#[test]
fn one_hot_is_a_put_of_ones() {
    let ones = Plain::build(&[3], |_| 1.0).tensor(DType::F32);
    let found = ones.put(indices(&[2, 0, 3], &[3]), 4);
    let expected = Plain::build(&[3, 4], |i| f64::from(u8::from([2, 0, 3][i[0]] == i[1])));
    assert_same(&found, &expected, DType::F32, "one-hot");
}
