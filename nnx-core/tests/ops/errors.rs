//! Errors of inputs that don't fit: expected, found, and where.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::array::{Array, DType, ShapeError};
use nnx_core::ops::{
    Backward, BagMode, Comparison, DynTensor, Keeps, Operation, QuantileMethod, SearchSide,
    Signature, SortOrder,
};

use crate::numbers::{indices, tensor};

/// Zeros of f32.
fn zeros(dims: &[usize]) -> DynTensor {
    tensor(vec![0.0f32; dims.iter().product()], dims)
}

/// The text that a call panics with.
fn panic_text(call: impl FnOnce() -> DynTensor) -> String {
    let payload = catch_unwind(AssertUnwindSafe(call)).expect_err("inputs that don't fit");
    payload.downcast_ref::<String>().expect("a formatted text").clone()
}

macro_rules! panics {
    ($($call:expr => $text:literal;)*) => { $(
        assert_eq!(panic_text(|| $call), $text);
    )* };
}

// Behind the macro, which they call.
mod movements;
mod products;

#[test]
fn elementwise_operations_name_themselves_and_both_shapes() {
    let wide = || zeros(&[2, 3]).cast(DType::F64);
    let mask = || zeros(&[2]).cast(DType::Bool);
    panics! {
        zeros(&[2, 3]) + zeros(&[4]) =>
            "`add` takes shapes that, aligned at the last axis, are the same or 1, found (2, 3) of f32 and (4,) of f32";
        &zeros(&[2, 3]) - &zeros(&[3, 2]) =>
            "`subtract` takes shapes that, aligned at the last axis, are the same or 1, found (2, 3) of f32 and (3, 2) of f32";
        zeros(&[0]) * zeros(&[2]) =>
            "`multiply` takes shapes that, aligned at the last axis, are the same or 1, found (0,) of f32 and (2,) of f32";
        zeros(&[2, 3]) / wide() =>
            "`divide` takes two inputs of numbers of the same shape and type, found (2, 3) of f32 and (2, 3) of f64";
        zeros(&[2]).maximum(zeros(&[3])) =>
            "`maximum` takes shapes that, aligned at the last axis, are the same or 1, found (2,) of f32 and (3,) of f32";
        wide().pow(zeros(&[3])) =>
            "`pow` takes two inputs of numbers of the same shape and type, found (2, 3) of f64 and (2, 3) of f32";
        indices(&[1, 2], &[2]).exp() => "`exp` takes f32 or f64, found i32";
        -mask() => "`neg` takes numbers, found bool";
        indices(&[1], &[1]) + indices(&[1], &[1]).cast(DType::I64) =>
            "`add` takes two inputs of numbers of the same shape and type, found (1,) of i32 and (1,) of i64";
        mask() * mask() =>
            "`multiply` takes two inputs of numbers of the same shape and type, found (2,) of bool and (2,) of bool";
        indices(&[1], &[1]).atan2(indices(&[1], &[1])) =>
            "`atan2` takes two inputs of the same shape and floating-point type, found (1,) of i32 and (1,) of i32";
        zeros(&[2]) & zeros(&[2]) =>
            "`bitand` takes two inputs of integers or booleans of the same shape and type, found (2,) of f32 and (2,) of f32";
        indices(&[1], &[1]) | mask() =>
            "`bitor` takes two inputs of integers or booleans of the same shape and type, found (2,) of i32 and (2,) of bool";
        mask() << mask() =>
            "`shift_left` takes two inputs of integers of the same shape and type, found (2,) of bool and (2,) of bool";
        zeros(&[1]) >> zeros(&[1]) =>
            "`shift_right` takes two inputs of integers of the same shape and type, found (1,) of f32 and (1,) of f32";
        zeros(&[1]).floor_divide(zeros(&[1])) =>
            "`floor_divide` takes two inputs of integers of the same shape and type, found (1,) of f32 and (1,) of f32";
        mask() ^ zeros(&[3]).cast(DType::Bool) =>
            "`bitxor` takes shapes that, aligned at the last axis, are the same or 1, found (2,) of bool and (3,) of bool";
        !zeros(&[1]) => "`not` takes integers or booleans, found f32";
        zeros(&[2]).compare(Comparison::Less, zeros(&[3])) =>
            "`compare` takes two inputs of the same shape and floating-point type, found (2,) of f32 and (3,) of f32";
        zeros(&[2]).select(zeros(&[2]), zeros(&[2])) =>
            "`select` takes a mask of bool of shape (2,), found (2,) of f32";
        zeros(&[3]).cast(DType::Bool).select(zeros(&[2]), zeros(&[2])) =>
            "`select` takes a mask of bool of shape (2,), found (3,) of bool";
        zeros(&[2]).cast(DType::Bool).select(zeros(&[2]), zeros(&[1])) =>
            "`select` takes two inputs of the same shape and floating-point type, found (2,) of f32 and (1,) of f32";
    }
}

