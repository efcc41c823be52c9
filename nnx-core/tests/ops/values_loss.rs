//! Fused losses against the same losses composed of other operations.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;

use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{elements, indices, tensor};
use crate::plain::FLOATS;

/// The cross-entropy of rows of logits and its gradient, of rows that count differently: as one operation,
/// and as the logarithm of softmax of which one element is picked.
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
