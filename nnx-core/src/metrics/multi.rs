//! Several metrics by name.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};

use thiserror::Error as ThisError;

use super::{Statistics, elements};
use crate::array::{Array, Element};
use crate::module::{Module, ModuleVisitor, Visitor, VisitorMut};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::tensor::Tensor;

/// A metric that reads its inputs from named arguments, for [`MultiMetric`].
pub trait Metric: Module + Debug {
    /// Adds a batch.
    ///
    /// # Errors
    /// If an argument is missing or has a wrong shape. Nothing is added then.
    fn update_from(&mut self, arguments: &Arguments) -> Result<(), MetricError>;
    /// The metric of all batches since the last reset.
    fn value(&self) -> MetricValue;
    /// Removes all batches.
    fn reset(&mut self);
    /// Adds the batches of another metric with the same settings, such as that of another process: the value is then
    /// that of all batches.
    fn merge(&mut self, other: &Self)
    where
        Self: Sized;

    /// What the metric has counted, as numbers that another process can [set](Self::set_counts) and
    /// [merge](Self::merge): the elements of its variables. A metric that counts outside of variables implements both
    /// methods.
    fn counts(&self) -> Vec<f64> {
        let mut counts = Vec::new();
        self.visit(&mut Visitor::new(&mut |_, variable| {
            counts.extend(elements(&variable.array().clone().into()));
        }));
        counts
    }

    /// Sets what [`counts`](Self::counts) has returned of a metric with the same settings.
    ///
    /// # Errors
    /// If there are fewer or more numbers than it has.
    fn set_counts(&mut self, counts: &[f64]) -> Result<(), MetricError> {
        let expected = self.counts().len();
        if counts.len() != expected {
            let found = counts.len();
            let problem = format!(
                "expected {expected} counts, found {found}; give those of a metric with the same settings"
            );
            return Err(MetricError::Shape { problem });
        }
        let mut rest = counts;
        self.visit_mut(&mut VisitorMut::new(&mut |_, variable| {
            let array = variable.array();
            let (own, others) = rest.split_at(array.elements());
            rest = others;
            let counts = Array::new(own.to_vec(), &array.dims()).expect("as many elements");
            let counts = DynTensor::from(counts).cast(array.dtype()).into_array();
            variable.set_array(counts).expect("the same shape and type");
        }));
        Ok(())
    }
}

/// The value of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum MetricValue {
    /// A mean or an accuracy.
    Scalar(f32),
    /// The result of [`Welford`](super::Welford).
    Statistics(Statistics),
}

impl fmt::Display for MetricValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(value) => Debug::fmt(value, f),
            Self::Statistics(Statistics { mean, standard_error_of_mean, .. }) => {
                write!(f, "{mean:?} ± {standard_error_of_mean:?}")
            }
        }
    }
}

/// Why a metric couldn't be updated.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum MetricError {
    /// No argument of this name.
    #[error("expected an argument `{argument}`, found {}", list(given))]
    Missing {
        /// The name of the missing argument.
        argument: &'static str,
        /// The names of the arguments that were given.
        given: Vec<&'static str>,
    },
    /// The shapes or element types of the arguments don't fit.
    #[error("{problem}")]
    Shape {
        /// The expected and the found shapes.
        problem: String,
    },
    /// An error of one of the metrics of a [`MultiMetric`].
    #[error("metric `{metric}`: {cause}")]
    Of {
        /// The name of the metric.
        metric: String,
        /// The error.
        cause: Box<MetricError>,
    },
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Tensors by name, the arguments of [`MultiMetric::update`].
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    tensors: BTreeMap<&'static str, DynTensor>,
    mask: Option<DynTensor>,
}

impl Arguments {
    /// No arguments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an argument: `values` for [`Average::new`](super::Average::new), `logits` and `labels` for accuracies.
    #[must_use]
    pub fn with<S: Shape, E: Element>(mut self, name: &'static str, x: &Tensor<S, E>) -> Self {
        self.tensors.insert(name, x.clone().stop_gradient().into_dyn());
        self
    }

    /// Restricts all metrics to the examples where the mask is true.
    #[must_use]
    pub fn masked<S: Shape>(mut self, mask: &Tensor<S, bool>) -> Self {
        self.mask = Some(mask.clone().into_dyn());
        self
    }

    /// Returns the argument of this name.
    ///
    /// # Errors
    /// If it wasn't given.
    pub fn get(&self, argument: &'static str) -> Result<&DynTensor, MetricError> {
        let given = || self.tensors.keys().copied().collect();
        self.tensors.get(argument).ok_or_else(|| MetricError::Missing { argument, given: given() })
    }

    /// The mask, if there is one.
    #[must_use]
    pub fn mask(&self) -> Option<&DynTensor> {
        self.mask.as_ref()
    }
}

/// Several metrics by name, updated together. Each reads its own arguments.
///
/// | | |
/// |---|---|
/// | variables | those of the metrics, under their names |
/// | Flax | `nnx.MultiMetric(**metrics)` |
///
/// ```
/// use nnx_core::metrics::{Accuracy, Arguments, Average, MetricValue, MultiMetric};
/// use nnx_core::tensor::Tensor;
///
/// let mut metrics =
///     MultiMetric::new().with("accuracy", Accuracy::new()).with("loss", Average::with_argument("loss"));
/// metrics.update(
///     &Arguments::new()
///         .with("logits", &Tensor::from([[0.1, 0.9], [0.8, 0.2]]))
///         .with("labels", &Tensor::from([1, 1]))
///         .with("loss", &Tensor::from([0.5, 1.5])),
/// )?;
/// assert_eq!(metrics.compute()["accuracy"], MetricValue::Scalar(0.5));
/// assert_eq!(metrics.compute()["loss"], MetricValue::Scalar(1.0));
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MultiMetric(BTreeMap<String, Box<dyn Metric>>);

impl MultiMetric {
    /// A collection without metrics.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a metric.
    ///
    /// # Panics
    /// If there is already a metric of this name.
    #[must_use]
    pub fn with(mut self, name: &str, metric: impl Metric + 'static) -> Self {
        let replaced = self.0.insert(name.to_owned(), Box::new(metric));
        assert!(replaced.is_none(), "MultiMetric: two metrics are named `{name}`");
        self
    }

    /// Adds a batch to every metric.
    ///
    /// # Errors
    /// The error of the first metric that lacks an argument, or whose argument has a wrong shape. The metrics
    /// before it, in the order of their names, have been updated.
    pub fn update(&mut self, arguments: &Arguments) -> Result<(), MetricError> {
        for (name, metric) in &mut self.0 {
            metric.update_from(arguments).map_err(|cause| MetricError::Of {
                metric: name.clone(),
                cause: Box::new(cause),
            })?;
        }
        Ok(())
    }

    /// The values of all metrics, by name.
    #[must_use]
    pub fn compute(&self) -> BTreeMap<String, MetricValue> {
        let mut values = BTreeMap::new();
        values.extend(self.0.iter().map(|(name, metric)| (name.clone(), metric.value())));
        values
    }

    /// Removes all batches.
    pub fn reset(&mut self) {
        self.0.values_mut().for_each(|metric| metric.reset());
    }
}

impl Module for MultiMetric {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        self.0.visit_modules(visitor);
    }
}
