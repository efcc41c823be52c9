//! The metrics of one evaluation, by name; `ranks` merges those of several ranks.

mod ranks;

use std::any::Any;
use std::fmt::{self, Debug};

use nnx_core::metrics::{Metric, MetricError, MetricValue};

use crate::{Batched, DataError, Loader};

/// The metrics of one evaluation, by name: each is made when it is first asked for.
///
/// ```
/// use nnx_core::{metrics::Accuracy, tensor::Tensor};
/// use nnx_train::Scores;
///
/// let mut scores = Scores::new();
/// for labels in [[0, 1], [1, 1]] {
///     let logits = Tensor::from([[2.0, 1.0], [0.0, 3.0]]);
///     scores.of::<Accuracy>("accuracy").update(&logits, &Tensor::from(labels));
/// }
/// assert_eq!(scores.values(), [("accuracy".to_owned(), 0.75)]);
/// ```
#[derive(Default)]
pub struct Scores(Vec<(String, Box<dyn AnyMetric>)>);

/// A metric whose type is erased.
trait AnyMetric: Debug {
    fn value(&self) -> f64;
    fn counts(&self) -> Vec<f64>;
    /// Adds what another rank has counted.
    fn merge(&mut self, counts: &[f64]) -> Result<(), MetricError>;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<M: Metric + Clone + 'static> AnyMetric for M {
    fn value(&self) -> f64 {
        match Metric::value(self) {
            MetricValue::Scalar(value) => f64::from(value),
            MetricValue::Statistics(statistics) => f64::from(statistics.mean),
            other => unreachable!("{other:?} is no value of a metric of this version"),
        }
    }
    fn counts(&self) -> Vec<f64> {
        Metric::counts(self)
    }
    fn merge(&mut self, counts: &[f64]) -> Result<(), MetricError> {
        let mut other = self.clone();
        other.set_counts(counts)?;
        Metric::merge(self, &other);
        Ok(())
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl Scores {
    /// No metrics.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The metric of this name. At first it is made by `default`.
    ///
    /// # Panics
    /// If the metric of this name has a different type.
    #[track_caller]
    pub fn of<M: Metric + Clone + Default + 'static>(&mut self, name: &str) -> &mut M {
        self.of_made(name, M::default)
    }

    /// The metric of this name. At first it is made by `make`.
    ///
    /// ```
    /// use nnx_core::{metrics::{Averaging, F1}, size::U2, tensor::Tensor};
    /// use nnx_train::Scores;
    ///
    /// let mut scores = Scores::new();
    /// let f1 = scores.of_made("F1", || F1::<U2>::new(Averaging::Weighted));
    /// f1.update(&Tensor::from([[2.0, 1.0], [0.0, 3.0]]), &Tensor::from([0, 1]));
    /// assert_eq!(scores.value("F1"), Some(1.0));
    /// ```
    ///
    /// # Panics
    /// If the metric of this name has a different type.
    #[track_caller]
    pub fn of_made<M: Metric + Clone + 'static>(
        &mut self,
        name: &str,
        make: impl FnOnce() -> M,
    ) -> &mut M {
        let index = self.0.iter().position(|(of, _)| of == name).unwrap_or_else(|| {
            self.0.push((name.to_owned(), Box::new(make())));
            self.0.len() - 1
        });
        let metric = &mut *self.0[index].1;
        let wanted = std::any::type_name::<M>();
        metric.as_any_mut().downcast_mut().unwrap_or_else(|| {
            panic!("Scores: the metric `{name}` was made as another type than `{wanted}`; give one of them another name")
        })
    }

    /// The metric of this name, if there is one of this type. It gives access to more than the value, such as to a
    /// confusion matrix.
    #[must_use]
    pub fn get<M: Metric + 'static>(&self, name: &str) -> Option<&M> {
        let (_, metric) = self.0.iter().find(|(of, _)| of == name)?;
        (**metric).as_any().downcast_ref()
    }

    /// The value of the metric of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(of, _)| of == name).map(|(_, metric)| metric.value())
    }

    /// The values of all metrics, in the order in which they were made.
    #[must_use]
    pub fn values(&self) -> Vec<(String, f64)> {
        self.0.iter().map(|(name, metric)| (name.clone(), metric.value())).collect()
    }
}

impl Debug for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, metric)| (name, metric.value()))).finish()
    }
}

/// Measures all batches of a loader: `measure` runs the model on a batch, and adds it to the scores.
///
/// ```
/// use nnx_core::{metrics::MeanAbsoluteError, tensor::Tensor};
/// use nnx_train::{Dataset, Items, evaluate};
///
/// let test = Items(vec![(1.0f32, 2.0f32), (3.0, 3.0)]).loader(2)?;
/// let scores = evaluate(&test, |(x, y), scores| {
///     scores.of::<MeanAbsoluteError>("error").update(&x, &y);
/// })?;
/// assert_eq!(scores.value("error"), Some(0.5));
/// # Ok::<(), nnx_train::DataError>(())
/// ```
///
/// # Errors
/// A batch that can't be made.
pub fn evaluate<T: Batched>(
    batches: &Loader<T>,
    mut measure: impl FnMut(T::Batch, &mut Scores),
) -> Result<Scores, DataError> {
    let mut scores = Scores::new();
    for batch in batches.epoch(0) {
        measure(batch?, &mut scores);
    }
    Ok(scores)
}
