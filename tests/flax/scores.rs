//! Scores of classifiers and of regression against scikit-learn, after each of three batches.

use nnx::metrics::{
    Auroc, AveragePrecision, Averaging, CalibrationError, ConfusionMatrix, F1, MeanAbsoluteError,
    MeanSquaredError, Metric, Perplexity, Precision, R2, Recall, RootMeanSquaredError, TopK,
};
use nnx::prelude::*;

use crate::golden::{Errors, Golden};

#[derive(Clone)]
struct Scores {
    matrix: ConfusionMatrix<U6>,
    precision: [Precision<U6>; 3],
    recall: [Recall<U6>; 3],
    f1: [F1<U6>; 3],
    top: [TopK; 3],
    perplexity: Perplexity,
    auroc: Auroc,
    average_precision: AveragePrecision,
    calibration: CalibrationError,
    binary_calibration: CalibrationError,
    mae: MeanAbsoluteError,
    mse: MeanSquaredError,
    rmse: RootMeanSquaredError,
    r2: R2,
}

const AVERAGINGS: [(Averaging, &str); 3] =
    [(Averaging::Micro, "micro"), (Averaging::Macro, "macro"), (Averaging::Weighted, "weighted")];

impl Scores {
    fn new() -> Self {
        let averagings = AVERAGINGS.map(|(averaging, _)| averaging);
        Self {
            matrix: ConfusionMatrix::new(),
            precision: averagings.map(Precision::new),
            recall: averagings.map(Recall::new),
            f1: averagings.map(F1::new),
            top: [1, 2, 4].map(TopK::new),
            perplexity: Perplexity::new(),
            auroc: Auroc::new(),
            average_precision: AveragePrecision::new(),
            calibration: CalibrationError::new(10),
            binary_calibration: CalibrationError::new(8),
            mae: MeanAbsoluteError::new(),
            mse: MeanSquaredError::new(),
            rmse: RootMeanSquaredError::new(),
            r2: R2::new(),
        }
    }

    fn update(&mut self, golden: &Golden, i: usize) {
        let name = |name: &str| format!("{i}/{name}");
        let logits: Tensor![Batch, 6] = golden.tensor(&name("logits"));
        let labels: Tensor![Batch; i32] = golden.tensor(&name("labels"));
        let scores: Tensor![Batch] = golden.tensor(&name("scores"));
        let positive: Tensor![Batch; i32] = golden.tensor(&name("positive"));
        let predictions: Tensor![Batch] = golden.tensor(&name("predictions"));
        let targets: Tensor![Batch] = golden.tensor(&name("targets"));
        self.matrix.update(&logits, &labels);
        self.precision.iter_mut().for_each(|metric| metric.update(&logits, &labels));
        self.recall.iter_mut().for_each(|metric| metric.update(&logits, &labels));
        self.f1.iter_mut().for_each(|metric| metric.update(&logits, &labels));
        self.top.iter_mut().for_each(|metric| metric.update(&logits, &labels));
        self.perplexity.update(&logits, &labels);
        self.calibration.update(&logits, &labels);
        self.auroc.update(&scores, &positive);
        self.average_precision.update(&scores, &positive);
        self.binary_calibration.update_probabilities(&scores, &positive);
        self.mae.update(&predictions, &targets);
        self.mse.update(&predictions, &targets);
        self.rmse.update(&predictions, &targets);
        self.r2.update(&predictions, &targets);
    }

    fn merge(&mut self, other: &Self) {
        fn each<M: Metric>(metrics: &mut [M], others: &[M]) {
            metrics.iter_mut().zip(others).for_each(|(metric, other)| metric.merge(other));
        }
        self.matrix.merge(&other.matrix);
        each(&mut self.precision, &other.precision);
        each(&mut self.recall, &other.recall);
        each(&mut self.f1, &other.f1);
        each(&mut self.top, &other.top);
        self.perplexity.merge(&other.perplexity);
        self.auroc.merge(&other.auroc);
        self.average_precision.merge(&other.average_precision);
        self.calibration.merge(&other.calibration);
        self.binary_calibration.merge(&other.binary_calibration);
        self.mae.merge(&other.mae);
        self.mse.merge(&other.mse);
        self.rmse.merge(&other.rmse);
        self.r2.merge(&other.r2);
    }

    fn compare(&self, golden: &Golden, i: usize, errors: &mut Errors) {
        let numbers = |name: &str| {
            let name = format!("{i}/{name}");
            let numbers: Vec<f64> = golden.array(&name).to_vec().expect("f64");
            numbers.into_iter().map(|number| number as f32).collect::<Vec<f32>>()
        };
        let matrix: Vec<f32> = self.matrix.counts().to_vec().iter().map(|&x| x as f32).collect();
        assert_eq!(matrix, numbers("confusion"));
        let occurs: Vec<usize> = numbers("occurs").iter().map(|&class| class as usize).collect();
        for (name, found) in [
            ("precision each", self.matrix.precisions()),
            ("recall each", self.matrix.recalls()),
            ("f1 each", self.matrix.f1s()),
        ] {
            let found = found.to_vec();
            let of_occurring: Vec<f32> = occurs.iter().map(|&class| found[class]).collect();
            errors.compare(name, &of_occurring, &numbers(name));
            let absent = (0..6).filter(|class| !occurs.contains(class));
            assert!(absent.map(|class| found[class]).all(f32::is_nan), "{name}: {found:?}");
        }
        let mut found: Vec<(String, f32)> = Vec::new();
        for (index, (averaging, name)) in AVERAGINGS.into_iter().enumerate() {
            assert_eq!(self.matrix.f1(averaging), self.f1[index].compute());
            found.push((format!("precision {name}"), self.precision[index].compute()));
            found.push((format!("recall {name}"), self.recall[index].compute()));
            found.push((format!("f1 {name}"), self.f1[index].compute()));
        }
        for (top, k) in self.top.iter().zip([1, 2, 4]) {
            found.push((format!("top {k}"), top.compute()));
        }
        for (name, value) in [
            ("perplexity", self.perplexity.compute()),
            ("auroc", self.auroc.compute()),
            ("average precision", self.average_precision.compute()),
            ("calibration", self.calibration.compute()),
            ("calibration binary", self.binary_calibration.compute()),
            ("mae", self.mae.compute()),
            ("mse", self.mse.compute()),
            ("rmse", self.rmse.compute()),
            ("r2", self.r2.compute()),
        ] {
            found.push((name.to_owned(), value));
        }
        for (name, found) in found {
            errors.compare(&name, &[found], &numbers(&name));
        }
    }
}

#[test]
fn scores_are_those_of_scikit_learn() {
    let golden = Golden::open("scores");
    let mut errors = Errors::of("scores", 1e-7);
    let mut scores = Scores::new();
    for i in 0..3 {
        scores.update(&golden, i);
        scores.compare(&golden, i, &mut errors);
    }
}

#[test]
fn scores_of_parts_are_merged_to_those_of_all() {
    let golden = Golden::open("scores");
    let mut errors = Errors::of("merged scores", 1e-7);
    let parts = [0, 1, 2].map(|i| {
        let mut scores = Scores::new();
        scores.update(&golden, i);
        scores
    });
    let mut all = Scores::new(); // without examples
    for (i, part) in parts.iter().enumerate() {
        all.merge(part);
        all.merge(&Scores::new());
        all.compare(&golden, i, &mut errors);
    }
}
