//! Stops a run whose loss is NaN or infinite, before it wastes hours.

/// Why training can't continue.
///
/// ```
/// use nnx_train::LossGuard;
///
/// let mut guard = LossGuard::new();
/// guard.check(2.25)?;
/// assert_eq!(
///     guard.check(f32::NAN).unwrap_err().to_string(),
///     "the loss is NaN at step 2, after 2.25 at step 1; \
///      lower the learning rate, warm it up, or clip the gradients",
/// );
/// # Ok::<(), nnx_train::TrainError>(())
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The loss was finite before, and isn't any more.
    #[error(
        "the loss is {loss} at step {step}, after {last_loss} at step {last_step}; \
         lower the learning rate, warm it up, or clip the gradients"
    )]
    Diverged {
        /// The step whose loss isn't finite.
        step: u64,
        /// NaN or an infinity.
        loss: f32,
        /// The last step with a finite loss.
        last_step: u64,
        /// The loss at that step.
        last_loss: f32,
    },

    /// No loss has been finite, not even the first, so training isn't the cause.
    #[error(
        "the loss is {loss} at step {step}, and never was finite; check the inputs for NaN and \
         for values that aren't normalised, and how the parameters start"
    )]
    NeverFinite {
        /// The step whose loss isn't finite.
        step: u64,
        /// NaN or an infinity.
        loss: f32,
    },
}

/// Checks that the loss is finite, and remembers the last finite one. Steps are counted from 1, as
/// [`Progress`](crate::Progress) shows them.
///
/// ```
/// use nnx_train::LossGuard;
///
/// let mut guard = LossGuard::new();
/// let mut train = |losses: [f32; 3]| {
///     for loss in losses {
///         guard.check(loss)?;
///     }
///     Ok::<(), nnx_train::TrainError>(())
/// };
/// assert!(train([2.3, 1.7, 1.2]).is_ok());
/// assert!(train([2.3, 9.5, f32::INFINITY]).is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct LossGuard {
    step: u64,
    last: Option<(u64, f32)>,
}

impl LossGuard {
    /// A guard before the first step.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one step, and returns its loss if it is finite.
    ///
    /// # Errors
    /// A loss that is NaN or infinite.
    pub fn check(&mut self, loss: f32) -> Result<f32, TrainError> {
        self.step += 1;
        let step = self.step;
        if loss.is_finite() {
            self.last = Some((step, loss));
            return Ok(loss);
        }
        Err(match self.last {
            Some((last_step, last_loss)) => {
                TrainError::Diverged { step, loss, last_step, last_loss }
            }
            None => TrainError::NeverFinite { step, loss },
        })
    }
}
