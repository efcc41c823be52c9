//! The perplexity of a language model.

use super::around::counts_in;
use super::classified::{Classified, classifier_metric, log_sum_exp};
use super::{Average, MetricError};
use crate::array::Element;
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::tensor::Tensor;

/// The exponential of the mean cross-entropy of a language model, in nats a token: `exp(Σ loss / n)` (in torchmetrics
/// `Perplexity`; `exp(log_loss(..))` of scikit-learn). A model that knows nothing has the number of tokens in the
/// vocabulary. NaN before the first token.
///
/// ```
/// use nnx_core::{metrics::Perplexity, tensor::Tensor};
///
/// let mut perplexity = Perplexity::new();
/// perplexity.update(&Tensor::from([[0.5, 0.5, 0.5, 0.5]]), &Tensor::from([3]));
/// assert_eq!(perplexity.compute(), 4.0);
/// perplexity.reset();
/// perplexity.update_losses(&Tensor::from([0.0, 2.0]));
/// assert_eq!(perplexity.compute(), 1.0f32.exp());
/// ```
#[derive(Debug, Clone, Default, crate::Module)]
#[module(init = Self::new())]
pub struct Perplexity {
    average: Average,
}

impl Perplexity {
    /// A metric without tokens.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds tokens by their losses, which `softmax_cross_entropy` returns.
    #[track_caller]
    pub fn update_losses<S: Shape, E: Element>(&mut self, losses: &Tensor<S, E>) {
        self.average.update(losses);
    }

    /// The perplexity of all tokens since the last reset; NaN without tokens.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
    pub fn compute(&self) -> f32 {
        self.average.mean().exp() as f32
    }

    fn add(
        &mut self,
        logits: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        let batch = Classified::new(logits, labels, mask)?;
        let loss = |(logits, label): (&[f64], usize)| log_sum_exp(logits) - logits[label];
        let losses: Vec<f64> = batch.rows().map(loss).collect();
        self.average.add_all(&losses);
        Ok(())
    }
}

counts_in!(Perplexity, average, "tokens");
classifier_metric!(Perplexity);
