//! Makes a model from a state. No weights are sampled first.

use super::{Init, Module, State, StateError, update};
use crate::random::Rngs;

/// A model whose variables are those of a state (`nnx.merge`).
///
/// No weights are sampled: the model is made [blank](Rngs::blank), and each of its variables, random streams
/// included, gets its value from the state. [`io::from_file`](crate::io::from_file) does the same with a file.
///
/// ```
/// use nnx_core::{module::{Init, from_state, state}, nn::Linear, random::Rngs, size::{U2, U3}};
///
/// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let same: Linear<U3, U2> = from_state(&state(&model))?;
/// assert_eq!(same.kernel.value().to_vec(), model.kernel.value().to_vec());
///
/// let error = from_state::<Linear<U3, U3>>(&state(&model)).unwrap_err();
/// assert_eq!(error.to_string(), "the model isn't made, since variables don't fit:\n  \
///     wrong shape: kernel is (3, 3) in the model, (3, 2) here\n  \
///     wrong shape: bias is (3,) in the model, (2,) here");
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// If a variable is missing from the state, the state has one that the model doesn't have, or a shape or
/// element type differs. The error names all of them.
pub fn from_state<M: Init + Module>(state: &State) -> Result<M, StateError> {
    from_state_with(state, M::init)
}

/// As [`from_state`], for a model that is made by a different constructor than `init`.
///
/// A state holds variables only. Everything else, such as the rate of a dropout or the length of a `Vec`,
/// comes from `make`.
///
/// ```
/// use nnx_core::module::{from_state_with, state};
/// use nnx_core::{nn::{KernelOptions, Linear}, random::Rngs, size::{U2, U3}};
///
/// let options = KernelOptions::default().without_bias();
/// let model = Linear::<U3, U2>::with(&options, &mut Rngs::new(0));
/// let same = from_state_with(&state(&model), |rngs| Linear::<U3, U2>::with(&options, rngs))?;
/// assert!(same.bias.is_none());
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// As [`from_state`].
pub fn from_state_with<M: Module>(
    state: &State,
    make: impl FnOnce(&mut Rngs) -> M,
) -> Result<M, StateError> {
    let mut model = make(&mut Rngs::new(0).blank());
    update(&mut model, state).map_err(|error| error.with_header(NOT_MADE))?;
    Ok(model)
}

const NOT_MADE: &str = "the model isn't made, since variables don't fit:";
