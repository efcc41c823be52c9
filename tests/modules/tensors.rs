//! Typed tensors: made from elements, and reshaped or permuted.

use nnx::prelude::*;

type Rows = Tensor![Batch, 3];

fn rows() -> Rows {
    Tensor::from_vec((0..12u8).map(f32::from).collect()).expect("four rows")
}

/// (2, 3, 4), counting up.
fn cube() -> Tensor![2, 3, 4] {
    Tensor::from_vec((0..24u8).map(f32::from).collect()).expect("24 elements")
}

#[test]
fn a_runtime_axis_is_as_long_as_the_elements_make_it() {
    assert_eq!(*rows().dims(), [4, 3]);
    let none: Rows = Tensor::from_vec(Vec::new()).expect("an empty batch");
    assert_eq!(*none.dims(), [0, 3]);
    let middle: Tensor![2, Time, 3] = Tensor::from_vec(vec![0.0; 30]).expect("five in the middle");
    assert_eq!(*middle.dims(), [2, 5, 3]);
}

#[test]
fn rows_are_a_part_of_a_batch() {
    let middle: Rows = rows().rows(1..3);
    assert_eq!((*middle.dims() == [2, 3], middle.to_vec()), (true, vec![3., 4., 5., 6., 7., 8.]));
    assert_eq!(*rows().rows(2..2).dims(), [0, 3]);
    assert_eq!(rows().rows(0..4).to_vec(), rows().to_vec());
}

#[test]
fn a_slice_has_its_length_in_its_type() {
    let part: Tensor![2, 2, 4] = cube().slice::<1, U1, U2>();
    let expected: Vec<f32> = [4..12, 16..24u8].into_iter().flatten().map(f32::from).collect();
    assert_eq!(part.to_vec(), expected);
    let last: Tensor![2, 3, 1] = cube().slice::<2, U3, U1>();
    assert_eq!(last.to_vec(), [3., 7., 11., 15., 19., 23.]);
}

#[test]
fn concatenated_sizes_add_up_on_any_axis() {
    let wide: Tensor![2, 3, 5] = cube().concat::<2, _>(cube().slice::<2, U0, U1>());
    assert_eq!(wide.to_vec()[..10], [0., 1., 2., 3., 0., 4., 5., 6., 7., 4.]);
    let high: Tensor![4, 3, 4] = cube().concat::<0, _>(cube());
    assert_eq!(high.to_vec(), [cube().to_vec(), cube().to_vec()].concat());
    let batch: Tensor![Batch, 5] = rows().concat::<1, _>(rows().slice::<1, U1, U2>());
    assert_eq!(batch.to_vec()[..5], [0., 1., 2., 1., 2.]);
}

#[test]
fn stacked_tensors_have_a_new_axis_anywhere() {
    let (a, b) = (Tensor::from([1.0, 2.0, 3.0]), Tensor::from([4.0, 5.0, 6.0]));
    let front: Tensor![2, 3] = Tensor::stack::<0>([a.clone(), b.clone()]);
    assert_eq!(front.to_vec(), [1., 2., 3., 4., 5., 6.]);
    let behind: Tensor![3, 2] = Tensor::stack::<1>([a, b]);
    assert_eq!(behind.to_vec(), [1., 4., 2., 5., 3., 6.]);
    let batch: Tensor![Batch, 2, 3] = Tensor::stack::<1>([rows(), rows()]);
    assert_eq!(
        (*batch.dims() == [4, 2, 3], &batch.to_vec()[..6]),
        (true, &[0., 1., 2., 0., 1., 2.][..])
    );
}

#[test]
fn one_hot_puts_a_one_at_each_index_and_none_for_those_outside() {
    let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![1, 3, 0, -1, 4]).expect("labels");
    let rows: Tensor![Batch, 4] = labels.one_hot::<1, U4, f32>();
    let expected =
        [[0., 1., 0., 0.], [0., 0., 0., 1.], [1., 0., 0., 0.], [0., 0., 0., 0.], [0., 0., 0., 0.]];
    assert_eq!(rows.to_vec(), expected.as_flattened());
    let front: Tensor![2, 3; f64] = Tensor::from([2, 0]).one_hot::<1, U3, f64>();
    assert_eq!(front.to_vec(), [0., 0., 1., 1., 0., 0.]);
}

