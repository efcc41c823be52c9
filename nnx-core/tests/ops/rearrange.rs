//! Flips, rolls, repeats, strided slices, padding, diagonals and triangles: against plain index arithmetic, and the rows
//! of the table by which their gradients are checked.

use nnx_core::array::DType;
use nnx_core::ops::{DynTensor, PadMode};

use crate::numbers::Values::Steps;
use crate::numbers::{elements, indices, tensor};
use crate::plain::{Plain, assert_same};
use crate::table::{ANY, Row, rows};

const SHAPES: [&[usize]; 7] = [&[0], &[1], &[6], &[2, 0, 3], &[1, 4], &[4, 1, 3], &[2, 3, 4]];
const TYPES: [DType; 3] = [DType::F32, DType::F64, DType::I32];

pub(crate) fn rearrangements() -> Vec<Row> {
    rows! {
        "flip", x [3, 2, 2] ANY => x.flip(1);
        "roll", x [2, 5] ANY => x.roll(1, 2);
        "repeat", x [2, 3] ANY => x.repeat(0, 3);
        "tile", x [2, 3] ANY => x.tile(1, 2);
        "slice_step", x [7, 2] ANY => x.slice_step(0, 1, 3, 2);
        "slice_step, backwards", x [2, 7] ANY => x.slice_step(1, 6, 3, -3);
        "index_select, an index twice", x [3, 2] ANY => x.index_select(0, [2, 0, 2]);
        "pad_with a constant", x [2, 3] ANY => x.pad_with(1, 2, 1, PadMode::Constant(3.0));
        "pad_with reflect", x [2, 3] ANY => x.pad_with(1, 2, 2, PadMode::Reflect);
        "pad_with wrap, more than all", x [2, 2] ANY => x.pad_with(0, 3, 5, PadMode::Wrap);
        "at", x [2, 3, 2] ANY => x.at(1, -1);
        "move_axis", x [2, 3, 4] ANY => x.move_axis(0, 2);
        "take_along, repeated indices", x [2, 3] ANY => x.take_along(1, indices(&[2, 2, 0, 1, 0, 0, 0, 2], &[2, 4]));
        "take_along, another axis", x [3, 2, 2] ANY => x.take_along(0, indices(&[2, 0, 1, 1], &[1, 2, 2]));
        "flip, last axis", x [2, 3, 1] ANY => x.flip(1);
        "scatter_set, repeated indices", x [2, 3] ANY, y [2, 4] ANY => x.scatter_set(1, indices(&[2, 2, 0, 0, 1, 0, 0, 2], &[2, 4]), y);
        "scatter_set, another axis", x [3, 2] ANY, y [2, 2] ANY => x.scatter_set(0, indices(&[2, 0, 2, 1], &[2, 2]), y);
        "scatter_add, repeated indices", x [2, 3] ANY, y [2, 4] ANY => x.scatter_add(1, indices(&[2, 2, 0, 0, 1, 0, 0, 2], &[2, 4]), y);
        "scatter_add, another axis", x [3, 2] ANY, y [2, 2] ANY => x.scatter_add(0, indices(&[2, 0, 2, 1], &[2, 2]), y);
        "scatter_max, repeated indices", x [2, 3] Steps(0.02), y [2, 4] Steps(0.031) => x.scatter_max(1, indices(&[2, 2, 0, 0, 1, 0, 0, 2], &[2, 4]), y);
        "scatter_max, another axis", x [3, 2] Steps(0.02), y [2, 2] Steps(0.031) => x.scatter_max(0, indices(&[2, 0, 2, 1], &[2, 2]), y);
        "scatter_min, repeated indices", x [2, 3] Steps(0.02), y [2, 4] Steps(0.031) => x.scatter_min(1, indices(&[2, 2, 0, 0, 1, 0, 0, 2], &[2, 4]), y);
        "scatter_min, another axis", x [3, 2] Steps(0.02), y [2, 2] Steps(0.031) => x.scatter_min(0, indices(&[2, 0, 2, 1], &[2, 2]), y);
        "take", x [2, 3] ANY => x.take(1, indices(&[2, 2, 0, 1], &[4])).expect("within");
        "diagonal", x [2, 3, 3] ANY => x.diagonal();
        "diag_embed", x [2, 3] ANY => x.diag_embed();
        "tril", x [2, 3, 4] ANY => x.tril(1);
        "triu", x [4, 3] ANY => x.triu(-1);
    }
}

