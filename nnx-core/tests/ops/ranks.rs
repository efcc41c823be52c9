//! Shapes of seven and eight axes, the most that there are: rules of shapes, and operations that move axes within.

use nnx_core::Tensor;
use nnx_core::ops::SortOrder;
use nnx_core::size::rules::{Axis, Keep};
use nnx_core::size::{Batch, U1, U2, U3};
use nnx_core::tensor::Tensor;

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
