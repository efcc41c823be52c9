//! The metric that says which model is the best.

use crate::TrainError;

/// Which evaluation is the best: the one with the largest or the smallest value of a metric (`monitor` and `mode` of
/// Lightning's and Keras' callbacks).
///
/// ```
/// use nnx_train::Goal;
///
/// let goal = Goal::smallest("loss").by_at_least(1e-3);
/// assert_eq!(goal.metric(), "loss");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    metric: String,
    larger: bool,
    least: f64,
}

impl Goal {
    /// The larger, the better, such as an accuracy.
    #[must_use]
    pub fn largest(metric: impl Into<String>) -> Self {
        Self { metric: metric.into(), larger: true, least: 0.0 }
    }

    /// The smaller, the better, such as a loss.
    #[must_use]
    pub fn smallest(metric: impl Into<String>) -> Self {
        Self { metric: metric.into(), larger: false, least: 0.0 }
    }

    /// A value is better only if it is better by more than this (`min_delta`): 0 by default.
    #[must_use]
    pub fn by_at_least(self, difference: f64) -> Self {
        Self { least: difference, ..self }
    }

    /// Whether the larger is the better.
    #[cfg(feature = "checkpoints")]
    pub(crate) fn is_larger_better(&self) -> bool {
        self.larger
    }

    /// The name of the metric.
    #[must_use]
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// A value that isn't finite is never better than another one.
    fn is_better(&self, value: f64, best: Option<f64>) -> bool {
        match best {
            _ if !value.is_finite() => false,
            None => true,
            Some(best) if self.larger => value > best + self.least,
            Some(best) => value < best - self.least,
        }
    }
}

/// The best evaluation of a run.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Best {
    /// The number of steps before it.
    pub step: u64,
    /// The value of the metric.
    pub value: f64,
}

/// The best evaluation so far.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) goal: Goal,
    pub(crate) patience: Option<u64>,
    pub(crate) best: Option<Best>,
    /// The number of evaluations since the best one.
    pub(crate) since: u64,
}

impl Watch {
    pub(crate) fn new(goal: Goal) -> Self {
        Self { goal, patience: None, best: None, since: 0 }
    }

    /// Whether this evaluation is the best so far.
    pub(crate) fn look(
        &mut self,
        step: u64,
        metrics: &[(String, f64)],
    ) -> Result<bool, TrainError> {
        let Some((_, value)) = metrics.iter().find(|(name, _)| *name == self.goal.metric) else {
            let measured = metrics.iter().map(|(name, _)| name.clone()).collect();
            return Err(TrainError::NoSuchMetric { metric: self.goal.metric.clone(), measured });
        };
        let better = self.goal.is_better(*value, self.best.map(|best| best.value));
        self.since += 1;
        if better {
            self.best = Some(Best { step, value: *value });
            self.since = 0;
        }
        Ok(better)
    }

    /// Whether the metric hasn't become better for as many evaluations as allowed.
    pub(crate) fn is_out_of_patience(&self) -> bool {
        self.patience.is_some_and(|patience| self.since >= patience)
    }
}
