//! Transforms of gradients, each with slots of its own.

use std::fmt::Debug;

use super::Schedule;
use crate::array::Array;
use crate::array::dtype::for_float;
use crate::kernel::{Float, elementwise};
use crate::module::{Entry, Key, KindId, Path, State, kind};

/// One step of an optimizer: gradients in, updates out (`optax.GradientTransformation`).
///
/// Updates have the paths of the parameters. Slots stand at those paths behind a name of their own, such
/// as `mu/dense/kernel`.
pub trait Transform: Debug + Send + Sync {
    /// The slots for these parameters, as they start.
    fn init(&self, params: &State) -> State;

    /// Turns gradients into updates in place. `step` counts from 0.
    fn update(&self, updates: &mut State, slots: &mut State, params: &State, step: u64);
}

/// A zero for each parameter, at its path behind `name`.
fn zeros(name: &'static str, params: &State) -> State {
    let slot = |(path, entry): (&Path, &Entry)| {
        let array = Array::full_float(0.0, entry.array.dtype(), &entry.array.dims()).contiguous();
        (slot_path(name, path), Entry { kind: KindId::of::<kind::OptState>(), array })
    };
    params.iter().map(slot).collect()
}

/// A parameter's path behind the name of a slot.
fn slot_path(name: &str, path: &Path) -> Path {
    let mut slot = Path::default().join(Key::Name(name.into()));
    for key in path.keys() {
        slot = slot.join(key.clone());
    }
    slot
}

/// The slot `name` of the parameter at `path`.
fn slot<'a>(slots: &'a mut State, name: &str, path: &Path) -> &'a mut Array {
    slots.array_mut(&slot_path(name, path)).expect("`init` made a slot for each parameter")
}

/// Runs `f(update, parameter)` on the elements of each update.
macro_rules! each_update {
    ($updates:expr, |$path:ident, $update:ident: $element:ident| $body:block) => {
        for ($path, entry) in $updates.iter_mut() {
            for_float!(entry.array.dtype(), $element => {
                let $update = entry.array.make_mut::<$element>();
                $body
            });
        }
    };
}

/// Momentum: `t = g + decay t`; the update is `t`, or `g + decay t` with Nesterov's form
/// (`optax.trace`; Sutskever et al., 2013).
#[derive(Debug, Clone, Copy)]
pub struct Trace {
    /// How much of the last step stays.
    pub decay: f64,
    /// Look ahead along the momentum.
    pub nesterov: bool,
}

impl Transform for Trace {
    fn init(&self, params: &State) -> State {
        zeros("trace", params)
    }
    fn update(&self, updates: &mut State, slots: &mut State, _: &State, _: u64) {
        each_update!(updates, |path, update: E| {
            let decay = E::from_f64(self.decay);
            let trace = slot(slots, "trace", path).make_mut::<E>();
            elementwise::zip_in_place(trace, update, |t, g| g + decay * t);
            match self.nesterov {
                true => elementwise::zip_in_place(update, trace, |g, t| g + decay * t),
                false => update.copy_from_slice(trace),
            }
        });
    }
}

/// Adam's direction: with `m = b1 m + (1 - b1) g` and `v = b2 v + (1 - b2) g²`, the update is
/// `(m / (1 - b1^t)) / (√(v / (1 - b2^t)) + eps)` (`optax.scale_by_adam`; Kingma and Ba, 2015).
#[derive(Debug, Clone, Copy)]
pub struct ScaleByAdam {
    /// The decay of the mean.
    pub b1: f64,
    /// The decay of the mean of squares.
    pub b2: f64,
    /// Added to the root, so that a small one doesn't blow the update up.
    pub eps: f64,
}

/// `1 - decay^t` of the step `t - 1`, rounded at each operation to the type of the elements: in f32 this
/// is 2e-5 off where `decay` is near 1, and so is optax, whose steps are to be met.
#[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
fn correction<E: Float>(decay: E, step: u64) -> E {
    E::ONE - E::from_f64(decay.to_f64().powf(step as f64 + 1.0))
}

