//! Gradients of every row of the table.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;

use crate::gradcheck::{check, contracted, gradient_contracted, gradients, weights};
use crate::numbers::{Values, elements, indices, tensor, windows};
use crate::table::{Function, table};

#[test]
fn every_gradient_agrees_with_central_differences_to_second_order() {
    let wrong: Vec<String> = table()
        .iter()
        .filter_map(|row| {
            check(row.function, &row.inputs()).err().map(|e| format!("{}: {e}", row.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{} gradients are off:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn third_derivatives_agree_with_central_differences() {
    // Second derivatives also check the rules of operations that only gradients use.
    for row in table() {
        let mut inputs = row.inputs();
        inputs.push(weights(&(row.function)(inputs.clone()), 5));
        let verdict = check(gradient_contracted(row.function), &inputs);
        assert_eq!(verdict, Ok(()), "{}, one order further", row.name);
    }
}

#[test]
fn gradients_in_f32_agree_with_f64() {
    for row in table().iter().filter(|row| !row.name.starts_with("cast")) {
        let wide = row.inputs();
        let narrow: Vec<DynTensor> = wide.iter().map(|x| x.clone().cast(DType::F32)).collect();
        agree(row.name, row.function, &narrow, &wide);
    }
}

/// First and second order, in f32 and in f64.
fn agree(name: &str, function: Function, narrow: &[DynTensor], wide: &[DynTensor]) {
    let run = |inputs: &[DynTensor], second: bool| {
        let mut inputs = inputs.to_vec();
        inputs.push(weights(&function(inputs.clone()), 5));
        if second {
            gradients(gradient_contracted(function), inputs).1
        } else {
            gradients(contracted(function), inputs).1
        }
    };
    for second in [false, true] {
        for (k, (narrow, wide)) in run(narrow, second).iter().zip(run(wide, second)).enumerate() {
            assert_eq!((narrow.dtype(), wide.dtype()), (DType::F32, DType::F64), "{name}");
            let wide = elements(&wide);
            let scale = wide.iter().fold(1.0f64, |max, x| max.max(x.abs()));
            for (narrow, wide) in elements(narrow).iter().zip(&wide) {
                let near = (narrow - wide).abs() <= 1e-5 * scale;
                assert!(
                    near,
                    "{name}, gradient {k}, second order {second}: {narrow} in f32, {wide} in f64"
                );
            }
        }
    }
}

#[test]
fn the_gradient_of_a_cast_is_a_cast_back() {
    for (from, to) in [(DType::F64, DType::F32), (DType::F32, DType::F64)] {
        let x = tensor(Values::Between(-2.0, 2.0).take(6, 0), &[2, 3]).cast(from);
        let w = weights(&x, 3).cast(to);
        let (y, found) = gradients(|mut x| x.remove(0).cast(to) * w.clone(), vec![x]);
        assert_eq!((y.dtype(), found[0].dtype()), (to, from));
        assert_eq!(elements(&found[0]), elements(&w));
    }
}

#[test]
fn nothing_flows_through_integers_comparisons_and_detached_tensors() {
    let x = tensor(vec![1.5, -2.5, 3.5], &[3]);
    let through_integers: Function = |x| x[0].clone().cast(DType::I32).cast(DType::F64);
    let through_argmax: Function = |x| x[0].clone().argmax(0).cast(DType::F64);
    let detached: Function = |x| x[0].clone().stop_gradient();
    for function in [through_integers, through_argmax, detached] {
        let (_, found) = gradients(function, vec![x.clone()]);
        assert_eq!(elements(&found[0]), [0.0; 3]);
    }
}

#[test]
fn ties_share_as_in_jax() {
    let of = |function: Function, x: &[f64]| {
        elements(&gradients(function, vec![tensor(x.to_vec(), &[x.len()])]).1[0])
    };
    assert_eq!(of(|x| x[0].clone().max(&[0]), &[2.0, 1.0, 2.0]), [0.5, 0.0, 0.5]);
    assert_eq!(of(|x| x[0].clone().maximum(tensor(vec![0.0, 0.0], &[2])), &[0.0, 1.0]), [0.5, 1.0]);
    assert_eq!(of(|x| x[0].clone().relu(), &[0.0, -0.0, 1.0]), [0.0, 0.0, 1.0]);
    assert_eq!(of(|x| x[0].clone().abs(), &[0.0, -1.0]), [0.0, -1.0]);
    assert_eq!(of(|x| x[0].clone().clamp(-1.0, 1.0), &[-1.0, 1.0, 1.5]), [1.0, 1.0, 0.0]);
    let first_of_a_window: Function =
        |x| x[0].clone().reshape(&[1, 1, 4, 1]).max_pool(windows([1, 1, 1, 0, 0], [2, 2, 1, 0, 0]));
    assert_eq!(of(first_of_a_window, &[1.0, 1.0, 0.0, 3.0]), [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn gradients_stay_finite_where_a_finite_answer_exists() {
    // d/da a^0 is 0, also at a = 0.
    let power: Function = |x| x[0].clone().pow(x[1].clone());
    let (_, found) = gradients(
        power,
        vec![tensor(vec![0.0, 0.0, 0.0], &[3]), tensor(vec![0.0, 1.0, 2.0], &[3])],
    );
    assert_eq!(elements(&found[0]), [0.0, 1.0, 0.0]);
    assert_eq!(elements(&found[1]), [0.0, 0.0, 0.0]);
    // b^2 is 0 or infinite in f32 here; a / b^2 isn't.
    let quotient: Function = |x| x[0].clone() / x[1].clone();
    let (_, found) = gradients(
        quotient,
        vec![tensor(vec![0.0f32, 1e30], &[2]), tensor(vec![1e-25f32, 1e25], &[2])],
    );
    let at = elements(&found[1]);
    assert_eq!(at[0], 0.0);
    assert!((at[1] / -1e-20 - 1.0).abs() < 1e-6, "{at:?}");
}

#[test]
fn a_window_in_the_padding_gets_no_gradient() {
    let pool: Function = |x| {
        // The first and the last window see padding alone.
        let y = x[0].clone().max_pool(windows([1, 1, 1, 0, 0], [2, 2, 1, 2, 3]));
        assert_eq!(elements(&y), [f64::NEG_INFINITY, 2.0, 4.0, f64::NEG_INFINITY]);
        y
    };
    let (_, found) = gradients(pool, vec![tensor(vec![1.0, 2.0, 3.0, 4.0], &[1, 1, 4, 1])]);
    assert_eq!(elements(&found[0]), [0.0, 1.0, 0.0, 1.0]);
}

/// Images by a kernel, both of the channels that they have.
fn conv(mut inputs: Vec<DynTensor>) -> DynTensor {
    let kernel = inputs.remove(1);
    let [h, w, ..] = *kernel.dims() else { panic!("four axes") };
    let windows = windows([h, 1, 1, 0, 0], [w, 1, 1, 0, 0]);
    inputs.remove(0).conv(kernel, None, windows, 1)
}

#[test]
fn gradients_of_empty_tensors_are_zeros_of_the_right_shape() {
    let zeros = |dims: &[usize]| tensor(vec![0.0f64; dims.iter().product()], dims);
    let cases: Vec<(&str, Function, Vec<DynTensor>)> = vec![
        (
            "rows of a product",
            |x| x[0].clone().matmul(x[1].clone()),
            vec![zeros(&[0, 2]), zeros(&[2, 3])],
        ),
        ("inner axis", |x| x[0].clone().matmul(x[1].clone()), vec![zeros(&[2, 0]), zeros(&[0, 3])]),
        (
            "inner axis, batched",
            |x| x[0].clone().matmul(x[1].clone()),
            vec![zeros(&[3, 2, 0]), zeros(&[3, 0, 3])],
        ),
        (
            "batch of products",
            |x| x[0].clone().matmul(x[1].clone()),
            vec![zeros(&[0, 2, 2]), zeros(&[0, 2, 3])],
        ),
        (
            "leading axes",
            |x| x[0].clone().matmul(x[1].clone()),
            vec![zeros(&[0, 4, 2]), zeros(&[2, 3])],
        ),
        ("images", conv, vec![zeros(&[0, 3, 3, 2]), zeros(&[2, 2, 2, 1])]),
        ("windows too large", conv, vec![zeros(&[2, 1, 3, 2]), zeros(&[2, 2, 2, 1])]),
        ("channels", conv, vec![zeros(&[1, 3, 3, 0]), zeros(&[2, 2, 0, 2])]),
        (
            "max_pool",
            |x| x[0].clone().max_pool(windows([2, 1, 1, 0, 0], [2, 1, 1, 0, 0])),
            vec![zeros(&[2, 1, 3, 2])],
        ),
        (
            "sum_pool",
            |x| x[0].clone().sum_pool(windows([2, 1, 1, 0, 0], [2, 1, 1, 0, 0])),
            vec![zeros(&[0, 3, 3, 2])],
        ),
        ("sum", |x| x[0].clone().sum(&[0]), vec![zeros(&[0, 2])]),
        ("max", |x| x[0].clone().max(&[1]), vec![zeros(&[0, 2])]),
        ("softmax", |x| x[0].clone().softmax(), vec![zeros(&[2, 0])]),
        ("logsumexp", |x| x[0].clone().logsumexp(), vec![zeros(&[2, 0])]),
        ("gather", |x| x[0].clone().gather(indices(&[], &[0])), vec![zeros(&[3, 2])]),
        ("pick", |x| x[0].clone().pick(indices(&[], &[0])), vec![zeros(&[0, 2])]),
        ("put", |x| x[0].clone().put(indices(&[], &[0]), 2), vec![zeros(&[0])]),
        ("slice", |x| x[0].clone().slice(1, 1, 0), vec![zeros(&[2, 2])]),
        ("pad", |x| x[0].clone().pad(0, 1, 1), vec![zeros(&[0, 2])]),
        ("broadcast", |x| x[0].clone() * x[1].clone(), vec![zeros(&[1, 2]), zeros(&[0, 2])]),
    ];
    for (name, function, inputs) in cases {
        let (_, found) = gradients(function, inputs.clone());
        for (found, input) in found.iter().zip(&inputs) {
            assert_eq!(found.signature(), input.signature(), "{name}");
            assert!(elements(found).iter().all(|&x| x == 0.0), "{name}");
        }
    }
}
