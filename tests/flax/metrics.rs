//! Metrics against `nnx.metrics`, after each of three batches.

use nnx::metrics::{Accuracy, Average, BinaryAccuracy, Welford};
use nnx::prelude::*;

use crate::golden::{Errors, Golden};

type Values = Tensor![Batch, 2];
type Labels = Tensor![Batch, 2; i32];
type Mask = Tensor![Batch, 2; bool];

#[test]
fn metrics_are_those_of_flax() {
    let golden = Golden::open("metrics");
    let mut errors = Errors::of("metrics", 3e-7);
    let (mut average, mut masked, mut welford) = (Average::new(), Average::new(), Welford::new());
    let (mut accuracy, mut masked_accuracy) = (Accuracy::new(), Accuracy::new());
    let mut binary = [BinaryAccuracy::new(0.25), BinaryAccuracy::new(0.25)];
    for i in 0..3 {
        let values: Values = golden.tensor(&format!("{i}/values"));
        let logits: Tensor![Batch, 2, 3] = golden.tensor(&format!("{i}/logits"));
        let labels: Labels = golden.tensor(&format!("{i}/labels"));
        let mask: Mask = golden.tensor(&format!("{i}/mask"));
        average.update(&values);
        masked.update_masked(&values, &mask);
        welford.update(&values);
        accuracy.update(&logits, &labels);
        masked_accuracy.update_masked(&logits, &labels, &mask);
        binary[0].update(&values, &labels);
        binary[1].update_masked(&values, &labels, &mask);
        let spread = welford.compute();
        for (name, found) in [
            ("average", average.compute()),
            ("average masked", masked.compute()),
            ("mean", spread.mean),
            ("standard_error_of_mean", spread.standard_error_of_mean),
            ("standard_deviation", spread.standard_deviation),
            ("accuracy", accuracy.compute()),
            ("accuracy masked", masked_accuracy.compute()),
            ("binary", binary[0].compute()),
            ("binary masked", binary[1].compute()),
        ] {
            let name = format!("{i}/{name}");
            errors.compare(&name, &[found], &golden.numbers(&name));
        }
    }
}