impl Transform for ScaleByAdam {
    fn init(&self, params: &State) -> State {
        zeros("mu", params).into_iter().chain(zeros("nu", params)).collect()
    }
    fn update(&self, updates: &mut State, slots: &mut State, _: &State, step: u64) {
        each_update!(updates, |path, update: E| {
            let [b1, b2, eps] = [self.b1, self.b2, self.eps].map(E::from_f64);
            let [new1, new2] = [1.0 - self.b1, 1.0 - self.b2].map(E::from_f64);
            let [c1, c2] = [b1, b2].map(|decay| correction(decay, step));
            let mu = slot(slots, "mu", path).make_mut::<E>();
            elementwise::zip_in_place(mu, update, |m, g| b1 * m + new1 * g);
            let mu = slot(slots, "mu", path).clone();
            let nu = slot(slots, "nu", path).make_mut::<E>();
            elementwise::zip_in_place(nu, update, |v, g| b2 * v + new2 * (g * g));
            let direction = |m: E, v: E| (m / c1) / ((v / c2).sqrt() + eps);
            elementwise::zip(mu.slice::<E>(), nu, update, direction);
        });
    }
}

/// Adds `decay` times the parameter to each update (`optax.add_decayed_weights`; Loshchilov and Hutter,
/// 2019).
#[derive(Debug, Clone, Copy)]
pub struct AddDecayedWeights {
    /// The factor.
    pub decay: f64,
}

impl Transform for AddDecayedWeights {
    fn init(&self, _: &State) -> State {
        State::default()
    }
    fn update(&self, updates: &mut State, _: &mut State, params: &State, _: u64) {
        each_update!(updates, |path, update: E| {
            let decay = E::from_f64(self.decay);
            let param = params.get(path).expect("an update stands at a parameter's path");
            let param = param.array.contiguous();
            elementwise::zip_in_place(update, param.slice::<E>(), |u, p| u + decay * p);
        });
    }
}

/// Multiplies each update by minus the learning rate of the step (`optax.scale_by_learning_rate`).
#[derive(Debug, Clone)]
pub struct ScaleByLearningRate(pub Schedule);

impl Transform for ScaleByLearningRate {
    fn init(&self, _: &State) -> State {
        State::default()
    }
    fn update(&self, updates: &mut State, _: &mut State, _: &State, step: u64) {
        let rate = -self.0.at(step);
        each_update!(updates, |_path, update: E| {
            let rate = E::from_f64(rate);
            elementwise::map_in_place(update, |u: E| u * rate);
        });
    }
}

/// Transforms one after the other (`optax.chain`).
#[derive(Debug)]
pub struct Chain(Vec<Box<dyn Transform>>);

impl Chain {
    /// A chain without transforms: updates are the gradients.
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// The chain with one more transform at its end.
    #[must_use]
    pub fn then(mut self, transform: impl Transform + 'static) -> Self {
        self.0.push(Box::new(transform));
        self
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Transform for Chain {
    /// Each transform's slots stand behind its place in the chain.
    fn init(&self, params: &State) -> State {
        let mut slots = State::default();
        for (i, transform) in self.0.iter().enumerate() {
            for (path, entry) in transform.init(params) {
                slots.insert(path.behind(i), entry);
            }
        }
        slots
    }
    fn update(&self, updates: &mut State, slots: &mut State, params: &State, step: u64) {
        let mut parts: Vec<State> = self.0.iter().map(|_| State::default()).collect();
        for (path, entry) in std::mem::take(slots) {
            if let Some((Key::Index(i), rest)) = path.split_first() {
                parts[i].insert(rest, entry);
            }
        }
        for (i, (transform, mut part)) in self.0.iter().zip(parts).enumerate() {
            transform.update(updates, &mut part, params, step);
            for (path, entry) in part {
                slots.insert(path.behind(i), entry);
            }
        }
    }
}