#[test]
fn reductions_name_the_axes_and_the_shape() {
    panics! {
        zeros(&[2, 3]).sum(&[2]) => "`sum` takes axes of shape (2, 3) in ascending order, found [2]";
        zeros(&[2, 3]).sum(&[1, 0]) => "`sum` takes axes of shape (2, 3) in ascending order, found [1, 0]";
        zeros(&[2, 3]).mean(&[5]) => "`mean` takes axes of shape (2, 3) in ascending order, found [5]";
        zeros(&[2, 3]).max(&[1, 1]) => "`max` takes axes of shape (2, 3) in ascending order, found [1, 1]";
        zeros(&[2, 0]).max(&[1]) => "`max` has no value over an empty axis: shape (2, 0)";
        zeros(&[2, 0]).min(&[0, 1]) => "`min` has no value over an empty axis: shape (2, 0)";
        zeros(&[2, 3]).min(&[1, 0]) => "`min` takes axes of shape (2, 3) in ascending order, found [1, 0]";
        zeros(&[2, 0]).argmin(1) => "`argmin` has no value over an empty axis: shape (2, 0)";
        zeros(&[2, 3]).prod(&[2]) => "`prod` takes axes of shape (2, 3) in ascending order, found [2]";
        zeros(&[2, 3]).any(&[2]) => "`any` takes axes of shape (2, 3) in ascending order, found [2]";
        zeros(&[2, 3]).all(&[1, 0]) => "`all` takes axes of shape (2, 3) in ascending order, found [1, 0]";
        zeros(&[2, 3]).count_nonzero(&[0, 0]) =>
            "`count_nonzero` takes axes of shape (2, 3) in ascending order, found [0, 0]";
        zeros(&[1]).broadcast_to(&[1 << 31]).count_nonzero(&[0]) =>
            "`count_nonzero` counts in i32, which isn't enough for 2147483648 elements";
        zeros(&[1]).broadcast_to(&[(1 << 31) + 1]).argmin(0) =>
            "`argmin` gives positions as i32, which don't count an axis of 2147483649 elements";
        zeros(&[2]).norm_p(0.0, &[0]) => "norm_p: expected p above 0, and infinity for the largest size, found 0";
        zeros(&[2]).norm_p(f64::NAN, &[0]) =>
            "norm_p: expected p above 0, and infinity for the largest size, found NaN";
        zeros(&[2, 0]).argmax(1) => "`argmax` has no value over an empty axis: shape (2, 0)";
        zeros(&[]).argmax(0) => "`argmax` takes axes of shape () in ascending order, found [0]";
        zeros(&[2, 3]).norm(&[2]) => "`norm` takes axes of shape (2, 3) in ascending order, found [2]";
        zeros(&[2, 3]).std(&[1, 0], 0) => "`std` takes axes of shape (2, 3) in ascending order, found [1, 0]";
        zeros(&[2, 3]).var(&[2], 1) => "`var` takes axes of shape (2, 3) in ascending order, found [2]";
        zeros(&[2]).safe_norm(&[0], -1.0) => "safe_norm: expected a least norm of 0 or more, and finite, found -1";
        zeros(&[2]).safe_norm(&[0], f64::NAN) => "safe_norm: expected a least norm of 0 or more, and finite, found NaN";
        zeros(&[1]).cast(DType::Bool).sum(&[0]) => "`sum` takes numbers, found bool";
        zeros(&[]).softmax() => "`softmax` takes at least one axis, found none";
        zeros(&[]).log_softmax() => "`log_softmax` takes at least one axis, found none";
        zeros(&[]).logsumexp() => "`logsumexp` takes at least one axis, found none";
    }
}

