//! Shapes of seven and eight axes, the most that there are: rules of shapes, and operations that move axes within.

use nnx_core::ops::SortOrder;
use nnx_core::size::rules::{Axis, Keep};
use nnx_core::size::{Batch, U1, U2, U3};
use nnx_core::tensor::{Tensor, meshgrid};
use nnx_core::{Tensor, einsum};

type Eight = Tensor![2, 1, 3, 1, 2, 1, 2, 2];

/// 0, 1, 2, .. in row-major order.
fn counted() -> Eight {
    Tensor::from_vec((0..48u8).map(f32::from).collect()).expect("48 elements")
}

#[test]
fn eight_axes_are_reduced_moved_and_broadcast() {
    let x = counted();
    let total = x.clone().sum().item();
    type All = (Axis<0>, Axis<1>, Axis<2>, Axis<3>, Axis<4>, Axis<5>, Axis<6>, Axis<7>);
    let kept: Tensor![1, 1, 1, 1, 1, 1, 1, 1] = x.clone().sum_axes::<Keep<All>>();
    assert_eq!(kept.to_vec(), [total]);
    let rest: Tensor![1, 1, 2] =
        x.clone().sum_axes::<(Axis<0>, Axis<2>, Axis<4>, Axis<5>, Axis<7>)>();
    assert_eq!(rest.clone().sum().item(), total);
    let turned: Tensor![2, 2, 1, 2, 1, 3, 1, 2] =
        x.clone()
            .permute::<(Axis<7>, Axis<6>, Axis<5>, Axis<4>, Axis<3>, Axis<2>, Axis<1>, Axis<0>)>();
    assert_eq!(turned.to_vec()[..4], [0.0, 24.0, 8.0, 32.0]);
    let swapped: Eight = x.clone().transpose().swap_axes::<7, 6>();
    assert_eq!(swapped.to_vec(), x.to_vec());
    let row = Tensor::from([1.0, 10.0]);
    let column: Tensor![3, 1, 1, 1, 1, 1] = Tensor::from_vec(vec![0.0, 1.0, 2.0]).expect("three");
    let sum = x.clone() * row + column;
    assert_eq!(sum.to_vec()[16..20], [18.0, 172.0, 20.0, 192.0]);
    let seven: Tensor![2, 1, 3, 1, 2, 1, 2] = x.clone().at::<7>(1);
    let back: Tensor![2, 1, 3, 1, 2, 1, 2, 1] = seven.clone().insert_axis::<7>();
    assert_eq!(back.squeeze::<7>().to_vec(), seven.to_vec());
    let joined: Tensor![2, 1, 3, 1, 2, 2, 2] = x.clone().flatten_axes::<5>();
    let apart: Eight = joined.unflatten::<5, U1>();
    assert_eq!(apart.to_vec(), x.to_vec());
    let flat: Tensor![2, 24] = x.clone().flatten();
    assert_eq!(flat.to_vec(), x.to_vec());
    let longer: Tensor![2, 1, 3, 1, 2, 1, 2, 4] = x.clone().concat::<7, _>(x.clone());
    assert_eq!(longer.to_vec()[..4], [0.0, 1.0, 0.0, 1.0]);
}

