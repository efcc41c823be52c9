//! Fused losses against the same losses composed of other operations.

use nnx_core::array::DType;
use nnx_core::nn;
use nnx_core::ops::DynTensor;
use nnx_core::size::{U2, U3, U4};
use nnx_core::tensor::{Real, Tensor};

use crate::gradcheck::{check, gradients};
use crate::numbers::Values::Between;
use crate::numbers::{elements, indices, tensor};
use crate::plain::FLOATS;

/// The cross-entropy of rows of logits and its gradient, of rows with different weights: as one operation, and composed
/// of a log-softmax and a `pick`.
fn both(logits: &[f64], labels: &[i32], dtype: DType) -> [[Vec<f64>; 2]; 2] {
    let rows = labels.len();
    let logits = tensor(logits.to_vec(), &[rows, logits.len() / rows]).cast(dtype);
    let labels = indices(labels, &[rows]);
    let counts = tensor((0..rows).map(|r| r as f64 - 1.5).collect(), &[rows]).cast(dtype);
    let loss = |x: &DynTensor, one: bool| match one {
        true => x.clone().softmax_cross_entropy(labels.clone()),
        false => -x.clone().log_softmax().pick(labels.clone()),
    };
    [true, false].map(|one| {
        let total = |x: Vec<DynTensor>| (&loss(&x[0], one) * &counts).sum_all();
        let (_, gradient) = gradients(total, vec![logits.clone()]);
        [elements(&loss(&logits, one)), elements(&gradient[0])]
    })
}

fn assert_close(logits: &[f64], labels: &[i32]) {
    for dtype in FLOATS {
        let tolerance = if dtype == DType::F32 { 2e-6 } else { 1e-14 };
        let [one, composed] = both(logits, labels, dtype);
        for (found, expected) in one.concat().iter().zip(composed.concat()) {
            let same = *found == expected || (found.is_nan() && expected.is_nan());
            let near = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
            assert!(same || near, "{found} of {dtype}, expected {expected}");
        }
    }
}

#[test]
fn cross_entropy_equals_its_composition_for_rows_of_every_length() {
    for (rows, width) in [(1, 1), (3, 2), (5, 17), (4, 64), (9, 700), (2, 5000)] {
        let logits = Between(-9.0, 9.0).take(rows * width, width);
        let labels: Vec<i32> = (0..rows).map(|r| (r * 37 % width) as i32).collect();
        assert_close(&logits, &labels);
    }
}

#[test]
fn cross_entropy_equals_its_composition_where_logits_are_masked_or_huge() {
    const MASKED: f64 = f64::NEG_INFINITY;
    let rows = [
        [MASKED, 1.0, 2.0],
        [MASKED, MASKED, 3.0],
        [MASKED, MASKED, MASKED],
        [1e30, -1e30, 0.0],
        [300.0, 0.0, -300.0],
        [f64::NAN, 0.0, 1.0],
        [f64::INFINITY, 0.0, 1.0],
    ];
    for label in 0..3 {
        assert_close(rows.as_flattened(), &[label; 7]);
    }
}

#[test]
fn labels_are_checked_as_indices_and_the_loss_is_named() {
    let logits = || tensor(vec![0.0f32; 6], &[2, 3]);
    for labels in [indices(&[0, 3], &[2]), indices(&[-1, 0], &[2]), indices(&[0], &[1])] {
        let found = logits().try_softmax_cross_entropy(labels.clone()).expect_err("no such label");
        let expected = logits().try_pick(labels).expect_err("no such element");
        let expected = expected.to_string();
        let expected = expected.replace("`pick` was given", "`softmax_cross_entropy` was given");
        assert_eq!(found.to_string(), expected);
    }
    let whole: DynTensor = indices(&[1, 2], &[1, 2]);
    let error = whole.try_softmax_cross_entropy(indices(&[0], &[1])).expect_err("no floats");
    assert_eq!(error.to_string(), "`softmax_cross_entropy` takes f32 or f64, found i32");
}

/// The CTC loss of two examples in four frames of three classes, one with a frame and a label less.
fn ctc_of<E: Real>(x: DynTensor) -> DynTensor {
    let logits: Tensor<(U2, U4, U3), E> = Tensor::try_from(x).expect("two examples");
    let frames = Tensor::from([[true; 4], [true, false, true, true]]);
    let labels = Tensor::from([[1, 1], [2, 0]]);
    let mask = Tensor::from([[true, true], [true, false]]);
    nn::ctc_loss(logits, frames, labels, mask, 0).into_dyn()
}

