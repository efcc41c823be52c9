//! Gradients of a loss with respect to a model's variables.

mod as_tensors;
mod loss;
mod over_ranks;

pub use as_tensors::{loss_and_grad, loss_and_grad_of};
pub use loss::Loss;
pub use over_ranks::{GradientWatch, value_and_grad_over_ranks};
use thiserror::Error as ThisError;

use super::bf16::stored_as_bf16;
use super::{Entry, Filter, KindId, Module, Pass, Path, State, kind};
use crate::Error;
use crate::array::DType;
use crate::grad::Tape;
use crate::ops::DynTensor;

/// A model or a loss that can't be differentiated.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum GradError {
    /// The filter selects no floating-point variable of the model.
    #[error(
        "no variable to differentiate with respect to: the filter ({filter}) selects no floating-point variable of this model"
    )]
    NothingSelected {
        /// The filter.
        filter: String,
    },
    /// The filter freezes variables that the model doesn't have.
    #[error("nothing to freeze: the filter ({filter}) selects no variable of this model")]
    NothingFrozen {
        /// The filter of the frozen variables.
        filter: String,
    },
    /// A selected variable is stored as bf16, which isn't trained.
    #[error(
        "`{path}` is stored as bf16, and such weights have no gradients: widen them by `to_f32(&mut model)`, or select \
         other variables by `value_and_grad_of`"
    )]
    Bf16 {
        /// The variable's path.
        path: Path,
    },
    /// The loss wasn't computed from the variables of this pass.
    #[error(
        "the loss depends on none of the {variables} variables selected: compute it from the `model` and the `pass` that the closure is given"
    )]
    Unconnected {
        /// The number of selected variables.
        variables: usize,
    },
    /// The loss depends on none of the variables, the inputs and the taps.
    #[error(
        "the loss depends on none of {variables} variables, {inputs} inputs and {taps} taps: compute it from the \
         `model`, the inputs and the `pass` that the closure is given"
    )]
    NothingConnected {
        /// The number of selected variables.
        variables: usize,
        /// The number of inputs.
        inputs: usize,
        /// The number of tap values.
        taps: usize,
    },
}

/// Panics where the loss isn't a number yet.
#[track_caller]
fn check_not_recorded(loss: &DynTensor) {
    assert!(
        !loss.is_traced(),
        "the loss is wanted as a number, which isn't known while `jit` records a step: write `loss_and_grad`, which returns \
         it as a tensor, in place of `value_and_grad`"
    );
}

