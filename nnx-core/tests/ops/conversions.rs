//! Tensors from nested vectors, as slices, and compared with one another.

use nnx_core::Tensor;
use nnx_core::size::{Batch, Time};
use nnx_core::tensor::Tensor;

#[test]
fn nested_vectors_become_tensors_and_come_back() {
    let rows = vec![vec![1, 2, 3], vec![4, 5, 6]];
    let x: Tensor![Batch, 3; i32] = Tensor::try_from(rows.clone()).expect("two rows of three");
    assert_eq!((x.to_vec(), Vec::<Vec<i32>>::from(x)), (vec![1, 2, 3, 4, 5, 6], rows));

    let deep = vec![vec![vec![1.0f32], vec![2.0]], vec![vec![3.0], vec![4.0]]];
    let x: Tensor![2, Time, 1] = Tensor::try_from(deep.clone()).expect("sizes 2, 2, 1");
    assert_eq!(Vec::<Vec<Vec<f32>>>::from(x), deep);

    let x: Tensor![Batch] = Tensor::try_from(vec![0.5f32; 4]).expect("four elements");
    assert_eq!(Vec::<f32>::from(x), [0.5; 4]);
    let none: Tensor![Batch, Time, 2] =
        Tensor::try_from(Vec::<Vec<Vec<f32>>>::new()).expect("nothing");
    assert_eq!(*none.dims(), [0, 0, 2]);
    assert_eq!(Vec::<Vec<Vec<f32>>>::from(none).len(), 0);
}

#[test]
fn vectors_that_do_not_fit_are_refused_with_the_axis_and_both_sizes() {
    let ragged = vec![vec![1.0f32, 2.0], vec![3.0]];
    let error = <Tensor![Batch, Time]>::try_from(ragged).expect_err("ragged");
    let message = "`Tensor::try_from` can't make axis 1 of vectors of different lengths: the first has 2, another one 1";
    assert_eq!(error.to_string(), message);

    let error = <Tensor![Batch, 3]>::try_from(vec![vec![1.0f32, 2.0]]).expect_err("2 columns");
    assert!(error.to_string().contains("axis 1: expected 3, found 2"), "{error}");

    let error = <Tensor![Batch, 1]>::try_from(vec![1.0f32]).expect_err("one level");
    let message = "`Tensor::try_from` makes a tensor of shape (Batch, 1) of vectors nested 2 deep, one level for each axis, \
                   but these are nested 1 deep: pass a `Vec<Vec<f32>>`";
    assert_eq!(error.to_string(), message);
    let deep = vec![vec![vec![vec![vec![vec![vec![vec![vec![1.0f32]]]]]]]]];
    let error = <Tensor![Batch]>::try_from(deep).expect_err("nine levels");
    assert!(
        error.to_string().ends_with("but these are nested 9 deep: pass a `Vec<f32>`"),
        "{error}"
    );
}

#[test]
fn a_slice_is_there_where_elements_are_in_order() {
    let x: Tensor![Batch, 2] = Tensor::batch([[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    assert_eq!(x.as_slice(), Some(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0][..]));
    assert_eq!(x.clone().rows(1..2).as_slice(), Some(&[3.0, 4.0][..]));
    assert_eq!(x.clone().transpose().as_slice(), None);
    assert_eq!(<Tensor![3]>::full(1.0).as_slice(), None);
}

#[test]
fn tensors_are_equal_if_sizes_and_elements_are() {
    let x = Tensor::from([1.0f32, f32::NAN]);
    assert!(x != x.clone(), "NaN isn't equal to itself");
    assert_eq!(Tensor::from([0.0f32]), Tensor::from([-0.0f32]));
    let view: Tensor![2, 2] = Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]).transpose();
    assert_eq!(view, Tensor::from([[1.0, 3.0], [2.0, 4.0]]));
    let rows = |count: usize| -> Tensor![Batch] {
        Tensor::try_from(vec![0.0f32; count]).expect("one axis")
    };
    assert_ne!(rows(2), rows(3));
}

/// `np.isclose(x, y, rtol=0.1, atol=0.01)`.
#[test]
fn closeness_is_that_of_numpy_at_infinities_nan_and_the_bounds() {
    let infinity = f32::INFINITY;
    let x = Tensor::from([1.0f32, 1.2, 0.005, infinity, infinity, 1.0, f32::NAN, -1.0]);
    let y = Tensor::from([1.1f32, 1.0, 0.0, infinity, -infinity, infinity, f32::NAN, 1.0]);
    let expected = [true, false, true, true, false, false, false, false];
    assert_eq!(x.is_close(&y, 0.1, 0.01).to_vec(), expected);
    assert!(!x.all_close(&y, 0.1, 0.01));
    assert!(Tensor::<_, f32>::from([1.0f32]).all_close(&Tensor::from([1.0f32]), 0.0, 0.0));
}

#[test]
#[should_panic(expected = "`is_close` found shapes (2,) and (3,)")]
fn closeness_of_different_sizes_is_refused() {
    let rows = |count: usize| -> Tensor![Batch] {
        Tensor::try_from(vec![0.0f32; count]).expect("one axis")
    };
    let _ = rows(2).is_close(&rows(3), 0.0, 0.0);
}

#[test]
fn a_bound_that_is_nan_clamps_to_nan() {
    let x = || Tensor::from([0.0f32, 5.0]);
    for (low, high) in [(f64::NAN, 1.0), (0.0, f64::NAN)] {
        assert!(x().clamp(low, high).to_vec().iter().all(|x| x.is_nan()), "{low} to {high}");
    }
    assert_eq!(x().clamp(1.0, -1.0).to_vec(), [-1.0, -1.0]);
}
