//! Scores of classifiers and of regression: ties, one class only, no data, NaN, masks, refusals.

use nnx::metrics::{
    Arguments, Auroc, AveragePrecision, Averaging, CalibrationError, ConfusionMatrix, F1,
    MeanAbsoluteError, MetricValue, MultiMetric, Perplexity, R2, RootMeanSquaredError, TopK,
};
use nnx::prelude::*;

use crate::metrics::{batch, classes};

fn rows(rows: &[[f32; 3]]) -> Tensor![Batch, 3] {
    Tensor::batch(rows.iter().copied())
}

#[test]
fn scores_are_nan_without_data_and_after_a_reset() {
    let logits = rows(&[[0.0, 1.0, 2.0]]);
    let mut matrix = ConfusionMatrix::<U3>::new();
    let mut top = TopK::new(2);
    let mut perplexity = Perplexity::new();
    let mut calibration = CalibrationError::new(4);
    let (mut auroc, mut precision) = (Auroc::new(), AveragePrecision::new());
    let (mut mae, mut r2) = (MeanAbsoluteError::new(), R2::new());
    for _ in 0..2 {
        for averaging in [Averaging::Micro, Averaging::Macro, Averaging::Weighted] {
            assert!(matrix.precision(averaging).is_nan() && matrix.recall(averaging).is_nan());
            assert!(matrix.f1(averaging).is_nan());
        }
        assert!(matrix.compute().is_nan() && matrix.f1s().to_vec().iter().all(|f1| f1.is_nan()));
        assert!(top.compute().is_nan() && perplexity.compute().is_nan());
        assert!(calibration.compute().is_nan() && calibration.curve()[0].accuracy.is_nan());
        assert!(auroc.compute().is_nan() && precision.compute().is_nan());
        assert!(mae.compute().is_nan() && r2.compute().is_nan());
        matrix.update(&logits, &classes(&[1]));
        top.update(&logits, &classes(&[1]));
        perplexity.update(&logits, &classes(&[1]));
        calibration.update(&logits, &classes(&[1]));
        auroc.update(&batch(&[0.5, 0.1]), &classes(&[1, 0]));
        precision.update(&batch(&[0.5, 0.1]), &classes(&[1, 0]));
        mae.update(&batch(&[1.0, 2.0]), &batch(&[2.0, 3.0]));
        r2.update(&batch(&[1.0, 2.0]), &batch(&[2.0, 3.0]));
        assert!(!matrix.compute().is_nan() && !top.compute().is_nan() && !r2.compute().is_nan());
        assert!(!perplexity.compute().is_nan() && !calibration.compute().is_nan());
        assert!(!auroc.compute().is_nan() && !precision.compute().is_nan());
        matrix.reset();
        top.reset();
        perplexity.reset();
        calibration.reset();
        auroc.reset();
        precision.reset();
        mae.reset();
        r2.reset();
    }
}

#[test]
fn a_row_with_a_nan_is_missed_and_predicts_no_class() {
    let logits = rows(&[[9.0, 0.0, f32::NAN], [9.0, 0.0, 0.0], [0.0, 9.0, 0.0]]);
    let labels = classes(&[0, 0, 1]);
    let mut matrix = ConfusionMatrix::<U3>::new();
    matrix.update(&logits, &labels);
    assert_eq!(matrix.counts().to_vec().iter().sum::<f64>(), 2.0);
    assert_eq!(matrix.recalls().to_vec()[..2], [0.5, 1.0]);
    assert_eq!(matrix.precisions().to_vec()[..2], [1.0, 1.0]);
    assert_eq!(matrix.compute(), 2.0 / 3.0);
    let mut top = TopK::new(3);
    top.update(&logits, &labels);
    assert_eq!(top.compute(), 2.0 / 3.0);
    let mut calibration = CalibrationError::new(4);
    calibration.update(&logits, &labels);
    assert!(calibration.compute().is_nan());
    let mut perplexity = Perplexity::new();
    perplexity.update(&logits, &labels);
    assert!(perplexity.compute().is_nan());
    let mut auroc = Auroc::new();
    auroc.update(&batch(&[f32::NAN, 0.5, 0.1]), &labels);
    assert!(auroc.compute().is_nan());
}

