//! Precision, recall and F1 as metrics of their own.

use super::around::counts_in;
use super::classified::classifier_metric;
use super::{Averaging, ConfusionMatrix, MetricError};
use crate::ops::DynTensor;
use crate::size::Size;

macro_rules! class_scores {
    ($($(#[$doc:meta])* $score:ident: $method:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, crate::Module)]
        #[module(init = Self::new(Averaging::Macro))]
        pub struct $score<Classes: Size> {
            #[module(skip)]
            averaging: Averaging,
            matrix: ConfusionMatrix<Classes>,
        }

        impl<Classes: Size> $score<Classes> {
            /// A metric without examples. (The derived `init` uses `Averaging::Macro`.)
            #[must_use]
            pub fn new(averaging: Averaging) -> Self {
                Self { averaging, matrix: ConfusionMatrix::new() }
            }

            /// The score of all examples since the last reset; NaN without examples.
            #[must_use]
            pub fn compute(&self) -> f32 {
                self.matrix.$method(self.averaging)
            }

            /// The counts of which the score is computed.
            #[must_use]
            pub fn matrix(&self) -> &ConfusionMatrix<Classes> {
                &self.matrix
            }

            fn add(
                &mut self,
                logits: &DynTensor,
                labels: &DynTensor,
                mask: Option<&DynTensor>,
            ) -> Result<(), MetricError> {
                self.matrix.add(logits, labels, mask)
            }
        }

        counts_in!($score[Classes], matrix, "examples");
        classifier_metric!($score[Classes]);
    )* };
}

class_scores! {
    /// The precision of a classifier: the fraction of the predictions of a class that are right (`precision_score` in
    /// scikit-learn; in torchmetrics `MulticlassPrecision`). Rules for ties, NaN and absent classes are those of
    /// [`ConfusionMatrix`].
    ///
    /// ```
    /// use nnx_core::{metrics::{Averaging, Precision}, size::U2, tensor::Tensor};
    ///
    /// let mut precision = Precision::<U2>::new(Averaging::Macro);
    /// let logits = Tensor::from([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
    /// precision.update(&logits, &Tensor::from([0, 0, 1]));
    /// assert_eq!(precision.compute(), 0.75);
    /// ```
    Precision: precision;
    /// The recall of a classifier: the fraction of the examples of a class that are found (`recall_score` in
    /// scikit-learn; in torchmetrics `MulticlassRecall`). With `Averaging::Macro` it is the balanced accuracy. Rules
    /// for ties, NaN and absent classes are those of [`ConfusionMatrix`].
    ///
    /// ```
    /// use nnx_core::{metrics::{Averaging, Recall}, size::U2, tensor::Tensor};
    ///
    /// let mut recall = Recall::<U2>::new(Averaging::Macro);
    /// let logits = Tensor::from([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
    /// recall.update(&logits, &Tensor::from([0, 0, 1]));
    /// assert_eq!(recall.compute(), 0.75);
    /// ```
    Recall: recall;
    /// The F1 score of a classifier, the harmonic mean of precision and recall: `2 tp / (2 tp + fp + fn)` (`f1_score`
    /// in scikit-learn; in torchmetrics `MulticlassF1Score`). Rules for ties, NaN and absent classes are those of
    /// [`ConfusionMatrix`].
    ///
    /// ```
    /// use nnx_core::{metrics::{Averaging, F1}, size::U2, tensor::Tensor};
    ///
    /// let mut f1 = F1::<U2>::new(Averaging::Macro);
    /// let logits = Tensor::from([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
    /// f1.update(&logits, &Tensor::from([0, 0, 1]));
    /// assert_eq!(f1.compute(), 2.0 / 3.0);
    /// ```
    F1: f1;
}
