//! COCOB.

use super::descent::methods;
use super::transform::{bounded, elementwise, maximum, saturated};
use super::{
    Chain, Descent, Direction, ScaleByLearningRate, Schedule, Slot, Transform, Updates, settings,
};
use crate::module::State;

/// The direction of [`cocob`].
#[derive(Debug, Clone, Copy)]
pub struct CocobDirection {
    alpha: f64,
    eps: f64,
}

/// COCOB, descent without a learning rate, by betting on a coin: with the start `p₀` of a parameter,
/// `L ← max(L, |g|)`, `G ← G + |g|`, `R ← max(R - g (p - p₀), 0)`, `C ← C - g`, and
/// `p ← p₀ + C / (L max(G + L, α L)) (L + R)`. The argument `η`, 1 for most models, multiplies the gradients.
///
/// | | |
/// |---|---|
/// | defaults | `α = 100`, `eps = 1e-8`, the start of L, no weight decay |
/// | slots | `init_particles` for p₀, `cumulative_gradients` for C, `scale` for L, `subgradients` for G, `reward` for R |
/// | optax | `contrib.cocob` |
/// | PyTorch | none |
/// | source | Orabona and Tommasi, 2017 |
///
/// ```
/// let optimizer = nnx_core::optim::cocob(1.0).alpha(50.0);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn cocob(learning_rate: impl Into<Schedule>) -> Descent<CocobDirection> {
    Descent::named("cocob", CocobDirection { alpha: 100.0, eps: 1e-8 }, learning_rate)
}
methods! { CocobDirection: eps weight_decay }

impl Descent<CocobDirection> {
    /// How many of the largest gradients the first steps count as.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.direction.alpha = settings::non_negative(self.name, "alpha", alpha);
        self
    }
}

impl Direction for CocobDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let CocobDirection { alpha, eps } = optimizer.direction;
        let decay = (optimizer.weight_decay != 0.0).then(|| optimizer.decay_transform());
        Chain::new()
            .then_some(decay)
            .then(ScaleByLearningRate::upward(optimizer.learning_rate))
            .then(ScaleByCocob {
                alpha,
                init_particles: Slot::new(0.0),
                cumulative_gradients: Slot::new(0.0),
                scale: Slot::new(eps),
                subgradients: Slot::new(0.0),
                reward: Slot::new(0.0),
            })
    }
}

/// The transform of [`cocob`].
#[derive(Debug, crate::Module)]
struct ScaleByCocob {
    alpha: f64,
    init_particles: Slot,
    cumulative_gradients: Slot,
    scale: Slot,
    subgradients: Slot,
    reward: Slot,
}

impl Transform for ScaleByCocob {
    fn init(&mut self, params: &State) {
        self.init_particles.init_as_params(params);
        self.cumulative_gradients.init(params);
        self.scale.init(params);
        self.subgradients.init(params);
        self.reward.init(params);
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let Self { alpha, init_particles, cumulative_gradients, scale, subgradients, reward } =
            self;
        let slots = [init_particles, cumulative_gradients, scale, subgradients, reward];
        updates.apply_elementwise(Bet { alpha: *alpha }, slots);
    }
}

elementwise! {
    /// The step of [`cocob`].
    pub(super) struct Bet {
        /// How many of the largest gradients the first steps count as.
        alpha: f64 = 100.0,
    }
    slots 5 { start, sum, largest, sizes, reward }
    prepare |settings, _step| {
        let alpha = E::from_f64(settings.alpha);
    }
    update |g, p| {
        let g = bounded(g);
        let size = maximum(g, -g);
        let largest = maximum(largest, size);
        let sizes = sizes + size;
        let reward = saturated(maximum(reward - g * (p - start), E::ZERO), g);
        let sum = sum - g;
        let bet = sum / (largest * maximum(sizes + largest, alpha * largest)) * (largest + reward);
        (-p + (start + bet), [start, sum, largest, sizes, reward])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn cocob_follows_its_formula() {
        let (mut largest, mut sizes, mut reward, mut sum) = (1e-8f64, 0.0, 0.0f64, 0.0);
        check(cocob(1.0).alpha(10.0), |p, g, _| {
            largest = largest.max(g.abs());
            sizes += g.abs();
            reward = (reward - g * (p - 1.5)).max(0.0);
            sum -= g;
            1.5 + sum / (largest * (sizes + largest).max(10.0 * largest)) * (largest + reward)
        });
    }
}
