//! The right operand of an elementwise function: a tensor that broadcasts, or a number.

use nnx_core::Tensor;
use nnx_core::ops::SearchSide;
use nnx_core::size::{Batch, Time};
use nnx_core::tensor::{RightOperand, Tensor, gradient};

/// Code that is generic over the operand.
fn rectified<O: RightOperand<(Batch, Time), f64>>(
    x: Tensor![Batch, Time; f64],
    floor: O,
) -> Vec<f64> {
    x.maximum(floor).to_vec()
}

#[test]
fn a_number_is_an_operand_of_any_type_and_shape() {
    let x: Tensor![Batch, Time; f64] = Tensor::from_shape_vec(&[2, 1], vec![-1.5, 3.0]).expect("2");
    assert_eq!(rectified(x.clone(), 0.0), [0.0, 3.0]);
    assert_eq!(rectified(x.clone(), x.clone()), [-1.5, 3.0]);
    assert!(rectified(x.clone(), f64::NAN).iter().all(|x| x.is_nan()));
    let empty: Tensor![Batch, Time; f64] = Tensor::zeros_of(&[0, 4]);
    assert_eq!(rectified(empty, 1.0), [0.0; 0]);

    assert_eq!(Tensor::from(7.0f32).minimum(2.5).item(), 2.5);
    let ids = Tensor::from([7, -7, 2]);
    assert_eq!(ids.clone().maximum(0).to_vec(), [7, 0, 2]);
    assert_eq!(ids.clone().pow(2).to_vec(), [49, 49, 4]);
    assert_eq!(ids.clone().remainder(4).to_vec(), [3, 1, 2]);
    assert_eq!(ids.clone().fmod(4).to_vec(), [3, -3, 2]);
    assert_eq!(ids.floor_divide(4).to_vec(), [1, -2, 0]);
    let long = Tensor::from([i64::MAX, 1]);
    assert_eq!(long.minimum(i64::MAX - 1).to_vec(), [i64::MAX - 1, 1]);

    let y = Tensor::from([3.0f32, -4.0]);
    assert_eq!(y.clone().hypot(4.0).to_vec()[0], 5.0);
    assert_eq!(y.clone().copysign(-0.0).to_vec(), [-3.0, -4.0]);
    assert_eq!(y.clone().atan2(0.0).to_vec()[0], std::f32::consts::FRAC_PI_2);
    assert_eq!(y.clone().nextafter(9.0).to_vec(), [3.0f32.next_up(), (-4.0f32).next_up()]);
    assert_eq!(y.clone().lerp(1.0, y).to_vec(), [-3.0, -24.0]);
}

#[test]
fn a_number_ties_as_a_tensor_does_and_has_no_gradient() {
    let x: Tensor![3] = Tensor::from([1.0, 0.0, -1.0]);
    let slope = gradient(|x: Tensor![3]| x.maximum(0.0).sum(), x.clone());
    assert_eq!(slope.to_vec(), [1.0, 0.5, 0.0]);
    let twice = |x: Tensor![3]| gradient(|x: Tensor![3]| x.pow(3.0).sum(), x).sum();
    assert_eq!(gradient(twice, x).to_vec(), [6.0, 0.0, -6.0]);
}

#[test]
fn rows_of_values_are_searched_in_rows_of_their_own() {
    let edges: Tensor![Batch, 2; i32] = Tensor::from_vec(vec![1, 3, 10, 30]).expect("2 rows");
    let values: Tensor![Batch, 3; i32] =
        Tensor::from_vec(vec![0, 3, 9, 3, 10, 31]).expect("2 rows");
    let left = edges.clone().searchsorted_rows(values.clone(), SearchSide::Left);
    assert_eq!(left.to_vec(), [0, 1, 2, 0, 0, 2]);
    assert_eq!(edges.searchsorted_rows(values, SearchSide::Right).to_vec(), [0, 2, 2, 0, 1, 2]);
}

#[test]
#[should_panic(
    expected = "`searchsorted_rows`: the axis `Batch` is 2 on one side and 1 on the other"
)]
fn rows_of_another_batch_are_refused() {
    let edges: Tensor![Batch, 2; i32] = Tensor::from_vec(vec![1, 3, 10, 30]).expect("2 rows");
    let values: Tensor![Batch, 3; i32] = Tensor::from_vec(vec![0, 3, 9]).expect("a row");
    let _ = edges.searchsorted_rows(values, SearchSide::Left);
}
