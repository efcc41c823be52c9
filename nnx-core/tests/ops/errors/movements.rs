//! Errors of reshaped, moved, joined and indexed tensors.

use nnx_core::array::{DType, ShapeError};
use nnx_core::ops::{DynTensor, PadMode};

use super::{panic_text, zeros};
use crate::numbers::indices;

#[test]
fn moves_name_what_was_to_become_what() {
    panics! {
        zeros(&[2, 3]).broadcast_to(&[2, 4]) =>
            "`broadcast_to` can't turn shape (2, 3) into (2, 4): aligned at the last axis, each must be the same or 1";
        zeros(&[2, 3]).broadcast_to(&[3]) =>
            "`broadcast_to` can't turn shape (2, 3) into (3,): aligned at the last axis, each must be the same or 1";
        zeros(&[2, 3]).reshape(&[4, 2]) =>
            "`reshape` can't turn shape (2, 3) (6 elements) into (4, 2) (8 elements)";
        zeros(&[2, 3]).permute(&[0, 0]) => "`permute` takes each of the axes 0 to 1 of shape (2, 3) once, found (0, 0)";
        zeros(&[2, 3]).permute(&[1]) => "`permute` takes each of the axes 0 to 1 of shape (2, 3) once, found (1,)";
        zeros(&[2, 3]).swap_axes(0, 2) => "`swap_axes` found no axis 2 in shape (2, 3)";
        zeros(&[2, 3]).slice(1, 2, 2) => "`slice` can't take 2 elements from 2 on of axis 1 of shape (2, 3)";
        zeros(&[2, 3]).slice(2, 0, 1) => "`slice` can't take 1 elements from 0 on of axis 2 of shape (2, 3)";
        zeros(&[2, 3]).slice(0, usize::MAX, 1) =>
            "`slice` can't take 1 elements from 18446744073709551615 on of axis 0 of shape (2, 3)";
        zeros(&[2, 3]).pad(2, 1, 1) => "`pad` found no axis 2 in shape (2, 3)";
        zeros(&[2, 3]).pad(0, usize::MAX / 2, usize::MAX / 2) =>
            "`pad` would give an axis of 18446744073709551616 elements: more than a program can address";
        zeros(&[2, 3]).pad_axes([(0, [1, 1]), (2, [1, 1])], 0.0) => "`pad` found no axis 2 in shape (2, 3)";
        zeros(&[2, 3]).pad_axes([(1, [1, 1]), (0, [1, 1])], 0.0) =>
            "`pad` takes axes that ascend, and sizes before and after for each, found (1, 0)";
    }
}

#[test]
fn concat_says_which_inputs_differ() {
    let text = |inputs, axis| {
        DynTensor::concat(inputs, axis).expect_err("inputs that don't fit").to_string()
    };
    assert_eq!(text(vec![], 0), "`concat` takes at least one input, found none");
    assert_eq!(text(vec![zeros(&[2])], 1), "`concat` found no axis 1 in shape (2,)");
    let differ = "`concat` along axis 0 takes inputs that are equal in all other axes, found (2, 3) of f32 and ";
    assert_eq!(
        text(vec![zeros(&[2, 3]), zeros(&[1, 3]), zeros(&[2, 4])], 0),
        format!("{differ}(2, 4) of f32")
    );
    assert_eq!(text(vec![zeros(&[2, 3]), zeros(&[2])], 0), format!("{differ}(2,) of f32"));
    assert_eq!(
        text(vec![zeros(&[2, 3]), zeros(&[2, 3]).cast(DType::F64)], 0),
        format!("{differ}(2, 3) of f64")
    );
}

#[test]
fn an_index_out_of_range_is_named_with_its_position_and_the_size() {
    let error =
        zeros(&[4, 2]).try_gather(indices(&[0, 3, 1, 4], &[2, 2])).expect_err("4 of 4 rows");
    assert_eq!(error, ShapeError::Index { operation: "gather", index: 4, position: 3, size: 4 });
    assert_eq!(
        error.to_string(),
        "`gather` was given index 4 at position 3, outside 0..4: check the labels or tokens"
    );
    let error = zeros(&[2, 3]).try_pick(indices(&[1, -1], &[2])).expect_err("a negative index");
    assert_eq!(
        error.to_string(),
        "`pick` was given index -1 at position 1, outside 0..3: check the labels or tokens; no index counts from the end"
    );
    panics! {
        zeros(&[0, 2]).gather(indices(&[0], &[1])) =>
            "`gather` was given index 0 at position 0, outside 0..0: check the labels or tokens";
        zeros(&[1, 2]).pick(indices(&[2], &[1])) =>
            "`pick` was given index 2 at position 0, outside 0..2: check the labels or tokens";
        zeros(&[2]).put(indices(&[0, 3], &[2]), 3) =>
            "`put` was given index 3 at position 1, outside 0..3: check the labels or tokens";
    }
    // Positions in the error are those in the view.
    let backwards = indices(&[9, 0, 0, 0, 1, 0], &[2, 3]).swap_axes(0, 1);
    let error = zeros(&[4, 2]).try_gather(backwards.slice(0, 0, 2)).expect_err("9 of 4 rows");
    assert_eq!(error, ShapeError::Index { operation: "gather", index: 9, position: 0, size: 4 });
}

