//! Schedule-free learning.

use super::transform::{elementwise, makes, number, number_functions, one_of, rate_of, saturated};
use super::{IntoTransform, Schedule, Slot, Transform, Updates, settings};
use crate::module::{Entry, State, Variable, kind};
use crate::ops::{DynTensor, numbers_of};
use crate::tensor::Tensor;

/// Schedule-free learning: an average of the weights takes the place of a decaying learning rate. `optimizer` moves
/// the weights `z`; gradients are taken at `y`, between `z` and their average `x`, which is the result of the
/// training: `z ← z + u`, `x ← (1 - c) x + c z`, `y ← b1 x + (1 - b1) z`, where `u` is the update of the optimizer,
/// and `c` the share of this step in the sum of all `ηmax^p`, with the largest learning rate `ηmax` so far and the
/// power `p`.
///
/// The model has the weights `y`. Evaluate it with `x`, by
/// [`Optimizer::evaluation_pass`](super::Optimizer::evaluation_pass).
///
/// Take an optimizer without momentum, such as [`sgd`](super::sgd), or [`adam`](super::adam) with `b1 = 0`: the average
/// has its place. Pass the same learning rate, a constant or a warm-up, to both.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, power `p = 2` |
/// | slots | those of `optimizer`, `z`, `weight_sum`, `max_lr` |
/// | optax | `contrib.schedule_free`, which reads the schedule from step 1 on, as this |
/// | PyTorch | none |
/// | source | Defazio et al., 2024 |
///
/// ```
/// use nnx_core::module::{Init, Layer, grad};
/// use nnx_core::optim::{Optimizer, adam, schedule_free, warmup_constant};
/// use nnx_core::{nn::Linear, random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let rate = warmup_constant(0.0, 0.01, 10);
/// let optimizer = schedule_free(adam(rate.clone()).betas(0.0, 0.999), rate);
/// let mut optimizer = Optimizer::new(&model, optimizer);
/// let x = || Tensor::from([1.0, 2.0]);
/// let grads = grad(&mut model, |model, pass| model.forward(x(), pass).square().sum())?;
/// optimizer.update(&mut model, grads)?;
/// let y = model.forward(x(), &mut optimizer.evaluation_pass(&model)?);
/// # let _ = y;
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Panics
/// If the learning rate is negative, infinite or NaN; for a schedule, in the step for which it is.
#[must_use]
#[track_caller]
pub fn schedule_free<How>(
    optimizer: impl IntoTransform<How>,
    learning_rate: impl Into<Schedule>,
) -> ScheduleFree {
    ScheduleFree {
        learning_rate: learning_rate.into(),
        b1: 0.9,
        weight_lr_power: 2.0,
        base_optimizer_state: optimizer.boxed(),
        z: Slot::new(0.0),
        weight_sum: Variable::new(Tensor::from(0.0)),
        max_lr: Variable::new(Tensor::from(0.0)),
    }
}

/// A scalar of kind `OptState`.
type Number = Variable<Tensor<(), f64>, kind::OptState>;

/// See [`schedule_free`].
#[derive(Debug, crate::Module)]
pub struct ScheduleFree {
    #[module(skip)]
    learning_rate: Schedule,
    b1: f64,
    weight_lr_power: f64,
    base_optimizer_state: Box<dyn Transform>,
    z: Slot,
    weight_sum: Number,
    max_lr: Number,
}

impl ScheduleFree {
    /// How far `y`, where gradients are taken, is from `z` to the average `x`. 0.95 and 0.98 work well for long
    /// trainings.
    ///
    /// # Panics
    /// If it isn't above 0 and at most 1: `x` is computed from `y` and `z`.
    #[must_use]
    #[track_caller]
    pub fn b1(mut self, b1: f64) -> Self {
        self.b1 = settings::share("schedule_free", "b1", b1);
        self
    }

    /// The power `p` of the learning rate in the weight of a step.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn weight_lr_power(mut self, power: f64) -> Self {
        self.weight_lr_power = settings::non_negative("schedule_free", "weight_lr_power", power);
        self
    }
}