#[test]
fn one_hot_and_cross_entropy_agree_with_picking() {
    let logits = Tensor::from([[0.5, -1.0, 2.0], [1.0, 1.0, -3.0]]);
    let soft = logits.clone().log_softmax() * Tensor::from([2, 1]).one_hot::<1, U3, f32>();
    let by_hot = (-soft.sum_axes::<Axis<1>>()).to_vec();
    assert_eq!(by_hot, softmax_cross_entropy(logits, Tensor::from([2, 1])).to_vec());
}

#[test]
fn gathered_rows_take_the_axes_of_the_indices() {
    let table = Tensor::from([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]);
    let tokens: Tensor![Batch, 2; i32] = Tensor::from_vec(vec![2, 0, 1, 1]).expect("tokens");
    let rows: Tensor![Batch, 2, 2] = table.gather(tokens).expect("tokens within the table");
    assert_eq!(rows.to_vec(), [3., 30., 1., 10., 2., 20., 2., 20.]);
}

#[test]
fn picking_takes_one_element_of_each_row() {
    let columns: Tensor![Batch; i32] = Tensor::from_vec(vec![2, 1, 0, 2]).expect("columns");
    assert_eq!(rows().pick(columns).expect("columns within").to_vec(), [2., 4., 6., 11.]);
}

#[test]
fn reductions_over_several_axes_are_those_over_each() {
    let two: Tensor![3] = cube().sum_axes::<(Axis<0>, Axis<2>)>();
    // Row i holds 4 i + 0..4 and 12 more of each.
    assert_eq!(two.to_vec(), [60., 92., 124.]);
    let one: Tensor![2, 3] = cube().sum_axes::<(Axis<2>,)>();
    assert_eq!(one.to_vec(), cube().sum_axes::<Axis<2>>().to_vec());
    let each = cube().sum_axes::<Axis<2>>().sum_axes::<Axis<0>>();
    assert_eq!(two.to_vec(), each.to_vec());
    let all: Tensor<()> = cube().sum_axes::<(Axis<0>, Axis<1>, Axis<2>)>();
    assert_eq!((all.item(), cube().sum().item()), (276., 276.));
    assert_eq!(cube().mean_axes::<(Axis<0>, Axis<2>)>().to_vec(), [7.5, 11.5, 15.5]);
    assert_eq!(cube().max_axes::<(Axis<1>, Axis<2>)>().to_vec(), [11., 23.]);
    let columns: Tensor![3] = rows().mean_axes::<Axis<0>>();
    assert_eq!(columns.to_vec(), [4.5, 5.5, 6.5]);
    assert_eq!((cube().mean().item(), cube().max().item()), (11.5, 23.));
}

#[test]
fn the_first_of_equal_maxima_is_found_along_each_axis() {
    let x = Tensor::from([[1.0, 5.0, 5.0], [7.0, 5.0, 2.0]]);
    assert_eq!(x.clone().argmax().to_vec(), [1, 0]);
    assert_eq!(x.argmax_axis::<0>().to_vec(), [1, 0, 0]);
}

#[test]
fn runtime_axes_keep_their_order_in_another_shape() {
    let x: Tensor![Batch, 4, Time, 3] =
        Tensor::try_from(nnx::array::Array::new(vec![0.0f32; 120], &[2, 4, 5, 3]).expect("120"))
            .expect("both axes");
    assert_eq!(*x.clone().reshape::<shape![Batch, Time, 12]>().dims(), [2, 5, 12]);
    assert_eq!(*x.permute::<(Axis<2>, Axis<0>, Axis<1>, Axis<3>)>().dims(), [5, 2, 4, 3]);
}