#[test]
fn choosing_by_index_names_both_shapes() {
    let gather = zeros(&[4, 2]).try_gather(zeros(&[3])).expect_err("indices of f32");
    assert_eq!(
        gather.to_string(),
        "`gather` takes a table of at least one axis and indices of i32 or i64, found (4, 2) of f32 and (3,) of f32"
    );
    let pick = zeros(&[2, 3]).try_pick(indices(&[0; 3], &[3])).expect_err("3 indices for 2 rows");
    assert_eq!(
        pick.to_string(),
        "`pick` takes one index of i32 or i64 for each row of the last axis, found (2, 3) of f32 and (3,) of i32"
    );
    panics! {
        zeros(&[]).gather(indices(&[0], &[1])) =>
            "`gather` takes a table of at least one axis and indices of i32 or i64, found () of f32 and (1,) of i32";
        zeros(&[2]).put(indices(&[0; 3], &[3]), 4) =>
            "`put` takes elements and one index of i32 or i64 for each, found (2,) of f32 and (3,) of i32";
    }
}

#[test]
fn moves_name_the_axis_and_the_index() {
    panics! {
        zeros(&[2, 3]).flip(2) => "`flip` found no axis 2 in shape (2, 3)";
        zeros(&[2, 3]).roll(2, 1) => "`roll` found no axis 2 in shape (2, 3)";
        zeros(&[2, 3]).repeat(3, 1) => "`repeat` found no axis 3 in shape (2, 3)";
        zeros(&[2, 3]).tile(2, 1) => "`tile` found no axis 2 in shape (2, 3)";
        zeros(&[2, 3]).pad_with(2, 1, 1, PadMode::Edge) => "`pad_with` found no axis 2 in shape (2, 3)";
        zeros(&[2, 3]).at(1, 3) => "`at` found the index 3 for axis 1 of shape (2, 3): expected -3 to 2";
        zeros(&[2, 3]).at(0, -3) => "`at` found the index -3 for axis 0 of shape (2, 3): expected -2 to 1";
        zeros(&[2, 0]).at(1, 0) => "`at` found no elements along axis 1 of shape (2, 0)";
        zeros(&[2, 3]).slice_step(1, 0, 3, 2) =>
            "`slice_step` can't take 3 elements from 0 on, 2 apart, of axis 1 of shape (2, 3)";
        zeros(&[2, 3]).slice_step(1, 3, 1, 1) =>
            "`slice_step` can't take 1 elements from 3 on, 1 apart, of axis 1 of shape (2, 3)";
        zeros(&[2, 3]).slice_step(1, 2, 4, -1) =>
            "`slice_step` can't take 4 elements from 2 on, -1 apart, of axis 1 of shape (2, 3)";
        zeros(&[2, 3]).pad_with(2, 1, 1, PadMode::Constant(1.0)) => "`pad_with` found no axis 2 in shape (2, 3)";
        zeros(&[2, 3]).pad_with(1, usize::MAX / 2, usize::MAX / 2, PadMode::Wrap) =>
            "`pad_with` would give an axis of 18446744073709551617 elements: more than a program can address";
        zeros(&[2, 3]).index_select(1, [0, 3]) =>
            "`index_select` found the index 3 for axis 1 of shape (2, 3)";
        zeros(&[2, 3]).move_axis(0, 2) => "`move_axis` found no axis 2 in shape (2, 3)";
        zeros(&[2, 3]).diagonal() => "`diagonal` takes square matrices, found (2, 3)";
        zeros(&[3]).diagonal() => "`diagonal` takes square matrices, found (3,)";
        zeros(&[]).diag_embed() => "`diag_embed` takes at least one axis, found ()";
        zeros(&[1; 8]).diag_embed() =>
            "`diag_embed` gives at most 8 axes, one more than (1, 1, 1, 1, 1, 1, 1, 1) has";
        zeros(&[3]).tril(0) => "`tril` takes matrices, found (3,)";
        zeros(&[2, 3]).masked_select(zeros(&[2, 3]).array()) =>
            "`masked_select` takes a mask of shape (2, 3), found (2, 3) of f32";
    }
    let error = zeros(&[2, 3]).take(1, indices(&[0, 3], &[2])).expect_err("out of range");
    assert_eq!(
        error.to_string(),
        "`take` was given index 3 at position 1, outside 0..3: check the labels or tokens"
    );
}