#[test]
fn operations_that_move_axes_have_room_for_eight() {
    let x = counted();
    let sorted = x.clone().sort::<2>(SortOrder::Descending);
    assert_eq!(sorted.clone().flip::<2>().to_vec(), x.to_vec());
    assert_eq!(x.clone().roll::<6>(1).roll::<6>(-1).to_vec(), x.to_vec());
    let twice: Tensor![2, 1, 3, 2, 2, 1, 2, 2] = x.clone().repeat::<3, U2>();
    assert_eq!(twice.sum().item(), 2.0 * x.clone().sum().item());
    let tiled: Tensor![2, 1, 3, 1, 2, 1, 2, 6] = x.clone().tile::<7, U3>();
    assert_eq!(tiled.to_vec()[..6], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    assert_eq!(x.clone().softmax().sum_axes::<Axis<7>>().to_vec(), [1.0; 24]);
    assert_eq!(x.clone().cumsum::<0>().to_vec()[24..26], [24.0, 26.0]);
    assert_eq!(x.clone().argmax_axis::<2>().to_vec(), [2; 16]);
    let taken = x.clone().take::<2, _, _>(Tensor::from([2, 0])).expect("within");
    assert_eq!(taken.to_vec()[0], 16.0);
    let product: Tensor![2, 1, 3, 1, 2, 1, 2, 3] = x.clone().matmul(Tensor::from([[1.0; 3]; 2]));
    assert_eq!(product.to_vec()[..3], [1.0; 3]);
    let batched = x.clone().matmul(x.clone());
    assert_eq!(batched.to_vec()[..4], [2.0, 3.0, 6.0, 11.0]);
    let runtime: Tensor![Batch, 1, 3, 1, 2, 1, 2, 2] =
        Tensor::from_vec(x.to_vec()).expect("a batch of two");
    assert_eq!(runtime.mean_axes::<Axis<0>>().to_vec()[0], 12.0);
}

#[test]
fn eight_axes_are_nested_contracted_and_multiplied_outward() {
    let x = counted();
    type Nested<T> = [[[[[[[[T; 2]; 2]; 1]; 2]; 1]; 3]; 1]; 2];
    let nested: Nested<f32> = x.clone().into();
    assert_eq!(nested[1][0][2][0][1][0][1], [46.0, 47.0]);
    assert_eq!(Eight::from(nested).to_vec(), x.to_vec());
    let vectors: Vec<Vec<Vec<Vec<Vec<Vec<Vec<Vec<f32>>>>>>>> = x.clone().into();
    assert_eq!(vectors[1][0][2][0][1][0][1], [46.0, 47.0]);
    assert_eq!(Eight::try_from(vectors).expect("the same sizes").to_vec(), x.to_vec());
    let ends: Tensor![2, 2] = einsum!("abcdefgh,abcdefgh->ah", x.clone(), x.clone());
    let squares = x.clone().square();
    let sums = squares.sum_axes::<(Axis<1>, Axis<2>, Axis<3>, Axis<4>, Axis<5>, Axis<6>)>();
    assert_eq!(ends.to_vec(), sums.to_vec());
    let vector = x.clone().at::<7>(1);
    let outer: Eight = vector.clone().outer(x.clone().at::<7>(0));
    assert_eq!(outer.to_vec()[..4], [0.0, 2.0, 0.0, 6.0]);
}

#[test]
fn softmax_over_several_axes_is_that_of_their_elements_as_a_row() {
    let x: Tensor![2, 3, 2] = Tensor::from_vec((0..12u8).map(f32::from).collect()).expect("12");
    let rows: Tensor![3, 4] = x.clone().permute::<(Axis<1>, Axis<0>, Axis<2>)>().reshape();
    for log in [false, true] {
        let (found, expected) = match log {
            false => (x.clone().softmax_axes::<(Axis<0>, Axis<2>)>(), rows.clone().softmax()),
            true => {
                (x.clone().log_softmax_axes::<(Axis<0>, Axis<2>)>(), rows.clone().log_softmax())
            }
        };
        let back: Tensor![3, 2, 2] = expected.reshape();
        let back = back.permute::<(Axis<1>, Axis<0>, Axis<2>)>();
        assert_eq!(found.to_vec(), back.to_vec());
    }
}

#[test]
fn grids_of_three_vectors_are_views_along_three_axes() {
    let [x, y, z] = meshgrid((Tensor::from([1, 2]), Tensor::from([3, 4, 5]), Tensor::from([6])));
    assert_eq!(x.to_vec(), [1, 1, 1, 2, 2, 2]);
    assert_eq!(y.to_vec(), [3, 4, 5, 3, 4, 5]);
    let z: Tensor![2, 3, 1; i32] = z;
    assert_eq!(z.to_vec(), [6; 6]);
}

#[test]
fn integers_are_masked_and_counted_up_exactly() {
    let ids: Tensor![3; i64] = Tensor::arange(i64::MAX - 1, 1);
    assert_eq!(ids.to_vec(), [i64::MAX - 1, i64::MAX, i64::MIN]);
    let mask = Tensor::from([true, false, true]);
    assert_eq!(ids.clone().masked_fill(&mask, 7).to_vec(), [7, i64::MAX, 7]);
    assert_eq!(Tensor::from([1, 2, 3]).sum_where(mask.clone()).item(), 4);
    assert_eq!(mask.clone().masked_fill(&mask, false).to_vec(), [false; 3]);
    let bytes: Tensor![3; u8] = Tensor::arange(254, 1);
    assert_eq!(bytes.to_vec(), [254, 255, 255]);
}
