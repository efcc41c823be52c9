//! Metrics without data, with masks, of many values; their state; their errors.

use nnx::metrics::{
    Accuracy, Arguments, Average, BinaryAccuracy, Metric, MetricValue, MultiMetric, Welford,
};
use nnx::prelude::*;

use crate::same;

pub(crate) fn batch(values: &[f32]) -> Tensor![Batch] {
    Tensor::from_vec(values.to_vec()).expect("a batch")
}

pub(crate) fn classes(classes: &[i32]) -> Tensor![Batch; i32] {
    Tensor::from_vec(classes.to_vec()).expect("a batch")
}

#[test]
fn metrics_are_nan_without_data_and_after_a_reset() {
    let mut average = Average::new();
    assert!(average.compute().is_nan());
    average.update(&batch(&[1.0]));
    average.reset();
    assert!(average.compute().is_nan());
    assert!(Accuracy::new().compute().is_nan() && BinaryAccuracy::new(0.5).compute().is_nan());
    let mut spread = Welford::new();
    for _ in 0..2 {
        let found = spread.compute();
        assert!(found.mean.is_nan() && found.standard_deviation.is_nan());
        assert!(found.standard_error_of_mean.is_nan());
        spread.update(&batch(&[2.0]));
        spread.reset();
    }
}

#[test]
fn empty_batches_change_nothing() {
    let mut average = Average::new();
    average.update_mean(4.0, 2);
    average.update_mean(f32::NAN, 0);
    average.update(&batch(&[]));
    assert_eq!((average.compute(), average.count()), (4.0, 2));
    let mut spread = Welford::new();
    spread.update(&batch(&[1.0, 3.0]));
    spread.update(&batch(&[]));
    assert_eq!((spread.compute().mean, spread.compute().standard_deviation), (2.0, 1.0));
}

#[test]
fn an_average_weighs_batches_by_their_size() {
    let mut average = Average::new();
    average.update_mean(1.0, 3);
    average.update(&batch(&[5.0]));
    assert_eq!(average.compute(), 2.0);
}

#[test]
fn an_average_of_many_small_values_keeps_its_digits() {
    // In f32 the sum would stop growing at 2^24.
    let mut average = Average::new();
    for _ in 0..20 {
        average.update_mean(1.0, 1 << 22);
    }
    average.update_mean(0.5, 1 << 22);
    assert_eq!(average.compute(), 20.5 / 21.0);
}

#[test]
fn a_standard_deviation_around_a_large_mean_keeps_its_digits() {
    let mut spread = Welford::new();
    for _ in 0..100 {
        spread.update(&batch(&[1e6, 1e6 + 2.0]));
    }
    assert_eq!(spread.compute().mean, 1e6 + 1.0);
    assert_eq!(spread.compute().standard_deviation, 1.0);
}

#[test]
fn masked_elements_are_ignored() {
    let mask = Tensor::<(Batch,), bool>::from_vec(vec![true, false, true]).expect("a batch");
    let mut average = Average::new();
    average.update_masked(&batch(&[1.0, f32::NAN, 3.0]), &mask);
    assert_eq!((average.compute(), average.count()), (2.0, 2));
}

#[test]
fn accuracy_counts_over_batches() {
    let mut accuracy = Accuracy::new();
    accuracy.update_classes(&classes(&[1, 2, 3]), &classes(&[1, 2, 4]));
    accuracy.update_classes(&classes(&[0]), &classes(&[0]));
    accuracy.update_classes(&classes(&[]), &classes(&[]));
    assert_eq!((accuracy.correct(), accuracy.count()), (3, 4));
    assert_eq!(accuracy.compute(), 0.75);
}

#[test]
#[should_panic(
    expected = "Accuracy: predictions of shape (3,) for labels of shape (2,); both must \
                           come from the same batch"
)]
fn different_numbers_of_predictions_and_labels_are_refused() {
    Accuracy::new().update_classes(&classes(&[1, 2, 3]), &classes(&[1, 2]));
}

#[test]
#[should_panic(expected = "Average: takes a mask of bool of shape (3,), found (2,) of bool")]
fn a_mask_of_another_batch_is_refused() {
    let mask = Tensor::<(Batch,), bool>::from_vec(vec![true, false]).expect("a batch");
    Average::new().update_masked(&batch(&[1.0, 2.0, 3.0]), &mask);
}

fn several() -> MultiMetric {
    MultiMetric::new()
        .with("accuracy", Accuracy::new())
        .with("loss", Average::with_argument("loss"))
        .with("spread", Welford::with_argument("loss"))
        .with("yes", BinaryAccuracy::new(0.0))
}

#[test]
fn the_state_of_metrics_is_saved_as_that_of_any_module() {
    let mut metrics = MultiMetric::new()
        .with("accuracy", Accuracy::new())
        .with("loss", Average::with_argument("loss"))
        .with("spread", Welford::with_argument("loss"));
    let logits = Tensor::from([[0.1f32, 0.9], [0.8, 0.2]]);
    let arguments = Arguments::new()
        .with("logits", &logits)
        .with("labels", &Tensor::from([1, 1]))
        .with("loss", &Tensor::from([0.5f32, 1.5]));
    metrics.update(&arguments).expect("all arguments");
    let paths: Vec<String> = state(&metrics).iter().map(|(path, _)| path.to_string()).collect();
    let expected = [
        "accuracy/average/count",
        "accuracy/average/total",
        "loss/count",
        "loss/total",
        "spread/count",
        "spread/m2",
        "spread/mean",
    ];
    assert_eq!(paths, expected);
    let of_kind = state_of(&Filter::kind::<kind::MetricState>(), &metrics);
    assert!(same(&of_kind, &state(&metrics)));
    let mut other = MultiMetric::new()
        .with("accuracy", Accuracy::new())
        .with("loss", Average::with_argument("loss"))
        .with("spread", Welford::with_argument("loss"));
    update(&mut other, &state(&metrics)).expect("the same metrics");
    assert_eq!(other.compute(), metrics.compute());
    assert_eq!(other.compute()["spread"].to_string(), "1.0 ± 0.35355338");
    metrics.reset();
    assert!(matches!(metrics.compute()["loss"], MetricValue::Scalar(x) if x.is_nan()));
}

#[test]
fn a_missing_argument_is_named_with_its_metric() {
    let arguments = Arguments::new().with("loss", &batch(&[1.0])).with("labels", &classes(&[1]));
    let error = several().update(&arguments).expect_err("no logits").to_string();
    assert_eq!(error, "metric `accuracy`: expected an argument `logits`, found `labels`, `loss`");
    let error = Average::new().update_from(&Arguments::new()).expect_err("nothing").to_string();
    assert_eq!(error, "expected an argument `values`, found none");
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    let arguments = Arguments::new().with("logits", &batch(&[1.0])).with("labels", &classes(&[1]));
    let error = Accuracy::new().update_from(&arguments).expect_err("no classes").to_string();
    let expected = "takes logits (.., classes) and labels (..) of i32 or i64, found (1,) of f32 and (1,) of i32";
    assert_eq!(error, expected);
    let arguments = Arguments::new().with("logits", &classes(&[1])).with("labels", &classes(&[1]));
    let error = BinaryAccuracy::new(0.5).update_from(&arguments).expect_err("integers").to_string();
    assert!(
        error.starts_with("takes predictions of f32 or f64 and labels of i32 or i64"),
        "{error}"
    );
}

#[test]
#[should_panic(expected = "MultiMetric: two metrics are named `loss`")]
fn two_metrics_of_one_name_are_refused() {
    let _ = several().with("loss", Average::new());
}
