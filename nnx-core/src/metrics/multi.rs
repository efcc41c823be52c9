//! Several metrics by name.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};

use thiserror::Error as ThisError;

use super::Statistics;
use crate::array::Element;
use crate::module::{Module, Visitor, VisitorMut};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::tensor::Tensor;

/// A running measure that takes what it measures from named arguments.
pub trait Metric: Module + Debug {
    /// Adds a batch.
    ///
    /// # Errors
    /// If an argument is missing or of a wrong shape; nothing is added then.
    fn update_from(&mut self, arguments: &Arguments) -> Result<(), MetricError>;
    /// The measure of all batches since the start or the last reset.
    fn measure(&self) -> Measure;
    /// Forgets all batches.
    fn reset(&mut self);
}

/// What a metric has found.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// A mean, or a share.
    Number(f32),
    /// Mean and spread.
    Statistics(Statistics),
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => Debug::fmt(number, f),
            Self::Statistics(Statistics { mean, standard_error_of_mean, .. }) => {
                write!(f, "{mean:?} ± {standard_error_of_mean:?}")
            }
        }
    }
}

/// A metric that wasn't given what it measures.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum MetricError {
    /// No argument of this name.
    #[error("expected an argument `{argument}`, found {}", list(given))]
    Missing {
        /// Its name.
        argument: &'static str,
        /// Those that are there.
        given: Vec<&'static str>,
    },
    /// Arguments that don't fit one another.
    #[error("{problem}")]
    Shape {
        /// What was expected, and what was found.
        problem: String,
    },
    /// The same, of one among several metrics.
    #[error("metric `{metric}`: {source}")]
    Of {
        /// Its name.
        metric: String,
        /// What is wrong.
        source: Box<MetricError>,
    },
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Tensors by name, for metrics to choose from.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    tensors: BTreeMap<&'static str, DynTensor>,
    mask: Option<DynTensor>,
}

impl Arguments {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more: `values` for means, `logits` and `labels` for accuracies.
    #[must_use]
    pub fn with<S: Shape, E: Element>(mut self, name: &'static str, x: &Tensor<S, E>) -> Self {
        self.tensors.insert(name, x.clone().stop_gradient().into_dyn());
        self
    }

    /// Only those examples count at which the mask is true.
    #[must_use]
    pub fn masked<S: Shape>(mut self, mask: &Tensor<S, bool>) -> Self {
        self.mask = Some(mask.clone().into_dyn());
        self
    }

    /// The argument of this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn get(&self, argument: &'static str) -> Result<&DynTensor, MetricError> {
        let given = || self.tensors.keys().copied().collect();
        self.tensors.get(argument).ok_or_else(|| MetricError::Missing { argument, given: given() })
    }

    /// The mask, where there is one.
    #[must_use]
    pub fn mask(&self) -> Option<&DynTensor> {
        self.mask.as_ref()
    }
}

/// Several metrics, which are updated together and each take their own arguments.
///
/// | | |
/// |---|---|
/// | variables | those of the metrics, behind their names |
/// | Flax | `nnx.MultiMetric(**metrics)` |
///
/// ```
/// use nnx_core::metrics::{Accuracy, Arguments, Average, Measure, MultiMetric};
/// use nnx_core::tensor::Tensor;
///
/// let mut metrics =
///     MultiMetric::new().with("accuracy", Accuracy::new()).with("loss", Average::of("loss"));
/// metrics.update(
///     &Arguments::new()
///         .with("logits", &Tensor::from([[0.1, 0.9], [0.8, 0.2]]))
///         .with("labels", &Tensor::from([1, 1]))
///         .with("loss", &Tensor::from([0.5, 1.5])),
/// )?;
/// assert_eq!(metrics.compute()["accuracy"], Measure::Number(0.5));
/// assert_eq!(metrics.compute()["loss"], Measure::Number(1.0));
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MultiMetric(BTreeMap<String, Box<dyn Metric>>);

impl MultiMetric {
    /// No metric yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more metric.
    ///
    /// # Panics
    /// If there is one of this name.
    #[must_use]
    pub fn with(mut self, name: &str, metric: impl Metric + 'static) -> Self {
        let twin = self.0.insert(name.to_owned(), Box::new(metric));
        assert!(twin.is_none(), "MultiMetric: two metrics are named `{name}`");
        self
    }

    /// Adds a batch to every metric.
    ///
    /// # Errors
    /// The first metric that lacks an argument, or is given one of a wrong shape. Those before it have
    /// been updated.
    pub fn update(&mut self, arguments: &Arguments) -> Result<(), MetricError> {
        for (name, metric) in &mut self.0 {
            metric.update_from(arguments).map_err(|source| MetricError::Of {
                metric: name.clone(),
                source: Box::new(source),
            })?;
        }
        Ok(())
    }

    /// The measures by name.
    #[must_use]
    pub fn compute(&self) -> BTreeMap<String, Measure> {
        self.0.iter().map(|(name, metric)| (name.clone(), metric.measure())).collect()
    }

    /// Forgets all batches.
    pub fn reset(&mut self) {
        self.0.values_mut().for_each(|metric| metric.reset());
    }
}

impl Module for MultiMetric {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
}