/// The loss, and its gradient with respect to the model's parameters (`nnx.value_and_grad`).
///
/// `f` runs in a training pass. Its updates (running statistics, random streams) are written to the model
/// together at the end; if anything fails, the model is unchanged. A parameter that the loss doesn't depend
/// on has gradient 0.
///
/// `f` may return a pair of the loss and something else, such as logits. Call
/// [`stop_gradient`](crate::tensor::Tensor::stop_gradient) on a tensor that outlives the step (in PyTorch: `detach`):
/// otherwise it keeps the tape in memory, with all tensors that are saved for backward.
///
/// ```
/// use nnx_core::{module::{Init, Layer, value_and_grad}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{U1, U2};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
/// let (loss, grads) = value_and_grad(&mut model, |model, pass| {
///     model.forward(x, pass).square().mean()
/// })?;
/// assert!(loss > 0.0);
/// assert_eq!(grads.len(), 2); // bias and kernel
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// The first error of [`Pass::fail`], the error that `f` returned, or a [`GradError`].
#[track_caller]
pub fn value_and_grad<M: Module + ?Sized, L: Loss>(
    model: &mut M,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<(L::Value, State), Error> {
    value_and_grad_of(&Filter::kind::<kind::Param>(), model, f)
}

/// As [`value_and_grad`], with respect to the floating-point variables that `filter` selects; not those of
/// a shared module, see [`Module`].
///
/// All other variables are constants, but running statistics and random streams are still updated, as in
/// every training pass. Variables in [`Filter::freezing`] aren't updated at all.
///
/// # Errors
/// As [`value_and_grad`].
#[track_caller]
pub fn value_and_grad_of<M: Module + ?Sized, L: Loss>(
    filter: &Filter,
    model: &mut M,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<(L::Value, State), Error> {
    let evaluation = evaluate(filter, model, &State::default(), f)?;
    evaluation.pass.commit(model)?;
    Ok((evaluation.value, evaluation.gradients))
}

/// As [`value_and_grad_of`], but the model stays as it was: its running statistics and random streams are updated when the
/// pass of the result is [committed](Pass::commit). So a step whose loss or gradients aren't finite can be left out as a
/// whole.
///
/// ```
/// use nnx_core::module::{Filter, Init, Layer, kind, value_and_grad_uncommitted};
/// use nnx_core::{nn::Linear, random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let filter = Filter::kind::<kind::Param>();
/// let x = Tensor::from([[1.0, 2.0]]);
/// let step = value_and_grad_uncommitted(&filter, &model, |model, pass| {
///     model.forward(x, pass).square().mean()
/// })?;
/// if step.loss.is_finite() && step.gradients.not_finite().is_empty() {
///     step.pass.commit(&mut model)?;
/// }
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// As [`value_and_grad`].
#[track_caller]
pub fn value_and_grad_uncommitted<M: Module + ?Sized, L: Loss>(
    filter: &Filter,
    model: &M,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<Evaluation<L::Value>, Error> {
    evaluate(filter, model, &State::default(), f)
}

/// A loss with its gradients, and the pass that has the updates of this run; see [`value_and_grad_uncommitted`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Evaluation<V> {
    /// The loss as a number.
    pub loss: f64,
    /// The result of the function: the loss, and the auxiliary value, if there is one.
    pub value: V,
    /// The gradients.
    pub gradients: State,
    /// The pass, which holds new running statistics and random streams.
    pub pass: Pass,
}

/// The loss and its gradients, as [`value_and_grad_of`], where the variables have the values that `values` has of them.
/// The model is unchanged: the caller commits the pass.
#[track_caller]
pub(crate) fn evaluate<M: Module + ?Sized, L: Loss>(
    filter: &Filter,
    model: &M,
    values: &State,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<Evaluation<L::Value>, Error> {
    let Tracked { tape, mut pass, leaves } = track(filter, model, values)?;
    let result = f(model, &mut pass);
    pass.check()?;
    let (loss, value) = result.split()?;
    let number = number_of(&loss);
    let gradients = gradients_of(&tape, loss, &leaves, None)?;
    Ok(Evaluation { loss: number, value, gradients, pass })
}

/// The loss as a number.
#[track_caller]
fn number_of(loss: &DynTensor) -> f64 {
    let number = loss.clone().stop_gradient();
    check_not_recorded(&number);
    number.cast(DType::F64).array().to_vec::<f64>().expect("cast to f64")[0]
}

/// A training pass whose variables are leaves of a tape.
pub(super) struct Tracked {
    pub(super) tape: Tape,
    pub(super) pass: Pass,
    pub(super) leaves: Vec<(Path, KindId, DynTensor)>,
}

/// Begins a differentiation.
pub(super) fn track<M: Module + ?Sized>(
    filter: &Filter,
    model: &M,
    values: &State,
) -> Result<Tracked, GradError> {
    if let Some(part) = filter.missing_frozen(model) {
        return Err(GradError::NothingFrozen { filter: format!("{part:?}") });
    }
    refuse_bf16(filter, model)?;
    let tape = Tape::new();
    let mut pass = Pass::train();
    let owned = filter.clone() & !Filter::kind::<kind::ReadOnly>();
    let leaves = pass.track(model, &owned, &tape, values);
    pass.freeze_selected(model, &filter.frozen());
    if leaves.is_empty() {
        return Err(GradError::NothingSelected { filter: format!("{filter:?}") });
    }
    Ok(Tracked { tape, pass, leaves })
}

/// An error if the filter selects a variable that is stored as bf16.
pub(super) fn refuse_bf16<M: Module + ?Sized>(filter: &Filter, model: &M) -> Result<(), GradError> {
    let owned = filter.clone() & !Filter::kind::<kind::ReadOnly>();
    match stored_as_bf16(&owned, model) {
        Some(path) => Err(GradError::Bf16 { path }),
        None => Ok(()),
    }
}

/// The gradients with respect to the leaves. Compiled once, not for each model.
fn gradients_of(
    tape: &Tape,
    loss: DynTensor,
    leaves: &[(Path, KindId, DynTensor)],
    mut watch: Option<&mut dyn GradientWatch>,
) -> Result<State, Error> {
    let seed = loss.full_like(1.0);
    let tensors: Vec<&DynTensor> = leaves.iter().map(|(_, _, leaf)| leaf).collect();
    let gradients = match &mut watch {
        None => tape.gradients(loss, seed, &tensors),
        Some(watch) => {
            let mut tell = |index: usize, gradient: &DynTensor| {
                watch.gradient(&leaves[index].0, &gradient.clone().into_array());
            };
            tape.gradients_as_ready(loss, seed, &tensors, &mut tell)
        }
    };
    if gradients.iter().all(Option::is_none) {
        return Err(GradError::Unconnected { variables: leaves.len() }.into());
    }
    let entry = |((path, kind, leaf), gradient): (&(_, _, DynTensor), Option<DynTensor>)| {
        let array = match (gradient, &mut watch) {
            (Some(gradient), _) => gradient.into_array(),
            (None, watch) => {
                let zeros = leaf.full_like(0.0).into_array();
                if let Some(watch) = watch {
                    watch.gradient(path, &zeros);
                }
                zeros
            }
        };
        (Clone::clone(path), Entry { kind: *kind, array })
    };
    Ok(leaves.iter().zip(gradients).map(entry).collect())
}

/// The gradient alone (`nnx.grad`).
///
/// # Errors
/// As [`value_and_grad`].
pub fn grad<M: Module + ?Sized, L: Loss>(
    model: &mut M,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<State, Error> {
    loss_and_grad(model, f).map(|(_, gradients)| gradients)
}

/// The gradient with respect to the variables that `filter` selects.
///
/// # Errors
/// As [`value_and_grad`].
pub fn grad_of<M: Module + ?Sized, L: Loss>(
    filter: &Filter,
    model: &mut M,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<State, Error> {
    loss_and_grad_of(filter, model, f).map(|(_, gradients)| gradients)
}