#[test]
fn orders_and_counts_name_the_axis_the_size_and_the_element() {
    let mask = || zeros(&[3]).cast(DType::Bool);
    panics! {
        zeros(&[2, 3]).softmax_axis(2) => "`softmax` takes axes of shape (2, 3) in ascending order, found [2]";
        zeros(&[2, 3]).logsumexp_axes(&[1, 0]) =>
            "`logsumexp` takes axes of shape (2, 3) in ascending order, found [1, 0]";
        zeros(&[2, 3]).cumsum(2) => "`cumsum` takes axes of shape (2, 3) in ascending order, found [2]";
        zeros(&[]).cumprod(0) => "`cumprod` takes axes of shape () in ascending order, found [0]";
        zeros(&[1]).cast(DType::Bool).cumsum(0) => "`cumsum` takes numbers, found bool";
        indices(&[1], &[1]).cumlogsumexp(0) => "`cumlogsumexp` takes f32 or f64, found i32";
        zeros(&[2]).cumlogsumexp(1) => "`cumlogsumexp` takes axes of shape (2,) in ascending order, found [1]";
        zeros(&[2]).cummax(1) => "`cummax` takes axes of shape (2,) in ascending order, found [1]";
        zeros(&[2]).cummin(1) => "`cummin` takes axes of shape (2,) in ascending order, found [1]";
        zeros(&[2]).sort(1, SortOrder::Ascending) => "`sort` takes axes of shape (2,) in ascending order, found [1]";
        zeros(&[]).argsort(0, SortOrder::Ascending) =>
            "`argsort` takes axes of shape () in ascending order, found [0]";
        zeros(&[1]).broadcast_to(&[(1 << 31) + 1]).argsort(0, SortOrder::Ascending) =>
            "`argsort` gives positions as i32, which don't count an axis of 2147483649 elements";
        zeros(&[2, 3]).top_k(4, 1).0 => "`top_k` can't take the 4 largest of 3 elements";
        zeros(&[2, 0]).median(&[1]) => "`median` has no value over an empty axis: shape (2, 0)";
        zeros(&[2]).quantile(1.5, &[0], QuantileMethod::Linear) =>
            "quantile: expected a quantile from 0 to 1, found 1.5";
        zeros(&[2]).quantile(f64::NAN, &[0], QuantileMethod::Linear) =>
            "quantile: expected a quantile from 0 to 1, found NaN";
        zeros(&[2]).sum_where(mask(), &[0]) => "`sum_where` takes a mask of bool of shape (2,), found (3,) of bool";
        indices(&[1, 2], &[2]).mean_where(zeros(&[2]), &[0]) => "`mean_where` takes f32 or f64, found i32";
        zeros(&[2]).mean_where(zeros(&[2]), &[0]) =>
            "`mean_where` takes a mask of bool of shape (2,), found (2,) of f32";
        zeros(&[2, 2]).searchsorted(zeros(&[1]), SearchSide::Left) =>
            "`searchsorted` takes a sorted vector and elements of the same type, or sorted rows (.., N) and elements (.., M) with the same leading axes, found (2, 2) of f32 and (1,) of f32";
        tensor(vec![1.0f32, 3.0, 2.5], &[3]).searchsorted(zeros(&[1]), SearchSide::Left) =>
            "`searchsorted` takes elements in ascending order, found 2.5 behind 3.0 at index 2";
        tensor(vec![1.0f32, 3.0, 2.5, 1.5], &[2, 2]).searchsorted(zeros(&[2, 1]), SearchSide::Left) =>
            "`searchsorted` takes elements in ascending order, found 1.5 behind 2.5 at index 1 of row 1";
        zeros(&[2]).bincount(3) => "`bincount` takes indices of i32 or i64, found f32";
        zeros(&[2]).histogram(0, 0.0, 1.0) => "histogram: expected at least one bin, found 0";
        zeros(&[2]).histogram(2, 1.0, 1.0) =>
            "histogram: expected bins from a finite edge to a larger one, found 1 to 1";
        zeros(&[2]).histogram(2, 0.0, f64::INFINITY) =>
            "histogram: expected bins from a finite edge to a larger one, found 0 to inf";
        indices(&[1], &[1]).histogram(2, 0.0, 1.0) => "`histogram` takes f32 or f64, found i32";
    }
    let text = panic_text(|| indices(&[0, 3, -1], &[3]).bincount(3));
    assert!(
        text.contains("bincount") && text.contains('3') && text.contains("position 1"),
        "{text}"
    );
}