/// Every shape in every type, through every view, along every axis.
fn each(mut test: impl FnMut(&str, usize, &Plain, DynTensor)) {
    for (dims, dtype) in SHAPES.iter().flat_map(|dims| TYPES.map(|dtype| (*dims, dtype))) {
        let whole = Plain::numbers(dims, Steps(0.0), 0).map(|x| (x * 20.0 + 50.0).round());
        for (view, plain, x) in whole.views(dtype) {
            for axis in 0..plain.dims.len() {
                test(
                    &format!("axis {axis} of {dims:?} of {dtype}, {view}"),
                    axis,
                    &plain,
                    x.clone(),
                );
            }
        }
    }
}

/// The elements that an operation takes along an axis, by their indices there.
fn check(what: &str, axis: usize, plain: &Plain, found: &DynTensor, from: &[usize]) {
    let mut dims = plain.dims.clone();
    dims[axis] = from.len();
    let expected = Plain::build(&dims, |i| {
        let mut index = i.to_vec();
        index[axis] = from[i[axis]];
        plain.at(&index)
    });
    assert_same(found, &expected, found.dtype(), what);
}

#[test]
fn flips_and_rolls_reorder_every_axis() {
    each(|what, axis, plain, x| {
        let size = plain.dims[axis];
        let reversed: Vec<usize> = (0..size).rev().collect();
        check(&format!("flip of {what}"), axis, plain, &x.clone().flip(axis), &reversed);
        for shift in [0, 1, -1, 5, -7, 1_000_003, isize::MIN, isize::MAX] {
            let rolled: Vec<usize> = (0..size as i128)
                .map(|i| (i - shift as i128).rem_euclid(size as i128) as usize)
                .collect();
            let found = x.clone().roll(axis, shift);
            check(&format!("roll by {shift} of {what}"), axis, plain, &found, &rolled);
        }
    });
}

#[test]
fn repeat_and_tile_differ_in_their_order() {
    each(|what, axis, plain, x| {
        let size = plain.dims[axis];
        for times in [0, 1, 3] {
            let repeated: Vec<usize> = (0..size * times).map(|i| i / times).collect();
            let tiled: Vec<usize> = (0..size * times).map(|i| i % size).collect();
            let found = x.clone().repeat(axis, times);
            check(&format!("{times} times {what}"), axis, plain, &found, &repeated);
            let found = x.clone().tile(axis, times);
            check(&format!("{times} tiles of {what}"), axis, plain, &found, &tiled);
        }
    });
}

#[test]
fn steps_go_both_ways_and_may_be_0() {
    each(|what, axis, plain, x| {
        let size = plain.dims[axis];
        for step in [-3isize, -1, 0, 1, 2] {
            for start in 0..size {
                for length in 0..4 {
                    let index = |i: usize| start as isize + i as isize * step;
                    let inside = (0..length).all(|i| (0..size as isize).contains(&index(i)));
                    if inside {
                        let from: Vec<usize> = (0..length).map(|i| index(i) as usize).collect();
                        let found = x.clone().slice_step(axis, start, length, step);
                        check(&format!("by {step} of {what}"), axis, plain, &found, &from);
                    }
                }
            }
        }
    });
}

#[test]
fn pads_take_elements_of_the_axis() {
    each(|what, axis, plain, x| {
        let size = plain.dims[axis] as i128;
        let padded = |mode, source: &dyn Fn(i128) -> i128| {
            if size > 0 {
                let from: Vec<usize> = (-3..size + 2).map(|i| source(i) as usize).collect();
                let found = x.clone().pad_with(axis, 3, 2, mode);
                check(&format!("{mode:?} of {what}"), axis, plain, &found, &from);
            }
        };
        padded(PadMode::Edge, &|i| i.clamp(0, size - 1));
        padded(PadMode::Wrap, &|i| i.rem_euclid(size));
        // Walk to the position step by step, turning at the edges.
        let walk = |repeats_edge: bool| {
            move |to: i128| {
                let (mut at, mut direction) = (0, to.signum());
                for _ in 0..to.abs() {
                    let outside = !(0..size).contains(&(at + direction));
                    if outside {
                        direction = -direction;
                    }
                    if !(outside && (repeats_edge || size == 1)) {
                        at += direction;
                    }
                }
                at
            }
        };
        padded(PadMode::Reflect, &walk(false));
        padded(PadMode::Symmetric, &walk(true));
        let mut dims = plain.dims.clone();
        dims[axis] += 3;
        let expected = Plain::build(&dims, |i| {
            let mut index = i.to_vec();
            index[axis] = index[axis].wrapping_sub(2);
            if index[axis] < plain.dims[axis] { plain.at(&index) } else { 9.0 }
        });
        let found = x.clone().pad_with(axis, 2, 1, PadMode::Constant(9.0));
        assert_same(&found, &expected, x.dtype(), what);
    });
}