#[test]
fn the_first_of_equal_logits_is_the_larger() {
    let logits = rows(&[[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]);
    for (labels, of_one, of_two) in [([0, 1], 1.0, 1.0), ([1, 2], 0.0, 1.0), ([2, 0], 0.0, 0.0)] {
        let (mut one, mut two) = (TopK::new(1), TopK::new(2));
        one.update(&logits, &classes(&labels));
        two.update(&logits, &classes(&labels));
        assert_eq!((one.compute(), two.compute()), (of_one, of_two), "{labels:?}");
        let mut accuracy = Accuracy::new();
        accuracy.update(&logits, &classes(&labels));
        assert_eq!(one.compute(), accuracy.compute());
    }
    let mut more = TopK::new(7); // More labels than there are classes.
    more.update(&logits, &classes(&[2, 0]));
    assert_eq!(more.compute(), 1.0);
}

#[test]
fn equal_scores_count_half_and_one_class_has_no_area() {
    let auroc = |scores: &[f32], labels: &[i32]| {
        let mut auroc = Auroc::new();
        auroc.update(&batch(scores), &classes(labels));
        auroc.compute()
    };
    assert_eq!(auroc(&[0.3, 0.3], &[1, 0]), 0.5);
    assert_eq!(auroc(&[0.0, -0.0], &[1, 0]), 0.5);
    assert_eq!(auroc(&[f32::INFINITY, f32::NEG_INFINITY], &[1, 0]), 1.0);
    assert!(auroc(&[0.1, 0.9], &[1, 1]).is_nan() && auroc(&[0.1, 0.9], &[0, 0]).is_nan());
    let precision = |labels: &[i32]| {
        let mut precision = AveragePrecision::new();
        precision.update(&batch(&[0.1, 0.9]), &classes(labels));
        precision.compute()
    };
    assert_eq!((precision(&[1, 1]), precision(&[1, 0])), (1.0, 0.5));
    assert!(precision(&[0, 0]).is_nan());
}

#[test]
fn r2_of_equal_targets_is_one_or_zero_as_in_scikit_learn() {
    let r2 = |predictions: &[f32], targets: &[f32]| {
        let mut r2 = R2::new();
        r2.update(&batch(predictions), &batch(targets));
        r2.compute()
    };
    assert_eq!(r2(&[2.0, 2.0], &[2.0, 2.0]), 1.0);
    assert_eq!(r2(&[2.0, 3.0], &[2.0, 2.0]), 0.0);
    assert!(r2(&[2.0], &[2.0]).is_nan());
    // A large mean loses no digits.
    assert_eq!(r2(&[1e6, 1e6 + 2.0, 1e6 + 4.0], &[1e6, 1e6 + 2.0, 1e6 + 3.0]), 1.0 - 3.0 / 14.0);
}

#[test]
fn confidence_on_an_edge_belongs_to_the_bin_below() {
    let mut calibration = CalibrationError::new(4);
    let labels = classes(&[0, 1, 1, 1]);
    calibration.update_probabilities(&batch(&[0.0, 0.25, 0.5, 1.0]), &labels);
    let counts: Vec<u64> = calibration.curve().iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [2, 1, 0, 1]);
    assert_eq!(calibration.compute(), (0.75 + 0.5) / 4.0);
}

#[test]
fn perplexity_of_infinite_logits_is_not_nan() {
    let mut perplexity = Perplexity::new();
    perplexity.update(&rows(&[[0.0, f32::NEG_INFINITY, 0.0]]), &classes(&[2]));
    assert_eq!(perplexity.compute(), 2.0);
    perplexity.update(&rows(&[[0.0, f32::NEG_INFINITY, 0.0]]), &classes(&[1]));
    assert_eq!(perplexity.compute(), f32::INFINITY);
}