/// An operation of a user, that refuses by shape or by value.
#[derive(Debug)]
struct Picky;

impl Operation for Picky {
    fn name(&self) -> &'static str {
        "picky"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [x] if x.dims.len() == 1 => Ok(*x),
            _ => Err(ShapeError::operands(
                "picky",
                format!("takes one vector, found {}", inputs.len()),
            )),
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        match inputs[0].to_vec::<f32>()?.contains(&0.0) {
            true => Err(ShapeError::operands("picky", "takes numbers other than 0")),
            false => Ok(()),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].clone()
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.gradient.clone())
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

#[test]
fn an_operation_of_ones_own_is_asked_for_shapes_and_then_for_values() {
    let text = |result: Result<DynTensor, ShapeError>| result.expect_err("refused").to_string();
    assert_eq!(
        text(DynTensor::try_apply(Picky, [zeros(&[1]), zeros(&[1])])),
        "`picky` takes one vector, found 2"
    );
    assert_eq!(text(DynTensor::try_apply_all(Picky, vec![])), "`picky` takes one vector, found 0");
    assert_eq!(
        text(DynTensor::try_apply(Picky, [zeros(&[3])])),
        "`picky` takes numbers other than 0"
    );
    assert_eq!(
        text(DynTensor::try_apply(Picky, [tensor(vec![1.0f64], &[1])])),
        "expected elements of type f32, found f64: convert with `cast`"
    );
    panics! { DynTensor::apply(Picky, [zeros(&[3])]) => "`picky` takes numbers other than 0"; }
    assert!(DynTensor::try_apply(Picky, [zeros(&[2]).add_scalar(1.0)]).is_ok());
}

#[test]
fn bags_are_ranges_of_indices_of_rows() {
    let bag = |at: &[i32], starts: &[i32], ends: &[i32]| {
        let bounds = [starts, ends].map(|at| indices(at, &[at.len()]));
        let result =
            zeros(&[4, 2]).try_embedding_bag(indices(at, &[at.len()]), bounds, BagMode::Mean);
        result.map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    };
    assert_eq!(bag(&[9, 0, 3, -1, 2, 9], &[1, 4], &[3, 5]), "fine");
    let index = "`embedding_bag` was given index";
    let check = "outside 0..4: check the labels or tokens";
    assert_eq!(bag(&[0, 0, 4], &[0, 1], &[1, 3]), format!("{index} 4 at position 2, {check}"));
    assert_eq!(bag(&[9, 0, 9, 7], &[1, 3], &[2, 4]), format!("{index} 7 at position 3, {check}"));
    for (starts, ends, found) in
        [([0, 2], [1, 4], "2 to 4"), ([0, 2], [1, 1], "2 to 1"), ([0, -1], [1, 1], "-1 to 1")]
    {
        assert_eq!(
            bag(&[0, 1, 2], &starts, &ends),
            format!(
                "`embedding_bag` takes bags that are ranges of its 3 indices, found bag 1 from {found}"
            )
        );
    }
    let bounds = [indices(&[0], &[1]), indices(&[1, 1], &[2])];
    panics! {
        zeros(&[4, 2]).embedding_bag(indices(&[0], &[1]), bounds, BagMode::Sum) =>
            "`embedding_bag` takes floating-point rows, indices, and the start and the end of each bag among them, of i32 or \
             i64; found (4, 2) of f32, (1,) of i32, (1,) of i32, (2,) of i32";
    }
}
