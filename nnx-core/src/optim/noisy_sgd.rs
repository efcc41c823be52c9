//! Gradient descent with noise.

use super::transform::{counted, entry, factor, number_functions};
use super::{
    Chain, Descent, Direction, ScaleByLearningRate, Schedule, Transform, Updates, settings,
};
use crate::array::{Array, Dims};
use crate::module::{AnyVariable, DynVariable, State};
use crate::ops::{DynKey, DynTensor, numbers_of};
use crate::random::Key;

/// The direction of [`noisy_sgd`].
#[derive(Debug, Clone, Copy)]
pub struct NoisyDirection {
    eta: f64,
    gamma: f64,
    key: Key,
}

/// Gradient descent with noise that fades: `p ← p - η (g + √(eta / t^gamma) ε)` at step `t`, counted from 1, with ε of the
/// standard normal distribution.
///
/// The noise is a function of `key`: the same as in optax.
///
/// | | |
/// |---|---|
/// | defaults | `eta = 0.01`, `gamma = 0.55` |
/// | slots | the key of the next step |
/// | optax | `noisy_sgd(rate, eta, gamma, key)` |
/// | PyTorch | none |
/// | source | Neelakantan et al., 2015 |
///
/// ```
/// use nnx_core::{optim::noisy_sgd, random::Key};
///
/// let optimizer = noisy_sgd(0.1, Key::new(0)).noise(0.1, 0.55);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn noisy_sgd(
    learning_rate: impl Into<Schedule>,
    key: impl Into<Key>,
) -> Descent<NoisyDirection> {
    let direction = NoisyDirection { eta: 0.01, gamma: 0.55, key: key.into() };
    Descent::named("noisy_sgd", direction, learning_rate)
}

impl Descent<NoisyDirection> {
    /// The variance `eta` of the noise in the first step, and the power `gamma` by which it fades.
    ///
    /// # Panics
    /// If one is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn noise(mut self, eta: f64, gamma: f64) -> Self {
        self.direction.eta = settings::non_negative(self.name, "eta", eta);
        self.direction.gamma = settings::non_negative(self.name, "gamma", gamma);
        self
    }
}

impl Direction for NoisyDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let NoisyDirection { eta, gamma, key } = optimizer.direction;
        Chain::new()
            .then(AddNoise { eta, gamma, rng_key: DynVariable::from(entry(words(key))) })
            .then(ScaleByLearningRate::new(optimizer.learning_rate))
    }
}

fn words(key: Key) -> Array {
    Array::filled(key.data().to_vec(), Dims::new(&[2]))
}

/// The transform of [`noisy_sgd`] (`optax.add_noise`).
#[derive(Debug, crate::Module)]
struct AddNoise {
    eta: f64,
    gamma: f64,
    /// The key, which each step splits.
    rng_key: DynVariable,
}

impl Transform for AddNoise {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let deviation = NoiseDeviation { eta: self.eta, gamma: self.gamma };
        let deviation = numbers_of(deviation, vec![updates.count()], 1);
        let next = DynKey::from_data(self.rng_key.array().clone().into()).split(2);
        let [kept, used] = <[DynKey; 2]>::try_from(next).expect("two keys");
        self.rng_key.set_array(kept.data().into_array()).expect("another key");
        let keys = used.split(updates.arrays_count());
        updates.map_arrays(|index, _, update| {
            let noise: DynTensor = update.normal_like(keys[index].clone());
            let deviation = factor(&deviation, 0, update.dtype());
            update + noise * deviation
        });
    }
}

number_functions! {
    /// The standard deviation of the noise of a step: `√(η / (t + 1)^γ)`.
    pub(super) struct NoiseDeviation { eta: f64, gamma: f64 } "noise_deviation"
    takes |inputs| [(Takes::Counter, 1)] gives 1;
    |count, out| {
        #[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
        let step = counted(&count[0]) as f64 + 1.0;
        out[0] = (eta / step.powf(gamma)).sqrt();
    }
}
