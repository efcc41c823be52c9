//! Gradients with the loss as a tensor, for steps that are recorded.

use super::{Loss, Tracked, gradients_of, track};
use crate::Error;
use crate::module::{Filter, Module, Pass, State, kind};

/// As [`value_and_grad`](super::value_and_grad), with the loss as a tensor: for a step that [`jit`](crate::module::jit) records, in which no number
/// is known yet. A pair of the loss and something else is a pair of tensors then.
///
/// ```
/// use nnx_core::{module::{Init, Layer, loss_and_grad}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{U1, U2};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
/// let (loss, grads) = loss_and_grad(&mut model, |model, pass| {
///     model.forward(x, pass).square().mean()
/// })?;
/// assert!(loss.item() > 0.0);
/// assert_eq!(grads.len(), 2);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// As [`value_and_grad`](super::value_and_grad).
pub fn loss_and_grad<M: Module + ?Sized, L: Loss>(
    model: &mut M,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<(L::Tensors, State), Error> {
    loss_and_grad_of(&Filter::kind::<kind::Param>(), model, f)
}

/// As [`loss_and_grad`], with respect to the floating-point variables that `filter` selects; see
/// [`value_and_grad_of`](super::value_and_grad_of).
///
/// # Errors
/// As [`value_and_grad`](super::value_and_grad).
pub fn loss_and_grad_of<M: Module + ?Sized, L: Loss>(
    filter: &Filter,
    model: &mut M,
    f: impl FnOnce(&M, &mut Pass) -> L,
) -> Result<(L::Tensors, State), Error> {
    let Tracked { tape, mut pass, leaves } = track(filter, model, &State::default())?;
    let result = f(model, &mut pass);
    pass.check()?;
    let (loss, value) = result.split_tensors()?;
    let gradients = gradients_of(&tape, loss, &leaves, None)?;
    pass.commit(model)?;
    Ok((value, gradients))
}