#[test]
fn one_element_of_an_axis_is_counted_from_either_end() {
    each(|what, axis, plain, x| {
        let size = plain.dims[axis] as isize;
        for index in -size..size {
            let mut dims = plain.dims.clone();
            dims.remove(axis);
            let expected = Plain::build(&dims, |i| {
                let mut from = i.to_vec();
                from.insert(axis, index.rem_euclid(size) as usize);
                plain.at(&from)
            });
            assert_same(&x.clone().at(axis, index), &expected, x.dtype(), what);
        }
    });
}

#[test]
fn diagonals_and_triangles_of_matrices_and_views() {
    for (dims, dtype) in [[3usize, 3], [4, 2], [1, 5], [0, 0], [0, 3]]
        .iter()
        .flat_map(|dims| TYPES.map(|dtype| (dims, dtype)))
    {
        let dims = [&[2], dims.as_slice()].concat();
        let whole = Plain::numbers(&dims, Steps(0.0), 0).map(|x| (x * 20.0 + 51.0).round());
        for (view, plain, x) in whole.views(dtype) {
            for k in [0, 1, -1, 9, -9, isize::MAX, isize::MIN] {
                let what = format!("{k} of {dims:?} of {dtype}, {view}");
                let kept = |below: bool| {
                    Plain::build(&plain.dims, |i| {
                        let [.., row, column] = *i else { panic!("matrices") };
                        let diagonal = column as i128 - row as i128;
                        let inside =
                            if below { diagonal <= k as i128 } else { diagonal >= k as i128 };
                        if inside { plain.at(i) } else { 0.0 }
                    })
                };
                assert_same(&x.clone().tril(k), &kept(true), dtype, &format!("tril {what}"));
                assert_same(&x.clone().triu(k), &kept(false), dtype, &format!("triu {what}"));
            }
            if let [.., rows, columns] = *plain.dims
                && rows == columns
            {
                let dims = plain.dims[..plain.dims.len() - 1].to_vec();
                let expected = Plain::build(&dims, |i| plain.at(&[i, &i[i.len() - 1..]].concat()));
                assert_same(&x.clone().diagonal(), &expected, dtype, view);
                let embedded = Plain::build(&plain.dims, |i| {
                    let (column, outer) = i.split_last().expect("an axis");
                    if outer.last() == Some(column) { expected.at(outer) } else { 0.0 }
                });
                assert_same(&x.diagonal().diag_embed(), &embedded, dtype, view);
            }
        }
    }
}

#[test]
fn a_masked_select_takes_elements_in_row_major_order_of_any_view() {
    let x = tensor(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3]);
    let mask = x.clone().compare(nnx_core::ops::Comparison::Greater, tensor(vec![2.5; 6], &[2, 3]));
    assert_eq!(elements(&x.clone().masked_select(mask.array())), [3.0, 4.0, 5.0, 6.0]);
    let flipped = mask.array().transpose(0, 1);
    assert_eq!(elements(&x.swap_axes(0, 1).masked_select(&flipped)), [4.0, 5.0, 3.0, 6.0]);
}

#[test]
fn ranges_are_exact_at_both_ends() {
    let values = |x: DynTensor| elements(&x);
    assert_eq!(values(DynTensor::arange(4, -1.0, 0.5, DType::F32)), [-1.0, -0.5, 0.0, 0.5]);
    assert_eq!(values(DynTensor::arange(3, 7.0, -2.0, DType::I32)), [7.0, 5.0, 3.0]);
    assert_eq!(values(DynTensor::linspace(1, 2.0, 9.0, DType::F64)), [2.0]);
    assert!(values(DynTensor::linspace(0, 2.0, 9.0, DType::F64)).is_empty());
    for n in 2..50 {
        let found = values(DynTensor::linspace(n, 0.1, 0.7, DType::F64));
        assert_eq!((found[0], found[n - 1]), (0.1, 0.7), "{n} values");
        assert!(found.is_sorted());
    }
    assert_eq!(values(DynTensor::eye(2, DType::I32)), [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn a_range_of_integers_between_two_ends_is_rounded_down_as_in_numpy() {
    // np.linspace(5, -2, 7, dtype=np.int32)
    let found = elements(&DynTensor::linspace(7, 5.0, -2.0, DType::I32));
    assert_eq!(found, [5.0, 3.0, 2.0, 1.0, 0.0, -1.0, -2.0]);
    // Whole numbers are exact: `i / 10` and `i / 100` are rounded, and a value just below a number would lose 1.
    for (first, length) in [(1, 11), (0, 101)] {
        let (start, stop) = (f64::from(first), f64::from(first + length - 1));
        let found = elements(&DynTensor::linspace(length as usize, start, stop, DType::I32));
        assert_eq!(found, (first..first + length).map(f64::from).collect::<Vec<_>>());
    }
}
