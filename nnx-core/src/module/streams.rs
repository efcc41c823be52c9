//! All random streams of a model: independent ones for replicas, and a scope that sets them back.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::{Entry, Filter, KindId, Module, State, VisitorMut, kind, state_of};
use crate::array::Array;
use crate::random::Key;

/// `n` states of the random streams of a model, each of which is independent of the others (`nnx.split_rngs`).
///
/// Each stream draws one key, which is split in `n` (`jax.random.split`). A stream of state `i` has the i-th of these keys
/// and the count 0. Give the states to `n` replicas of the model by
/// [`update_of`](super::update_of)`(&Filter::kind::<kind::RngState>(), ..)`, or to passes by
/// [`keep_streams`].
///
/// ```
/// use nnx_core::module::{Filter, kind, split_streams, state_of, update_of};
/// use nnx_core::{nn::Dropout, random::Rngs};
///
/// let mut model = Dropout::new(0.5, &mut Rngs::new(0));
/// let streams = split_streams(&mut model, 4);
/// let random = Filter::kind::<kind::RngState>();
/// let mut replicas = vec![model; 4];
/// for (replica, streams) in replicas.iter_mut().zip(&streams) {
///     update_of(&random, replica, streams)?;
/// }
/// assert!(!state_of(&random, &replicas[0]).difference(&state_of(&random, &replicas[1])).is_empty());
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[doc(alias = "split_rngs")]
pub fn split_streams<M: Module + ?Sized>(model: &mut M, n: usize) -> Vec<State> {
    let mut states = vec![State::default(); n];
    let (key_kind, count_kind) = (KindId::of::<kind::RngKey>(), KindId::of::<kind::RngCount>());
    // The count of a stream is visited before its key. In an ensemble, both have a value for each member.
    let mut counts = Vec::new();
    model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
        let (kind, dims) = (variable.kind(), variable.array().dims());
        let words = variable.array().to_vec::<u32>().unwrap_or_default();
        let array = |words: Vec<u32>| Array::new(words, &dims).expect("as many as there were");
        if kind == count_kind {
            let next = array(words.iter().map(|count| count.wrapping_add(1)).collect());
            if variable.set_array(next).is_ok() {
                let zero = Entry { kind, array: array(vec![0; words.len()]) };
                states.iter_mut().for_each(|state| drop(state.insert(path.clone(), zero.clone())));
            }
            counts = words;
        } else if kind == key_kind && words.len() == 2 * counts.len() {
            let key = |(key, &count): (&[u32], &u32)| {
                Key::from_data([key[0], key[1]]).fold_in(count).split(n)
            };
            let keys: Vec<Vec<Key>> = words.chunks_exact(2).zip(&counts).map(key).collect();
            for (i, state) in states.iter_mut().enumerate() {
                let array = array(keys.iter().flat_map(|keys| keys[i].data()).collect());
                state.insert(path.clone(), Entry { kind, array });
            }
        }
    }));
    states
}

/// Runs `f`, and then sets all random streams of the model back (`nnx.restore_rngs`): `f` draws, and what runs after it
/// draws the same again. The rest of what `f` changes stays. Also after a panic.
///
/// A pass that isn't committed changes no stream either: two passes draw the same masks if the first is dropped.
///
/// ```
/// use nnx_core::{module::{Layer, Pass, keep_streams}, nn::Dropout, random::Rngs, tensor::Tensor};
///
/// let mut dropout = Dropout::new(0.5, &mut Rngs::new(0));
/// let mut run = |model: &mut Dropout| {
///     let mut pass = Pass::train();
///     let y = model.forward(Tensor::from([1.0; 10]), &mut pass).to_vec();
///     pass.commit(model).map(|()| y)
/// };
/// let first = keep_streams(&mut dropout, &mut run)?;
/// assert_eq!(run(&mut dropout)?, first);
/// assert_ne!(run(&mut dropout)?, first);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[doc(alias = "restore_rngs")]
pub fn keep_streams<M: Module + ?Sized, R>(model: &mut M, f: impl FnOnce(&mut M) -> R) -> R {
    let random = Filter::kind::<kind::RngState>();
    let before = state_of(&random, model);
    let result = catch_unwind(AssertUnwindSafe(|| f(model)));
    // Variables are found by path: `f` may have replaced a layer.
    model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
        if let Some(entry) = before.get(path).filter(|_| random.selects(path, variable)) {
            let _ = variable.set_array(entry.array.clone());
        }
    }));
    result.unwrap_or_else(|panic| resume_unwind(panic))
}
