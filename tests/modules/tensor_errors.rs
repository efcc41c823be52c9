//! Errors of typed tensors at run time, with their messages.

use nnx::array::Array;
use nnx::prelude::*;

use crate::panic_of;

axis!(Tokens, Heads);

fn rows(count: usize) -> Tensor![Batch, 3] {
    Tensor::from_vec(vec![1.0; count * 3]).expect("whole rows")
}

fn array(dims: &[usize]) -> Array {
    Array::new(vec![0.0f32; dims.iter().product()], dims).expect("as many zeros")
}

fn text<T>(result: Result<T, impl std::fmt::Display>) -> String {
    match result {
        Ok(_) => panic!("no error"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn too_few_or_too_many_elements_are_refused() {
    assert_eq!(
        text(<Tensor![2, 3]>::from_vec(vec![0.0; 5])),
        "expected 6 elements for shape (2, 3), found 5"
    );
    assert_eq!(
        text(<Tensor![Batch, 2, 2]>::from_vec(vec![0.0; 13])),
        "expected a multiple of 4 elements for shape (Batch, 2, 2), found 13"
    );
    assert_eq!(
        text(<Tensor<()>>::from_vec(vec![0.0; 2])),
        "expected 1 elements for shape (), found 2"
    );
}

#[test]
fn two_runtime_axes_are_refused_since_elements_do_not_tell_them() {
    assert_eq!(
        text(<Tensor![Batch, Time, 3]>::from_vec(vec![0.0; 12])),
        "`from_vec` can't tell the runtime axes of (Batch, Time, 3) from 12 elements: use \
         `Tensor::from_shape_vec` with its sizes"
    );
    let whole = <Tensor![Batch, Time, 3]>::from_shape_vec(&[2, 2, 3], vec![0.0; 12]);
    assert_eq!(*whole.expect("sizes are known").dims(), [2, 2, 3]);
}

#[test]
fn a_runtime_axis_over_nothing_has_no_length() {
    let text = text(<Tensor![Batch, 0]>::from_vec(Vec::new()));
    assert!(text.starts_with("`from_vec` can't tell the runtime axes of (Batch, 0)"), "{text}");
    assert!(<Tensor![Batch, 0]>::try_from(array(&[5, 0])).is_ok());
}

#[test]
fn an_array_of_another_shape_is_refused_with_both() {
    let shape = |dims: &[usize]| text(<Tensor![Batch, 28, 28, 1]>::try_from(array(dims)));
    let expected = "expected a tensor of shape (Batch, 28, 28, 1), found an array of shape ";
    assert_eq!(shape(&[2, 28, 28]), format!("{expected}(2, 28, 28): expected 4 axes, found 3"));
    assert_eq!(
        shape(&[2, 28, 28, 3]),
        format!("{expected}(2, 28, 28, 3): axis 3: expected 1, found 3")
    );
    assert_eq!(shape(&[9]), format!("{expected}(9,): expected 4 axes, found 1"));
}

#[test]
fn an_array_of_other_elements_is_refused_with_both() {
    assert_eq!(
        text(<Tensor![2; i32]>::try_from(array(&[2]))),
        "expected elements of type i32, found f32: convert with `cast`"
    );
}

#[test]
fn one_axis_has_one_size_within_a_shape() {
    assert!(<Tensor![Tokens, Tokens]>::try_from(array(&[3, 3])).is_ok());
    assert!(<Tensor![Tokens, Heads]>::try_from(array(&[3, 2])).is_ok());
    assert_eq!(
        text(<Tensor![Tokens, Tokens]>::try_from(array(&[3, 2]))),
        "expected a tensor of shape (Tokens, Tokens), found an array of shape (3, 2): \
         axis 1, `Tokens`: expected 3, as axis 0 of this name is, found 2"
    );
}

#[test]
fn operators_name_the_axis_that_differs() {
    let expected = |operation: &str| {
        format!(
            "`{operation}`: the axis `Batch` is 4 on one side and 3 on the other; both tensors must \
             come from the same batch"
        )
    };
    assert_eq!(panic_of(|| rows(4) + rows(3)), expected("+"));
    assert_eq!(panic_of(|| rows(4) - &rows(3)), expected("-"));
    assert_eq!(panic_of(|| &rows(4) * rows(3)), expected("*"));
    assert_eq!(panic_of(|| &rows(4) / &rows(3)), expected("/"));
    assert_eq!(
        panic_of(|| {
            let mut x = rows(4);
            x += rows(3);
            x
        }),
        expected("+=")
    );
    assert_eq!(
        panic_of(|| {
            let mut x = rows(4);
            x /= &rows(3);
            x
        }),
        expected("/=")
    );
    assert_eq!(panic_of(|| rows(4).lerp(rows(3), Tensor::from(0.5))), expected("lerp"));
    assert_eq!(panic_of(|| rows(4).hypot(rows(3))), expected("hypot"));
    assert_eq!(panic_of(|| rows(4).maximum(rows(3))), expected("maximum"));
    assert_eq!(panic_of(|| rows(4).pow(rows(3))), expected("pow"));
    assert_eq!(panic_of(|| rows(4).less(&rows(3))), expected("less"));
}

#[test]
fn a_batch_of_one_is_not_stretched() {
    let text = panic_of(|| rows(4) + rows(1));
    assert!(text.contains("the axis `Batch` is 4 on one side and 1 on the other"), "{text}");
}

#[test]
fn an_axis_is_named_at_any_index() {
    let tokens = |count: usize| -> Tensor![2, Tokens, 3] {
        Tensor::from_vec(vec![0.0; 2 * count * 3]).expect("whole tokens")
    };
    let text = panic_of(|| tokens(5) + tokens(6));
    assert!(text.starts_with("`+`: the axis `Tokens` is 5 on one side and 6"), "{text}");
    let behind: Tensor![Tokens, 3] = Tensor::from_vec(vec![0.0; 18]).expect("six tokens");
    let text = panic_of(|| tokens(5) * behind);
    assert!(text.starts_with("`*`: the axis `Tokens` is 5 on one side and 6"), "{text}");
}

#[test]
fn movements_of_different_batches_are_refused_by_the_axis() {
    let expected = |operation: &str| {
        format!(
            "`{operation}`: the axis `Batch` is 4 on one side and 3 on the other; both tensors must \
             come from the same batch"
        )
    };
    assert_eq!(panic_of(|| rows(4).concat::<1, _>(rows(3))), expected("concat"));
    assert_eq!(panic_of(|| Tensor::stack::<0>([rows(4), rows(3)])), expected("stack"));
    let mask = || rows(4).less(&Tensor::from(0.0));
    assert_eq!(panic_of(|| mask().select(rows(4), rows(3))), expected("select"));
    assert_eq!(panic_of(|| mask().select(rows(3), rows(4))), expected("select"));
}

#[test]
fn rows_beyond_the_batch_are_refused() {
    let text = "`rows` can't take 2..5 of the axis `Batch`, which is 4 long";
    assert_eq!(panic_of(|| rows(4).rows(2..5)), text);
    let (start, end) = (3, 2);
    let text = "`rows` can't take 3..2 of the axis `Batch`, which is 4 long";
    assert_eq!(panic_of(|| rows(4).rows(start..end)), text);
    assert_eq!(
        panic_of(|| rows(4).slice_at::<0, U2>(3)),
        "`slice_at` can't take 2 elements from 3 on of axis 0, which is 4 long"
    );
    assert_eq!(rows(4).slice_at::<0, U2>(2).dims()[0], 2);
}

#[test]
fn indices_out_of_range_are_named_with_their_position() {
    let table = Tensor::from([[1.0, 10.0], [2.0, 20.0]]);
    assert_eq!(
        text(table.clone().gather(Tensor::from([[0, 1], [2, 0]]))),
        "`gather` was given index 2 at position 2, outside 0..2: check the labels or tokens"
    );
    assert_eq!(
        text(table.pick(Tensor::from([1, -1]))),
        "`pick` was given index -1 at position 1, outside 0..2: check the labels or tokens; no index counts from the end"
    );
}

#[test]
fn taking_along_an_axis_names_itself_and_not_the_end() {
    let table = Tensor::from([[1.0, 10.0], [2.0, 20.0]]);
    for index in [2, -1] {
        let text = text(table.clone().take::<1, _, _>(Tensor::from([index])));
        let end = if index < 0 { "; no index counts from the end" } else { "" };
        let expected = format!(
            "`take` was given index {index} at position 0, outside 0..2: check the labels or tokens{end}"
        );
        assert_eq!(text, expected);
    }
}

#[test]
fn picking_from_another_batch_is_an_error_with_both_shapes() {
    let columns: Tensor![Batch; i32] = Tensor::from_vec(vec![0; 3]).expect("three columns");
    let text = text(rows(4).pick(columns));
    assert!(text.contains("(4, 3) of f32") && text.contains("(3,) of i32"), "{text}");
}

#[test]
fn debug_shows_the_type_the_sizes_and_the_first_elements() {
    let short = Tensor::from([[1.0f32, -2.5], [0.0, 3.0]]);
    assert_eq!(format!("{short:?}"), "Tensor<(2, 2), f32> of (2, 2) [1.0, -2.5, 0.0, 3.0]");
    let long: Tensor![Batch, 2; i32] = Tensor::from_vec((0..18).collect()).expect("nine pairs");
    assert_eq!(
        format!("{long:?}"),
        "Tensor<(Batch, 2), i32> of (9, 2) [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, ..]"
    );
    assert_eq!(format!("{:?}", Tensor::<(), bool>::from(true)), "Tensor<(), bool> of () [true]");
}
