//! Stops a run whose loss or gradients are NaN or infinite, before it wastes hours.

use std::fmt;

use nnx_core::module::{Path, State};

/// A loss, or gradients, that aren't finite, and where.
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
/// # Ok::<(), nnx_train::NotFinite>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct NotFinite {
    /// The step, counted from 1.
    pub step: u64,
    /// The epoch, from 0, and the batch in it, from 1.
    pub batch: Option<(u64, u64)>,
    /// The loss of the step. If it is finite, the gradients aren't.
    pub loss: f32,
    /// The last step with a finite loss, and that loss.
    pub last: Option<(u64, f32)>,
    /// The paths of the gradients that aren't finite.
    pub gradients: Vec<Path>,
    /// The paths of the model's variables that aren't finite.
    pub variables: Vec<Path>,
}

impl NotFinite {
    /// Names the batch: the epoch, from 0, and the number of the batch in it, from 1.
    #[must_use]
    pub fn at_batch(self, epoch: u64, batch: u64) -> Self {
        Self { batch: Some((epoch, batch)), ..self }
    }
}

/// The most paths that a message names.
const NAMED: usize = 5;

fn list(f: &mut fmt::Formatter<'_>, what: &str, paths: &[Path]) -> fmt::Result {
    if paths.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = paths.iter().take(NAMED).map(ToString::to_string).collect();
    write!(f, "; {what} that aren't finite: {}", names.join(", "))?;
    match paths.len() - names.len() {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, batch, loss, last, gradients, variables } = self;
        if loss.is_finite() {
            write!(f, "the loss is {loss}, but gradients aren't finite, at step {step}")?;
        } else {
            write!(f, "the loss is {loss} at step {step}")?;
        }
        if let Some((epoch, batch)) = batch {
            write!(f, " (epoch {}, batch {batch})", epoch + 1)?;
        }
        match last {
            Some((last_step, last_loss)) if !loss.is_finite() => {
                write!(f, ", after {last_loss} at step {last_step}")?;
            }
            None if !loss.is_finite() => f.write_str(", and never was finite")?,
            _ => {}
        }
        list(f, "gradients", gradients)?;
        list(f, "variables", variables)?;
        f.write_str(if loss.is_finite() {
            "; look for a division by 0, or a root or logarithm of 0, in the loss"
        } else if last.is_some() && loss.is_nan() && batch.is_some_and(|(epoch, _)| epoch == 0) {
            // The batch has items that the model hasn't seen before, so its data may be the cause.
            "; look for NaN in the data of this batch; if there is none, lower the learning rate, warm it up, or clip the \
             gradients"
        } else if last.is_some() {
            "; lower the learning rate, warm it up, or clip the gradients"
        } else {
            "; check the inputs for NaN and for values that aren't normalised, and how the parameters start"
        })
    }
}

impl std::error::Error for NotFinite {}

/// Checks that losses and gradients are finite, and remembers the last finite loss. Steps are counted from 1, as
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
///     Ok::<(), nnx_train::NotFinite>(())
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

    /// A guard after some steps, of which `last` is the last with a finite loss, and that loss.
    pub(crate) fn after(step: u64, last: Option<(u64, f32)>) -> Self {
        Self { step, last }
    }

    /// The last step with a finite loss, and that loss.
    pub(crate) fn last(&self) -> Option<(u64, f32)> {
        self.last
    }

    /// Counts one step, and returns its loss if it is finite.
    ///
    /// # Errors
    /// A loss that is NaN or infinite.
    pub fn check(&mut self, loss: f32) -> Result<f32, NotFinite> {
        self.step += 1;
        if loss.is_finite() {
            self.last = Some((self.step, loss));
            return Ok(loss);
        }
        Err(NotFinite { step: self.step, loss, last: self.last, ..NotFinite::default() })
    }

    /// As [`check`](Self::check), for the gradients too. It reads each gradient once, which takes little time compared
    /// with the step that computed it. Call it before the optimizer: then the model has the weights of the last good
    /// step.
    ///
    /// `variables` gives the variables of the model, of which the error names those that aren't finite. It is called
    /// if something isn't finite.
    ///
    /// ```
    /// use nnx_core::module::{Init, Layer, state, value_and_grad};
    /// use nnx_core::{nn::Linear, random::Rngs, size::{U1, U2}, tensor::Tensor};
    /// use nnx_train::LossGuard;
    ///
    /// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
    /// let mut guard = LossGuard::new();
    /// let (loss, grads) = value_and_grad(&mut model, |model, pass| {
    ///     (model.forward(Tensor::from([[1.0, 2.0]]), pass) * f32::INFINITY).sum()
    /// })?;
    /// let error = guard.check_step(loss, &grads, || state(&model)).unwrap_err();
    /// assert_eq!(error.gradients.len(), 2);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// A loss, or an element of a gradient, that is NaN or infinite.
    pub fn check_step(
        &mut self,
        loss: f32,
        gradients: &State,
        variables: impl FnOnce() -> State,
    ) -> Result<f32, NotFinite> {
        let last = self.last;
        let checked = self.check(loss);
        let gradients = gradients.not_finite();
        if checked.is_ok() && gradients.is_empty() {
            return checked;
        }
        self.last = last;
        let variables = variables().not_finite();
        Err(NotFinite { step: self.step, batch: None, loss, last, gradients, variables })
    }
}
