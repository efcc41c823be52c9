//! Weights that are stored as bf16: every operation reads them as the f32s that they stand for.

use nnx_core::array::{Array, DType};
use nnx_core::grad::value_and_gradients;
use nnx_core::ops::{BagMode, DynTensor};
use nnx_core::tensor::vmap;

use crate::numbers::elements;
use crate::table::table;

fn tensor(sizes: &[usize]) -> DynTensor {
    let count: usize = sizes.iter().product();
    let values = (0..count).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect();
    Array::new(values, sizes).expect("as many elements").into()
}

fn bits(x: &DynTensor) -> Vec<u32> {
    let values = x.array().to_vec::<f32>().expect("f32");
    values.into_iter().map(f32::to_bits).collect()
}

#[test]
fn every_operation_has_the_bits_of_the_widened_input() {
    let mut checked = 0;
    for row in table() {
        let wide: Vec<DynTensor> = row.inputs().into_iter().map(|x| x.cast(DType::F32)).collect();
        for index in 0..wide.len() {
            let narrow = wide[index].clone().cast(DType::Bf16);
            let mut inputs = wide.clone();
            inputs[index] = narrow.clone().cast(DType::F32);
            let expected = (row.function)(inputs.clone());
            inputs[index] = narrow;
            let found = (row.function)(inputs);
            assert_eq!(found.dtype(), expected.dtype(), "{}, input {index}", row.name);
            let bits = |x| elements(x).into_iter().map(f64::to_bits).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&expected), "{}, input {index}", row.name);
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked}");
}

#[test]
fn views_stay_bf16_and_results_are_f32() {
    let narrow = tensor(&[4, 6]).cast(DType::Bf16);
    let stored = |x: &DynTensor| x.array().dtype();
    let views = [
        narrow.clone().swap_axes(0, 1),
        narrow.clone().reshape(&[2, 12]),
        narrow.clone().slice(1, 2, 3),
        narrow.clone().reshape(&[1, 24]).broadcast_to(&[3, 24]),
        narrow.clone().swap_axes(0, 1).reshape(&[24]),
    ];
    for view in &views {
        assert_eq!((stored(view), view.dtype()), (DType::Bf16, DType::F32));
    }
    let rows = Array::new(vec![3i32, 0], &[2]).expect("two").into();
    let bags: [DynTensor; 2] = [0, 1].map(|at| Array::new(vec![at, 1], &[2]).expect("two").into());
    let results = [
        tensor(&[5, 4]).matmul(narrow.clone()),
        tensor(&[5, 6]).matmul(narrow.clone().swap_axes(0, 1)),
        narrow.clone().matmul(tensor(&[6, 2])),
        narrow.clone().gather(rows),
        narrow.clone().embedding_bag(bags[0].clone(), bags.clone(), BagMode::Mean),
        narrow.clone().exp(),
        narrow.mul_scalar(2.0),
    ];
    assert!(results.iter().all(|x| stored(x) == DType::F32));
}

#[test]
fn gradients_flow_past_weights_of_bf16() {
    let narrow = tensor(&[4, 3]).cast(DType::Bf16);
    let wide = narrow.clone().cast(DType::F32);
    let of = |w: &DynTensor| {
        let (w, bias) = (w.clone(), tensor(&[3]));
        let f =
            |[x]: [DynTensor; 1]| x.clone().linear(w.clone(), Some(bias)).square() + x.matmul(w);
        value_and_gradients(f, [tensor(&[2, 4])])
    };
    let ((y, [g]), (expected, [of_x])) = (of(&narrow), of(&wide));
    assert_eq!((bits(&y), bits(&g)), (bits(&expected), bits(&of_x)));
}

/// Such as those of `jax.grad` in f32 at the widened values; `vjp` and recorded steps take bf16, too.
#[test]
fn the_gradient_with_respect_to_bf16_is_that_of_its_values_in_f32() {
    let narrow = tensor(&[4, 3]).cast(DType::Bf16);
    let of = |w: DynTensor| {
        let f = |[w]: [DynTensor; 1]| w.clone().swap_axes(0, 1).square() + tensor(&[3, 4]).exp();
        value_and_gradients(f, [w])
    };
    let ((y, [g]), (expected, [of_wide])) =
        (of(narrow.clone()), of(narrow.clone().cast(DType::F32)));
    assert_eq!((bits(&y), bits(&g)), (bits(&expected), bits(&of_wide)));
    assert_eq!(g.array().dtype(), DType::F32);

    // A value that is a view of the input, and one that doesn't depend on it.
    let (_, [ones]) = value_and_gradients(|[w]| w.reshape(&[12]), [narrow.clone()]);
    assert_eq!(bits(&ones), [1f32.to_bits(); 12]);
    let (_, [zeros]) = value_and_gradients(|[_]| tensor(&[2]), [narrow.clone()]);
    assert_eq!(bits(&zeros), [0f32.to_bits(); 12]);
}

