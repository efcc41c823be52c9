//! Whether the label is among the k most likely classes.

use super::around::counts_in;
use super::classified::{Classified, classifier_metric};
use super::{Average, MetricError};
use crate::ops::DynTensor;

/// The fraction of examples whose label is among the `k` largest logits (`top_k_accuracy_score` in scikit-learn; in
/// torchmetrics `MulticlassAccuracy(top_k=k)`). NaN before the first example.
///
/// Of equal logits the first counts as the larger, as in `argmax`, so that `k = 1` is [`Accuracy`](super::Accuracy).
/// (scikit-learn prefers the last.) A row of logits that has a NaN counts as incorrect.
///
/// | | |
/// |---|---|
/// | variables | `average/total`, `average/count` |
///
/// ```
/// use nnx_core::{metrics::TopK, tensor::Tensor};
///
/// let mut top2 = TopK::new(2);
/// top2.update(&Tensor::from([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]), &Tensor::from([2, 2]));
/// assert_eq!(top2.compute(), 0.5);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new(5))]
pub struct TopK {
    #[module(skip)]
    k: usize,
    average: Average,
}

impl TopK {
    /// A metric without examples. (The derived `init` uses 5.)
    ///
    /// # Panics
    /// If `k` is 0.
    #[must_use]
    #[track_caller]
    pub fn new(k: usize) -> Self {
        assert!(k > 0, "TopK: expected at least 1 class, found 0");
        Self { k, average: Average::new() }
    }

    /// The fraction of all examples since the last reset; NaN without examples.
    #[must_use]
    pub fn compute(&self) -> f32 {
        self.average.compute()
    }

    fn add(
        &mut self,
        logits: &DynTensor,
        labels: &DynTensor,
        mask: Option<&DynTensor>,
    ) -> Result<(), MetricError> {
        let batch = Classified::new(logits, labels, mask)?;
        let hit = |(logits, label): (&[f64], usize)| {
            let own = logits[label];
            let before =
                |(class, &logit): (usize, &f64)| logit > own || (logit == own && class < label);
            let ahead = logits.iter().enumerate().filter(|&pair| before(pair)).count();
            f64::from(u8::from(ahead < self.k && logits.iter().all(|logit| !logit.is_nan())))
        };
        let hits: Vec<f64> = batch.rows().map(hit).collect();
        self.average.add_all(&hits);
        Ok(())
    }
}

counts_in!(TopK, average, "examples");
classifier_metric!(TopK);