#[test]
fn masked_examples_do_not_count_whatever_they_hold() {
    let logits = rows(&[[9.0, 0.0, 0.0], [f32::NAN; 3]]);
    let (labels, mask) =
        (classes(&[0, -100]), Tensor::<(Batch,), bool>::from_vec(vec![true, false]));
    let mask = mask.expect("a mask");
    let mut f1 = F1::<U3>::new(Averaging::Macro);
    f1.update_masked(&logits, &labels, &mask);
    assert_eq!(f1.compute(), 1.0);
    let mut top = TopK::new(1);
    top.update_masked(&logits, &labels, &mask);
    assert_eq!(top.compute(), 1.0);
    let mut rmse = RootMeanSquaredError::new();
    rmse.update_masked(&batch(&[3.0, f32::NAN]), &batch(&[1.0, 0.0]), &mask);
    assert_eq!(rmse.compute(), 2.0);
    let mut auroc = Auroc::new();
    auroc.update_masked(&batch(&[3.0, f32::NAN]), &labels, &mask);
    assert!(auroc.compute().is_nan()); // No negative examples are left.
}

#[test]
fn several_scores_read_the_same_arguments_and_are_saved() {
    let mut metrics = MultiMetric::new()
        .with("f1", F1::<U3>::new(Averaging::Micro))
        .with("mae", MeanAbsoluteError::new())
        .with("calibration", CalibrationError::new(5));
    let x = batch(&[1.0, 2.0]);
    let arguments = Arguments::new()
        .with("logits", &rows(&[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))
        .with("labels", &classes(&[0, 1]))
        .with("predictions", &x)
        .with("targets", &batch(&[1.0, 4.0]));
    metrics.update(&arguments).expect("all arguments are there");
    let values = metrics.compute();
    assert_eq!((values["f1"], values["mae"]), (MetricValue::Scalar(0.5), MetricValue::Scalar(1.0)));
    let paths: Vec<String> = state(&metrics).iter().map(|(path, _)| path.to_string()).collect();
    let expected = [
        "calibration/sums",
        "f1/matrix/counts",
        "f1/matrix/missed",
        "mae/average/count",
        "mae/average/total",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn what_is_no_class_or_no_probability_is_refused() {
    let logits = rows(&[[0.0, 1.0, 2.0]; 2]);
    let panic = |f: &mut dyn FnMut()| {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
        *caught.expect_err("refused").downcast::<String>().expect("a message")
    };
    let mut matrix = ConfusionMatrix::<U3>::new();
    assert_eq!(
        panic(&mut || matrix.update(&logits, &classes(&[2, 3]))),
        "ConfusionMatrix: label 3 of example 1 is no class: expected 0 to 2; leave out examples without a class by a mask"
    );
    assert_eq!(
        panic(&mut || matrix.update_classes(&classes(&[-1]), &classes(&[0]))),
        "ConfusionMatrix: -1 is no class: expected 0 to 2"
    );
    assert!(matrix.compute().is_nan(), "nothing was counted");
    assert_eq!(
        panic(&mut || TopK::new(2).update(&logits, &classes(&[0]))),
        "TopK: takes logits (.., classes) and labels (..) of i32 or i64 of the same batch, found (2, 3) of f32 and (1,) of i32"
    );
    assert_eq!(
        panic(&mut || R2::new().update(&batch(&[0.0]), &batch(&[0.0, 1.0]))),
        "R2: predictions of shape (1,) for targets of shape (2,); both must come from the same batch"
    );
    assert_eq!(
        panic(&mut || CalibrationError::new(3).update_probabilities(&batch(&[1.5]), &classes(&[1]))),
        "CalibrationError: 1.5 is no probability: expected 0 to 1; turn logits into probabilities by `.sigmoid()`"
    );
    assert_eq!(
        panic(&mut || CalibrationError::new(3).merge(&CalibrationError::new(4))),
        "CalibrationError: can't merge 4 bins into 3"
    );
    let refused = std::panic::catch_unwind(|| TopK::new(0)).expect_err("refused");
    assert_eq!(refused.downcast_ref(), Some(&"TopK: expected at least 1 class, found 0"));
    let refused = std::panic::catch_unwind(|| CalibrationError::new(0)).expect_err("refused");
    assert_eq!(refused.downcast_ref(), Some(&"CalibrationError: expected at least 1 bin, found 0"));
    let of_integers =
        Arguments::new().with("logits", &classes(&[1])).with("labels", &classes(&[1]));
    let mut metric = MultiMetric::new().with("auroc", Auroc::new());
    assert_eq!(
        metric.update(&of_integers).unwrap_err().to_string(),
        "metric `auroc`: takes scores of f32 or f64 and labels of i32 or i64, found (1,) of i32 and (1,) of i32"
    );
}