#[test]
#[should_panic(expected = "a gradient needs inputs of f32, f64 or bf16, found i32")]
fn a_gradient_with_respect_to_integers_is_refused() {
    let _ = value_and_gradients(|[w]| w, [tensor(&[3]).cast(DType::I32)]);
}

#[test]
fn members_of_vmap_share_weights_of_bf16() {
    use nnx_core::size::{U2, U3, U4, U5};
    use nnx_core::tensor::Tensor;
    let narrow = tensor(&[4, 3]).cast(DType::Bf16);
    let x = Tensor::<(U5, U2, U4)>::try_from(tensor(&[5, 2, 4])).expect("the shape");
    let run = |w: DynTensor| {
        let f = |x: Tensor<(U2, U4)>| {
            let y = x.into_dyn().matmul(w.clone()) * w.clone().slice(0, 0, 1).broadcast_to(&[2, 3]);
            Tensor::<(U2, U3)>::try_from(y).expect("the shape")
        };
        vmap(f, x.clone())
    };
    let (found, expected) = (run(narrow.clone()), run(narrow.cast(DType::F32)));
    assert_eq!(found, expected);
}

#[test]
fn casts_to_bf16_round_and_casts_from_it_are_exact() {
    let x: DynTensor = Array::new(vec![1.0, 1.0 + 1.0 / 256.0, 1.0 + 3.0 / 256.0, -3.0f32], &[4])
        .expect("four")
        .into();
    let narrow = x.clone().cast(DType::Bf16);
    assert_eq!((narrow.array().dtype(), narrow.signature()), (DType::Bf16, x.signature()));
    // Ties become even.
    assert_eq!(narrow.array().to_vec::<f32>().expect("f32"), [1.0, 1.0, 1.015625, -3.0]);
    assert_eq!(narrow.clone().cast(DType::F64).array().to_vec::<f64>().expect("f64")[2], 1.015625);
    assert_eq!(
        narrow.clone().cast(DType::I32).array().to_vec::<i32>().expect("i32"),
        [1, 1, 1, -3]
    );
    let integers: DynTensor = Array::new(vec![7i64, -1], &[2]).expect("two").into();
    assert_eq!(integers.cast(DType::Bf16).array().to_vec::<f32>().expect("f32"), [7.0, -1.0]);
    assert_eq!(narrow.array().to_string(), "[ 1.        1.        1.015625 -3.      ]");
}

#[test]
fn gradients_flow_through_views_and_casts_of_bf16() {
    let narrowed = |[x]: [DynTensor; 1]| {
        let y = x.cast(DType::Bf16);
        y.clone().swap_axes(0, 1).reshape(&[12]).sum_all() + y.cast(DType::F32).square().sum_all()
    };
    // As in PyTorch, a cast passes the gradient as it is, at the rounded value.
    let x = tensor(&[4, 3]);
    let rounded = x.clone().cast(DType::Bf16).cast(DType::F32);
    let (_, [found]) = value_and_gradients(narrowed, [x]);
    assert_eq!(bits(&found), bits(&rounded.mul_scalar(2.0).add_scalar(1.0)));
}

#[test]
fn gradients_flow_through_casts_to_bf16_in_members_of_vmap() {
    use nnx_core::size::{U3, U5};
    use nnx_core::tensor::{Tensor, gradient};
    let x = Tensor::<(U5, U3)>::try_from(tensor(&[5, 3])).expect("the shape");
    let slope = |x: Tensor<(U3,)>| {
        let f = |x: Tensor<(U3,)>| {
            let y = x.into_dyn().cast(DType::Bf16).cast(DType::F32).sum_all();
            Tensor::<()>::try_from(y).expect("a scalar")
        };
        gradient(f, x)
    };
    assert_eq!(vmap(slope, x).to_vec(), [1.0; 15]);
}
