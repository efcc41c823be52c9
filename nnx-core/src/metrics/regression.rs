//! Errors of predicted numbers.

use super::around::counts_in;
use super::{Arguments, Average, Metric, MetricError, MetricValue, pairs};
use crate::array::{Element, OrPanic as _};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::size::rules::{SameShape, TargetsOf};
use crate::tensor::Tensor;

/// `update`, `update_masked` and [`Metric`] of a metric of predictions and targets, by its `add`.
macro_rules! regression_updates {
    ($metric:ident) => {
        impl $metric {
            /// Adds the predictions and the targets of a batch.
            ///
            /// # Panics
            /// If a runtime axis differs.
            #[track_caller]
            pub fn update<S, T, E>(&mut self, predictions: &Tensor<S, E>, targets: &Tensor<T, E>)
            where
                S: Shape,
                T: TargetsOf<S>,
                E: Element,
            {
                let (x, y) = (predictions.clone().into_dyn(), targets.clone().into_dyn());
                let added = self.add(&x, &y, None);
                added.map_err(|error| format!("{}: {error}", stringify!($metric))).or_panic();
            }

            /// Adds the elements of a batch where the mask is true. The others are ignored, even if they are NaN.
            ///
            /// # Panics
            /// If a runtime axis differs.
            #[track_caller]
            pub fn update_masked<S, T, M, E>(
                &mut self,
                predictions: &Tensor<S, E>,
                targets: &Tensor<T, E>,
                mask: &Tensor<M, bool>,
            ) where
                S: Shape,
                T: TargetsOf<S>,
                M: SameShape<S>,
                E: Element,
            {
                let (x, y) = (predictions.clone().into_dyn(), targets.clone().into_dyn());
                let added = self.add(&x, &y, Some(&mask.clone().into_dyn()));
                added.map_err(|error| format!("{}: {error}", stringify!($metric))).or_panic();
            }
        }

        impl Metric for $metric {
            fn update_from(&mut self, arguments: &Arguments) -> Result<(), MetricError> {
                let (x, y) = (arguments.get("predictions")?, arguments.get("targets")?);
                self.add(x, y, arguments.mask())
            }
            fn value(&self) -> MetricValue {
                MetricValue::Scalar(self.compute())
            }
            fn reset(&mut self) {
                Self::reset(self);
            }
            fn merge(&mut self, other: &Self) {
                Self::merge(self, other);
            }
        }
    };
}
pub(super) use regression_updates;

macro_rules! mean_errors {
    ($($(#[$doc:meta])* $metric:ident: |$error:ident| $of_one:expr, |$mean:ident| $of_all:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, crate::Module)]
        #[module(init = Self::new())]
        pub struct $metric {
            average: Average,
        }

        impl $metric {
            /// A metric without elements.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// The metric of all elements since the last reset; NaN without elements.
            #[must_use]
            #[allow(clippy::cast_possible_truncation, reason = "rounded once, at the end")]
            pub fn compute(&self) -> f32 {
                let $mean = self.average.mean();
                $of_all as f32
            }

            fn add(
                &mut self,
                predictions: &DynTensor,
                targets: &DynTensor,
                mask: Option<&DynTensor>,
            ) -> Result<(), MetricError> {
                let pairs = pairs(predictions, targets, mask)?.into_iter();
                let errors: Vec<f64> = pairs.map(|(x, y)| { let $error = x - y; $of_one }).collect();
                self.average.add_all(&errors);
                Ok(())
            }
        }

        counts_in!($metric, average, "elements");
        regression_updates!($metric);
    )* };
}

mean_errors! {
    /// The mean absolute error (MAE): `Σ |x - y| / n` (`mean_absolute_error` in scikit-learn; in torchmetrics
    /// `MeanAbsoluteError`). NaN before the first element.
    ///
    /// ```
    /// use nnx_core::{metrics::MeanAbsoluteError, tensor::Tensor};
    ///
    /// let mut error = MeanAbsoluteError::new();
    /// error.update(&Tensor::from([2.5, 0.0, 2.0, 8.0]), &Tensor::from([3.0, -0.5, 2.0, 7.0]));
    /// assert_eq!(error.compute(), 0.5);
    /// ```
    #[doc(alias = "MAE")]
    MeanAbsoluteError: |error| error.abs(), |mean| mean;
    /// The mean squared error (MSE): `Σ (x - y)² / n` (`mean_squared_error` in scikit-learn; in torchmetrics
    /// `MeanSquaredError`). NaN before the first element.
    ///
    /// ```
    /// use nnx_core::{metrics::MeanSquaredError, tensor::Tensor};
    ///
    /// let mut error = MeanSquaredError::new();
    /// error.update(&Tensor::from([2.5, 0.0, 2.0, 8.0]), &Tensor::from([3.0, -0.5, 2.0, 7.0]));
    /// assert_eq!(error.compute(), 0.375);
    /// ```
    #[doc(alias = "MSE")]
    MeanSquaredError: |error| error * error, |mean| mean;
    /// The square root of the mean squared error (RMSE): `√(Σ (x - y)² / n)` (`root_mean_squared_error` in
    /// scikit-learn; in torchmetrics `MeanSquaredError(squared=False)`). NaN before the first element.
    ///
    /// ```
    /// use nnx_core::{metrics::RootMeanSquaredError, tensor::Tensor};
    ///
    /// let mut error = RootMeanSquaredError::new();
    /// error.update(&Tensor::from([3.0, 4.0]), &Tensor::from([0.0, 0.0]));
    /// assert_eq!(error.compute(), 12.5f32.sqrt());
    /// ```
    #[doc(alias = "RMSE")]
    RootMeanSquaredError: |error| error * error, |mean| mean.sqrt();
}