impl Transform for ScheduleFree {
    fn init(&mut self, params: &State) {
        self.base_optimizer_state.init(params);
        self.z.init_as_params(params);
    }

    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let (schedule, power, b1) = (self.learning_rate.clone(), self.weight_lr_power, self.b1);
        let rate = rate_of(&schedule, updates.count(), 1);
        let [largest, sum] = [&self.max_lr, &self.weight_sum].map(|x| x.value().array().clone());
        let weights = numbers_of(ScheduleFreeWeights { power }, vec![rate, largest, sum], 3);
        self.max_lr.replace(Tensor::trusted(one_of(&weights, 0)));
        self.weight_sum.replace(Tensor::trusted(one_of(&weights, 1)));
        let Self { base_optimizer_state, z, .. } = self;
        base_optimizer_state.update(updates);
        updates.apply_made(weights, ScheduleFreeAverage { b1 }, [z]);
    }

    fn evaluation_params(&self, params: &mut State) {
        self.base_optimizer_state.evaluation_params(params);
        for (path, z) in self.z.iter() {
            if let Some(entry) = params.get(path) {
                let [y, z] = [&entry.array, z].map(|array| DynTensor::from(array.clone()));
                let x = (y - z.mul_scalar(1.0 - self.b1)).mul_scalar(1.0 / self.b1);
                params.insert(path.clone(), Entry { array: x.into_array(), ..entry.clone() });
            }
        }
    }

    fn learning_rate(&self, step: u64) -> Option<f64> {
        Some(self.learning_rate.at(step + 1))
    }
}

number_functions! {
    /// The largest rate and the sum of weights after a step, and the step's share of the sum.
    pub(super) struct ScheduleFreeWeights { power: f64 } "schedule_free"
    takes |inputs| [(Takes::Number, 3)] gives 3;
    |inputs, out| {
        let [rate, largest, sum] = [0, 1, 2].map(|i: usize| number(&inputs[i]));
        let largest = largest.max(rate);
        let weight = largest.powf(power);
        let sum = sum + weight;
        // While the rate is 0, nothing has moved.
        let share = if sum == 0.0 { 0.0 } else { weight / sum };
        out.copy_from_slice(&[largest, sum, share]);
    }
}

/// The averaging for a share.
#[derive(Debug, crate::ops::AttributeValue)]
pub(super) struct ScheduleFreeAverage {
    b1: f64,
}

makes!(ScheduleFreeAverage => Average, numbers 3, |settings, inputs| {
    Average { b1: settings.b1, share: inputs.numbers[2] }
});

elementwise! {
    /// The averaging of [`schedule_free`].
    pub(super) struct Average {
        /// The share of the average in `y`.
        b1: f64 = 0.9,
        /// The share of this step in the average.
        share: f64 = 1.0,
    }
    slots 1 { z }
    prepare |settings, _step| {
        let [b1, rest] = [settings.b1, 1.0 - settings.b1].map(E::from_f64);
        // `1 - share` is rounded twice, as in optax.
        let share = E::from_f64(settings.share);
        let old = E::ONE - share;
    }
    update |g, y| {
        let x = (y - rest * z) / b1;
        let z = saturated(z + g, g);
        let x = old * x + share * z;
        (b1 * x + rest * z - y, [z])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{reference::check, sgd, warmup_constant};

    #[test]
    fn schedule_free_follows_its_formula() {
        let rate = || warmup_constant(0.0, 0.1, 8);
        let (mut x, mut z, mut sum) = (1.5, 1.5, 0.0);
        let optimizer = schedule_free(sgd(rate()), rate()).b1(0.8).weight_lr_power(1.5);
        check(optimizer, |_, g, t| {
            let step = u64::try_from(t).expect("counted from 1");
            let weight = rate().at(step).powf(1.5);
            sum += weight;
            z -= rate().at(step - 1) * g;
            x += weight / sum * (z - x);
            0.8 * x + (1.0 - 0.8) * z
        });
    }
}
