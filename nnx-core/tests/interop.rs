//! Tensors as values of other libraries: round trips give the same tensor, and errors name the axis and the sizes that
//! don't fit.
#![cfg(all(feature = "approx", feature = "nalgebra", feature = "ndarray", feature = "serde"))]

use nnx_core::Tensor;
use nnx_core::size::{Batch, Time};
use nnx_core::tensor::Tensor;

fn matrix() -> Tensor![2, 3] {
    Tensor::from([[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]])
}

#[test]
fn json_is_lists_of_lists_in_both_directions() {
    let text = serde_json::to_string(&matrix()).expect("JSON");
    assert_eq!(text, "[[1.0,2.0,3.0],[4.0,5.0,6.0]]");
    let back: Tensor![Batch, 3] = serde_json::from_str(&text).expect("a tensor");
    assert_eq!(back.to_vec(), matrix().to_vec());

    let scalar: Tensor![] = serde_json::from_str("2.5").expect("a number");
    assert_eq!(scalar.item(), 2.5);
    let transposed = serde_json::to_string(&matrix().transpose()).expect("JSON");
    assert_eq!(transposed, "[[1.0,4.0],[2.0,5.0],[3.0,6.0]]");
    let empty: Tensor![Batch, Time, 2; i32] = serde_json::from_str("[]").expect("no rows");
    assert_eq!(*empty.dims(), [0, 0, 2]);
    assert_eq!(serde_json::to_string(&empty).expect("JSON"), "[]");
    let masks: Tensor![2; bool] = serde_json::from_str("[true, false]").expect("booleans");
    assert_eq!(masks.to_vec(), [true, false]);
}

#[test]
fn json_that_does_not_fit_is_refused_with_the_axis_and_both_sizes() {
    fn refused(text: &str, message: &str) {
        let error = serde_json::from_str::<Tensor![Batch, 3]>(text).expect_err("it doesn't fit");
        assert!(error.to_string().starts_with(message), "{error}");
    }
    refused("[[1, 2, 3], [4, 5]]", "axis 1 of the tensor: expected 3 items, found 2");
    refused("[[1, 2, 3, 4]]", "axis 1 of the tensor: expected 3 items, found more");
    refused(
        "[1, 2, 3]",
        "invalid type: integer `1`, expected a list of 3 items, axis 1 of the tensor",
    );
    refused("7", "invalid type: integer `7`, expected a list, axis 0 of the tensor");
    refused("[[1, 2, null]]", "invalid type: null, expected f32");
    // The first row tells the size of the axis.
    let error = serde_json::from_str::<Tensor![Batch, Time]>("[[1, 2], [3]]").expect_err("ragged");
    let message = "axis 1 of the tensor: expected 2 items, found 1";
    assert!(error.to_string().starts_with(message), "{error}");
}