#[test]
fn ctc_gradients_of_second_order_agree_with_central_differences() {
    let logits = tensor(Between(-2.0, 2.0).take(24, 1), &[2, 4, 3]);
    assert_eq!(check(|mut inputs| ctc_of::<f64>(inputs.remove(0)), &[logits]), Ok(()));
}

/// If second derivatives are needed, the gradient is composed of other operations.
#[test]
fn the_composed_gradient_of_ctc_equals_that_of_the_kernel() {
    let numbers = Between(-3.0, 3.0).take(24, 4);
    for dtype in FLOATS {
        let tolerance = if dtype == DType::F32 { 2e-6 } else { 1e-14 };
        let x = tensor(numbers.clone(), &[2, 4, 3]).cast(dtype);
        let loss = |x: Vec<DynTensor>| match dtype {
            DType::F32 => ctc_of::<f32>(x[0].clone()).sum_all(),
            _ => ctc_of::<f64>(x[0].clone()).sum_all(),
        };
        let (_, kernel) = gradients(loss, vec![x.clone()]);
        let composed = std::cell::RefCell::new(vec![]);
        gradients(
            |outer| {
                let (_, gradient) = gradients(loss, outer);
                composed.replace(elements(&gradient[0]));
                gradient[0].clone().sum_all()
            },
            vec![x],
        );
        for (found, expected) in elements(&kernel[0]).iter().zip(composed.take()) {
            assert!((found - expected).abs() <= tolerance, "{found} of {dtype}, not {expected}");
        }
    }
}

#[test]
fn labels_that_do_not_fit_their_frames_have_an_infinite_ctc_loss_without_a_gradient() {
    let logits = || Tensor::from([[[0.5f32, -1.0, 2.0]; 2]; 2]);
    let of = |x: Tensor<(U2, U2, U3)>| {
        let labels = Tensor::from([[1, 1], [1, 2]]);
        let frames = Tensor::from([[true, true], [true, true]]);
        nn::ctc_loss(x, frames, labels, Tensor::from([[true, true], [true, true]]), 0)
    };
    let loss = of(logits()).to_vec();
    assert!(loss[0] == f32::INFINITY && loss[1].is_finite(), "{loss:?}");
    let slope = nnx_core::tensor::gradient(|x| of(x).sum(), logits()).to_vec();
    assert!(slope[..6].iter().all(|x| *x == 0.0) && slope[6..].iter().all(|x| x.is_finite()));
    // No labels in no frames have probability 1; labels in no frames have probability 0.
    let none = || Tensor::from([[false, false], [false, false]]);
    let mask = Tensor::from([[false, false], [true, false]]);
    let loss = nn::ctc_loss(logits(), none(), Tensor::from([[1, 1], [1, 2]]), mask, 0);
    assert_eq!(loss.to_vec(), [0.0, f32::INFINITY]);
}

#[test]
fn forward_probabilities_of_ctc_add_up_to_the_loss_and_have_gradients() {
    let x = || {
        Tensor::<(U2, U4, U3), f64>::try_from(tensor(Between(-2.0, 2.0).take(24, 7), &[2, 4, 3]))
    };
    let x = || x().expect("two examples");
    let of = |x| {
        let masks = (Tensor::from([[true; 4]; 2]), Tensor::from([[true; 2]; 2]));
        nn::ctc_loss_with_forward_probs(x, masks.0, Tensor::from([[1, 2], [2, 2]]), masks.1, 0)
    };
    let (loss, blanks, labels) = of(x());
    assert_eq!((&*blanks.dims(), &*labels.dims()), (&[2, 4, 3][..], &[2, 4, 2][..]));
    let (blanks, labels) = (blanks.to_vec(), labels.to_vec());
    for (b, loss) in loss.to_vec().into_iter().enumerate() {
        let (blank, label) = (blanks[12 * b + 11], labels[8 * b + 7]);
        assert!((loss + (blank.exp() + label.exp()).ln()).abs() < 1e-12);
        // In the first frame: a blank, or the first label.
        assert_eq!(blanks[12 * b + 1], f64::NEG_INFINITY);
    }
    let total = |x: Tensor<(U2, U4, U3), f64>| {
        let ends = |x: DynTensor, n: usize| x.slice(1, 3, 1).slice(2, n - 1, 1);
        let (_, blanks, labels) = of(x);
        let (blank, label) = (ends(blanks.into_dyn(), 3), ends(labels.into_dyn(), 2));
        let columns = DynTensor::concat(vec![blank, label], 2).expect("two columns");
        Tensor::<(), f64>::try_from(-columns.logsumexp().sum_all()).expect("a sum")
    };
    let found = nnx_core::tensor::gradient(total, x()).to_vec();
    let expected = nnx_core::tensor::gradient(|x| of(x).0.sum(), x()).to_vec();
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }
}
