//! The names and values that are recorded of a step and of an evaluation.

use std::io;

use super::RecordError;
use crate::{Evaluated, Started, Stepped};

/// Which training steps are recorded, and how their rate is called.
#[derive(Clone, Debug)]
pub(super) struct TrainingValues {
    every: u64,
    rate: String,
}

impl TrainingValues {
    pub(super) fn new() -> Self {
        Self { every: 1, rate: rate("") }
    }

    /// Records one of every `steps` training steps, at least 1.
    pub(super) fn every(&mut self, steps: u64) {
        self.every = steps.max(1);
    }

    pub(super) fn start(&mut self, start: &Started) {
        self.rate = rate(start.unit);
    }

    /// The values of a step; none of a step that isn't recorded. A loss that isn't finite always is.
    pub(super) fn at(&self, step: &Stepped) -> Vec<(String, f64)> {
        let due = step.step.saturating_sub(1).is_multiple_of(self.every);
        if !due && step.loss.is_finite() {
            return Vec::new();
        }
        let mut values = vec![("train/loss".to_owned(), f64::from(step.loss))];
        values.extend(step.learning_rate.map(|rate| ("train/learning_rate".to_owned(), rate)));
        let seconds = step.duration.as_secs_f64();
        if seconds > 0.0 {
            values.push((self.rate.clone(), step.count as f64 / seconds));
        }
        values
    }
}

fn rate(unit: &str) -> String {
    let unit = if unit.is_empty() { "items" } else { unit };
    format!("train/{unit}_per_second")
}

/// The metrics of an evaluation, with the names of their curves.
pub(super) fn of_evaluation(evaluation: &Evaluated<'_>) -> Vec<(String, f64)> {
    let metrics = evaluation.metrics.iter();
    metrics.map(|(name, value)| (format!("evaluation/{name}"), *value)).collect()
}

/// A record of named values by step. CSV and JSON differ in how they write them.
pub(super) trait Scalars {
    fn training_values(&self) -> &TrainingValues;
    fn write(&mut self, step: u64, values: Vec<(String, f64)>) -> Result<(), RecordError>;

    /// Writes the values of a training step that is recorded.
    fn write_step(&mut self, step: &Stepped) -> io::Result<()> {
        let values = self.training_values().at(step);
        self.write_some(step.step, values)
    }

    /// Writes the metrics of an evaluation.
    fn write_evaluation(&mut self, evaluation: &Evaluated<'_>) -> io::Result<()> {
        self.write_some(evaluation.step, of_evaluation(evaluation))
    }

    fn write_some(&mut self, step: u64, values: Vec<(String, f64)>) -> io::Result<()> {
        if !values.is_empty() {
            self.write(step, values)?;
        }
        Ok(())
    }
}

/// Seconds since 1970, in thousandths.
pub(super) fn now() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    (now.unwrap_or_default().as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn step(step: u64, loss: f32) -> Stepped {
        let duration = Duration::from_millis(500);
        Stepped { step, loss, count: 32, learning_rate: Some(0.1), duration, ..Default::default() }
    }

    #[test]
    fn a_step_has_its_loss_its_rates_and_its_unit() {
        let mut values = TrainingValues::new();
        let named = |name: &str, value: f64| (name.to_owned(), value);
        let expected = [
            named("train/loss", 2.5),
            named("train/learning_rate", 0.1),
            named("train/items_per_second", 64.0),
        ];
        assert_eq!(values.at(&step(1, 2.5)), expected);
        values.start(&Started { unit: "images", ..Started::default() });
        assert_eq!(values.at(&step(1, 2.5))[2], named("train/images_per_second", 64.0));
        // If no time has passed, there is no rate.
        let still = Stepped { step: 1, loss: 2.5, ..Stepped::default() };
        assert_eq!(values.at(&still), [named("train/loss", 2.5)]);
    }

    #[test]
    fn each_tenth_step_and_each_broken_loss_is_recorded() {
        let mut values = TrainingValues::new();
        values.every(10);
        let recorded = |steps: std::ops::RangeInclusive<u64>| -> Vec<u64> {
            steps.filter(|&n| !values.at(&step(n, 1.0)).is_empty()).collect()
        };
        assert_eq!(recorded(1..=30), [1, 11, 21]);
        assert!(values.at(&step(5, f32::INFINITY))[0].1.is_infinite());
    }
}