#[test]
fn ndarray_arrays_of_any_layout_become_tensors() {
    let array = ndarray::array![[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
    assert_eq!(<Tensor![2, 3]>::try_from(array.clone()).expect("fits"), matrix());
    let columns = array.clone().reversed_axes();
    assert_eq!(<Tensor![3, 2]>::try_from(columns).expect("fits"), matrix().transpose());
    let tail = array.clone().slice_move(ndarray::s![1.., ..]);
    assert_eq!(<Tensor![1, 3]>::try_from(tail).expect("fits").to_vec(), [4.0, 5.0, 6.0]);
    let corner = array.clone().slice_move(ndarray::s![.., 1..]);
    assert_eq!(<Tensor![2, 2]>::try_from(corner).expect("fits").to_vec(), [2.0, 3.0, 5.0, 6.0]);
    let backward = array.clone().slice_move(ndarray::s![..;-1, ..]);
    assert_eq!(
        <Tensor![Batch, 3]>::try_from(backward).expect("fits"),
        matrix().flip::<0>().into_dyn().try_into().expect("the same sizes")
    );

    let error = <Tensor![Batch, 2]>::try_from(array.clone()).expect_err("3 columns");
    assert!(error.to_string().contains("axis 1: expected 2, found 3"), "{error}");
    let error = <Tensor![Batch]>::try_from(array).expect_err("2 axes");
    let message = "`Tensor::try_from` can't make a tensor of shape (Batch,) of an array of 2 axes";
    assert_eq!(error.to_string(), message);
}

#[test]
fn views_of_ndarray_share_the_elements_of_views_of_tensors() {
    let x = matrix();
    let view = x.as_ndarray();
    assert_eq!(view.as_ptr(), x.as_slice().expect("contiguous").as_ptr());
    let transposed = x.clone().transpose();
    assert_eq!(transposed.as_ndarray()[[2, 1]], 6.0);
    assert_eq!(ndarray::ArrayD::from(&transposed).shape(), [3, 2]);
    let broadcast: Tensor![4, 3] = Tensor::from([7.0f32, 8.0, 9.0]).broadcast_to();
    assert_eq!(broadcast.as_ndarray().sum(), 96.0);
    assert_eq!(<Tensor![]>::from(3.0).as_ndarray().sum(), 3.0);
    assert_eq!(<Tensor![0, 3]>::zeros().transpose().as_ndarray().shape(), [3, 0]);
}

#[test]
fn nalgebra_matrices_are_transposed_in_memory_and_not_in_meaning() {
    let m = nalgebra::matrix![1.0f32, 2.0, 3.0; 4.0, 5.0, 6.0];
    let x: Tensor![2, 3] = m.into();
    assert_eq!(x, matrix());
    assert_eq!(nalgebra::Matrix2x3::from(x.clone()), m);
    let dynamic = nalgebra::DMatrix::from(x);
    assert_eq!(dynamic[(0, 2)], 3.0);
    assert_eq!(<Tensor![2, 3]>::try_from(dynamic.clone()).expect("fits"), matrix());
    let error = <Tensor![Batch, 2]>::try_from(dynamic).expect_err("3 columns");
    assert!(error.to_string().contains("axis 1: expected 2, found 3"), "{error}");
    let v = nalgebra::dvector![1.0f32, 2.0];
    let x: Tensor![Batch] = Tensor::try_from(v.clone()).expect("one axis");
    assert_eq!(nalgebra::DVector::from(x), v);
}

#[test]
fn approx_compares_all_elements_and_the_sizes() {
    let (x, y) = (matrix(), matrix() + 1e-6);
    approx::assert_relative_eq!(x, y, max_relative = 1e-5);
    approx::assert_abs_diff_eq!(x, y, epsilon = 1e-5);
    approx::assert_ulps_eq!(x, x.clone());
    approx::assert_abs_diff_ne!(x, matrix() + 0.5, epsilon = 0.1);
    let rows = |count: usize| -> Tensor![Batch, 1] {
        Tensor::from_shape_vec(&[count, 1], vec![0.0; count]).expect("as many elements")
    };
    approx::assert_abs_diff_ne!(rows(2), rows(3));
}

#[test]
fn weights_of_bf16_are_copied_to_ndarray_and_have_no_view() {
    use nnx_core::module::{Init, to_bf16};
    use nnx_core::{
        nn::Linear,
        random::Rngs,
        size::{U2, U3},
    };
    let mut model = Linear::<U2, U3>::init(&mut Rngs::new(0));
    to_bf16(&mut model).expect("rounded");
    let kernel = model.kernel.value();
    let array = ndarray::ArrayD::from(kernel);
    assert_eq!((array.shape(), array.iter().copied().collect()), (&[2, 3][..], kernel.to_vec()));
    let view = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| kernel.as_ndarray().len()));
    let text = view.expect_err("bf16");
    assert_eq!(
        text.downcast_ref::<String>().map(String::as_str),
        Some(
            "`as_ndarray` shows elements of f32 without a copy, and these are stored as bf16: copy them by \
             `ArrayD::from(&tensor)`, or widen the model by `to_f32` before"
        )
    );
}
