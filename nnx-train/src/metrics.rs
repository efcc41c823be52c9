//! Running measures of a model.

use nnx_core::size::Shape;
use nnx_core::tensor::Tensor;

/// The mean of values that come bit by bit: Σ value · count / Σ count.
///
/// Flax: `nnx.metrics.Average`. NaN before the first value. Sums are kept in f64.
///
/// ```
/// use nnx_train::Average;
///
/// let mut loss = Average::new();
/// assert!(loss.compute().is_nan());
/// loss.update(0.5, 32); // the mean loss of a batch of 32 images
/// loss.update(2.0, 16); // and of a last, smaller one
/// assert_eq!(loss.compute(), 1.0);
/// loss.reset();
/// assert!(loss.compute().is_nan());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Average {
    total: f64,
    count: u64,
}

impl Average {
    /// No value yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `count` values whose mean is `mean`; a count of 0 adds nothing, even where the mean of
    /// nothing is NaN.
    pub fn update(&mut self, mean: f32, count: usize) {
        if count > 0 {
            self.total += f64::from(mean) * count as f64;
            self.count += count as u64;
        }
    }

    /// The mean of all values since the start or the last reset; NaN if there are none.
    pub fn compute(&self) -> f32 {
        (self.total / self.count as f64) as f32
    }

    /// Forgets all values.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// The share of right answers, 0 to 1: number of i with predicted\[i\] = label\[i\], over all.
///
/// Flax: `nnx.metrics.Accuracy`, from predicted classes instead of logits. NaN before the first
/// answer.
///
/// ```
/// use nnx_core::tensor::Tensor;
/// use nnx_train::Accuracy;
///
/// let mut accuracy = Accuracy::new();
/// accuracy.update(&Tensor::from([7, 2, 1, 0]), &Tensor::from([7, 2, 1, 6]));
/// assert_eq!(accuracy.compute(), 0.75);
/// assert_eq!((accuracy.correct(), accuracy.count()), (3, 4));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accuracy {
    correct: u64,
    count: u64,
}

impl Accuracy {
    /// No answer yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the predicted and the true classes of a batch.
    ///
    /// # Panics
    /// If a runtime axis differs.
    pub fn update<S: Shape>(&mut self, predicted: &Tensor<S, i32>, labels: &Tensor<S, i32>) {
        let (predictions, answers) = (predicted.dims(), labels.dims());
        assert!(
            predictions == answers,
            "Accuracy: predictions of shape {predictions} for labels of shape {answers}; \
             both must come from the same batch",
        );
        let (predicted, labels) = (predicted.to_vec(), labels.to_vec());
        let correct = predicted.iter().zip(&labels).filter(|(predicted, label)| predicted == label);
        self.correct += correct.count() as u64;
        self.count += labels.len() as u64;
    }

    /// The share of right answers since the start or the last reset; NaN if there are none.
    pub fn compute(&self) -> f32 {
        (self.correct as f64 / self.count as f64) as f32
    }

    /// Number of right answers.
    pub fn correct(&self) -> u64 {
        self.correct
    }

    /// Number of answers.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Forgets all answers.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}
