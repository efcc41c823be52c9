//! Gradients on one of several ranks. Each gradient is reported as soon as it is complete.

use std::sync::Arc;

use super::{Evaluation, Loss, Tracked, gradients_of, number_of, track};
use crate::Error;
use crate::array::Array;
use crate::module::{Filter, Module, Pass, Path, State};
use crate::ops::Ranks;

/// Receives the loss and the gradients of a differentiation, each as soon as it is computed: see
/// [`value_and_grad_over_ranks`].
pub trait GradientWatch {
    /// The forward pass is done, and this is the loss.
    ///
    /// # Errors
    /// If the gradients aren't wanted any more.
    fn loss(&mut self, loss: f64) -> Result<(), Error>;

    /// The gradient with respect to a variable is complete. Those of the last layers come first; each comes once.
    fn gradient(&mut self, path: &Path, gradient: &Array);
}

/// As [`value_and_grad_uncommitted`](super::value_and_grad_uncommitted), as one of several ranks, each of which runs its own part of a batch (the hooks of
/// `DistributedDataParallel` in PyTorch). Layers [share statistics](Pass::over_ranks); `watch` is told each gradient while
/// the backward pass goes on, and can send it to the other ranks meanwhile. The gradients are those of this rank's loss.
///
/// # Errors
/// As [`value_and_grad`](super::value_and_grad), and the error of `watch`.
#[track_caller]
pub fn value_and_grad_over_ranks<M: Module + ?Sized, L: Loss>(
    filter: &Filter,
    model: &M,
    ranks: Arc<dyn Ranks>,
    watch: &mut dyn GradientWatch,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<Evaluation<L::Value>, Error> {
    let Tracked { tape, pass, leaves } = track(filter, model, &State::default())?;
    let mut pass = pass.over_ranks(ranks);
    let result = f(model, &mut pass);
    pass.check()?;
    let (loss, value) = result.split()?;
    let number = number_of(&loss);
    watch.loss(number)?;
    let gradients = gradients_of(&tape, loss, &leaves, Some(watch))?;
    Ok(Evaluation { loss: number, value, gradients, pass })
}
