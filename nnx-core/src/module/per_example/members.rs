//! All examples at once, as the members of a `vmap`.

use super::{ExampleGradients, Examples, draw_from, stacked};
use crate::Error;
use crate::module::differentiate::{GradError, Tracked, track};
use crate::module::{Entry, Filter, Loss, Module, Pass, State};
use crate::ops::{DynTensor, if_batched, next_id};

/// The losses and gradients of all examples, by one run of `f`. `None` if `f` can't run for all of them at once: it reads
/// elements, or returns more than the loss.
pub(super) fn at_once<M: Module + ?Sized, X: Examples, L: Loss>(
    filter: &Filter,
    model: &M,
    batch: &X,
    streams: &[State],
    f: &impl Fn(&M, X::Example, &mut Pass) -> L,
) -> Option<Result<ExampleGradients<L::Value>, Error>> {
    if !L::HAS_MEMBERS {
        return None;
    }
    if_batched(|| {
        let (level, size) = (next_id(), streams.len());
        // The tape begins inside of the `vmap`, so a shared variable has a gradient for each member.
        let Tracked { tape, mut pass, leaves } = match track(filter, model, &State::default()) {
            Ok(tracked) => tracked,
            Err(error) => return Some(Err(error.into())),
        };
        draw_from(model, &stacked(streams), &mut pass, |all| DynTensor::each_of(level, all.into()));
        let result = f(model, batch.every_example(level), &mut pass);
        if let Err(error) = pass.check() {
            return Some(Err(error));
        }
        let (loss, values) = match result.split_members(level, size)? {
            Ok(loss) => loss,
            Err(error) => return Some(Err(error)),
        };
        let seed = loss.full_like(1.0);
        let tensors: Vec<&DynTensor> = leaves.iter().map(|(_, _, leaf)| leaf).collect();
        let found = tape.gradients(loss, seed, &tensors);
        if found.iter().all(Option::is_none) {
            return Some(Err(GradError::Unconnected { variables: leaves.len() }.into()));
        }
        let gradients = leaves.iter().zip(found).map(|((path, kind, leaf), gradient)| {
            let gradient = gradient.unwrap_or_else(|| leaf.full_like(0.0));
            let array = gradient.stop_gradient().all_of(level, size).into_array();
            (path.clone(), Entry { kind: *kind, array: array.contiguous() })
        });
        Some(Ok(ExampleGradients { values, gradients: gradients.collect() }))
    })
    .flatten()
}
