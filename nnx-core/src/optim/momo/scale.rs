//! The steps of MoMo.

use super::LowerBound;
use crate::array::Array;
use crate::module::{State, Variable, kind};
use crate::ops::DynTensor;
use crate::optim::transform::{
    Bounded, Objective, by_numbers, dot, elementwise, number, saturated,
};
use crate::optim::{Descent, ScaleByLearningRate, Slot, Transform, Updates};
use crate::tensor::Tensor;

/// A scalar of kind `OptState`.
type Number = Variable<Tensor<(), f64>, kind::OptState>;

#[derive(Debug, Clone, Copy)]
pub(super) struct Momentum {
    pub(super) b1: f64,
    /// `b2` and `eps`, of [`momo_adam`](super::momo_adam).
    pub(super) adam: Option<(f64, f64)>,
}

/// The transform of [`momo`](super::momo) and of [`momo_adam`](super::momo_adam).
#[derive(Debug, crate::Module)]
pub(super) struct ScaleByMomo {
    #[module(skip)]
    name: &'static str,
    #[module(skip)]
    momentum: Momentum,
    #[module(skip)]
    bound: LowerBound,
    weight_decay: f64,
    rate: ScaleByLearningRate,
    exp_avg: Slot,
    /// Of [`momo_adam`](super::momo_adam) alone.
    exp_avg_sq: Slot,
    barf: Number,
    gamma: Number,
    lb: Number,
}

impl Transform for ScaleByMomo {
    fn init(&mut self, params: &State) {
        self.exp_avg.init(params);
        if self.momentum.adam.is_some() {
            self.exp_avg_sq.init(params);
        }
    }

    /// # Panics
    /// If the loss can't be evaluated.
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let Momentum { b1, adam } = self.momentum;
        let Some(&mut Objective { loss, .. }) = updates.objective() else {
            panic!(
                "`Optimizer::update` has gradients alone, but {} needs the loss: call \
                 `optimizer.step_on(&mut model, |model, pass| loss)`",
                self.name
            )
        };
        #[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
        let t = updates.step() as f64 + 1.0;
        // Adam's averages start at 0, with bias correction. Those of momo start at the first gradient.
        let (b1, correction) = match adam {
            Some(_) => (b1, 1.0 - b1.powf(t)),
            None => (if t == 1.0 { 0.0 } else { b1 }, 1.0),
        };
        let rate = number(&self.rate.rate(updates.count()));
        let params = updates.params();
        updates.apply_elementwise(Bounded {}, []);
        let gradients = updates.collect();
        let along = |arrays: &mut dyn Iterator<Item = &Array>| -> f64 {
            arrays.zip(params.iter()).map(|(x, (_, entry))| dot(x, &entry.array)).sum()
        };
        let loss = b1 * self.barf.value().item() + (1.0 - b1) * loss;
        let gamma = b1 * self.gamma.value().item() + (1.0 - b1) * along(&mut gradients.iter());
        self.average(updates, b1);
        let inner = along(&mut self.exp_avg.arrays());
        let root_scale = adam.map_or(1.0, |(b2, _)| 1.0 / (1.0 - b2.powf(t)));
        let square = self.square(root_scale);

        let growth = 1.0 + rate * self.weight_decay;
        let bound =
            correction * self.lower_bound(growth * (loss - gamma) + inner, growth * correction);
        let gap = growth * (loss - bound - gamma) + inner;
        // A comparison, so that NaN stays NaN.
        let gap = if gap < 0.0 { 0.0 } else { gap };
        let step = if square <= f64::EPSILON { 0.0 } else { gap / square };
        let step = if step > rate / correction { rate / correction } else { step };
        if self.bound.adapts {
            let reached = (loss + inner - gamma - 0.5 * step * square) / correction;
            self.lb.replace(Tensor::from(reached.max(self.bound.value)));
        }
        self.barf.replace(Tensor::from(loss));
        self.gamma.replace(Tensor::from(gamma));

        let decay = rate * self.weight_decay / growth;
        let Self { exp_avg, exp_avg_sq, .. } = self;
        match adam {
            Some((_, eps)) => updates.apply_elementwise(
                DividedStep { step, decay, root_scale, eps },
                [exp_avg, exp_avg_sq],
            ),
            None => updates.apply_elementwise(PlainStep { step, decay }, [exp_avg]),
        }
    }
}

impl ScaleByMomo {
    pub(super) fn new<D>(optimizer: &Descent<D>, momentum: Momentum, bound: LowerBound) -> Self {
        Self {
            name: optimizer.name,
            momentum,
            bound,
            weight_decay: optimizer.weight_decay,
            rate: ScaleByLearningRate::new(optimizer.learning_rate.clone()),
            exp_avg: Slot::new(0.0),
            exp_avg_sq: Slot::new(0.0),
            barf: Variable::new(Tensor::from(0.0)),
            gamma: Variable::new(Tensor::from(0.0)),
            lb: Variable::new(Tensor::from(bound.value)),
        }
    }

    /// Updates the averages of gradients and of squares.
    fn average(&mut self, updates: &mut Updates<'_>, b1: f64) {
        let Self { exp_avg, exp_avg_sq, .. } = self;
        match self.momentum.adam {
            Some((b2, _)) => {
                let averages = Averages { b1, b2 };
                updates.map_elementwise(
                    [exp_avg, exp_avg_sq],
                    |_, _, _| None,
                    by_numbers(move |_| averages),
                );
            }
            None => updates.map_elementwise(
                [exp_avg],
                |_, _, _| None,
                by_numbers(move |_| Average { b1 }),
            ),
        }
    }

    /// `⟨m, m / d⟩`, where d is 1 without Adam.
    fn square(&self, root_scale: f64) -> f64 {
        let Some((_, eps)) = self.momentum.adam else {
            return self.exp_avg.arrays().map(|m| dot(m, m)).sum();
        };
        let term = |(m, v): (&Array, &Array)| {
            let [numerator, v] = [m, v].map(|x| DynTensor::from(x.clone()));
            let divisor = v.mul_scalar(root_scale).sqrt().add_scalar(eps);
            dot(m, (numerator / divisor).array())
        };
        self.exp_avg.arrays().zip(self.exp_avg_sq.arrays()).map(term).sum()
    }

    /// The lower bound of the loss for this step. The step length is positive only if the bound is below `cap / growth`, by
    /// averages of losses and gradients; otherwise half of that is the bound.
    fn lower_bound(&self, cap: f64, growth: f64) -> f64 {
        let bound = self.lb.value().item();
        if self.bound.adapts && cap < growth * bound {
            return (cap / (2.0 * growth)).max(self.bound.value);
        }
        bound
    }
}

elementwise! {
    /// `m ← b1 m + (1 - b1) g`.
    struct Average {
        /// The decay rate.
        b1: f64 = 0.9,
    }
    slots 1 { m }
    prepare |settings, _step| {
        let [b1, new1] = [settings.b1, 1.0 - settings.b1].map(E::from_f64);
    }
    update |g, _p| (g, [saturated(b1 * m + new1 * g, g)])

    /// `m ← b1 m + (1 - b1) g`, and `v ← b2 v + (1 - b2) g²`.
    struct Averages {
        /// The decay rate of the average of gradients.
        b1: f64 = 0.9,
        /// The decay rate of the average of squares.
        b2: f64 = 0.999,
    }
    slots 2 { m, v }
    prepare |settings, _step| {
        let [b1, new1] = [settings.b1, 1.0 - settings.b1].map(E::from_f64);
        let [b2, new2] = [settings.b2, 1.0 - settings.b2].map(E::from_f64);
    }
    update |g, _p| {
        (g, [saturated(b1 * m + new1 * g, g), saturated(b2 * v + new2 * g * g, g)])
    }

    /// The step `-step m - decay p`.
    struct PlainStep {
        /// The factor of the direction.
        step: f64 = 1.0,
        /// The factor of the parameter.
        decay: f64 = 0.0,
    }
    slots 1 { m }
    prepare |settings, _step| {
        let [step, decay] = [settings.step, settings.decay].map(E::from_f64);
    }
    update |g, p| (-decay * p - step * m + g * E::ZERO, [m])

    /// The step `-step m / (√(root_scale v) + eps) - decay p`.
    struct DividedStep {
        /// The factor of the direction.
        step: f64 = 1.0,
        /// The factor of the parameter.
        decay: f64 = 0.0,
        /// The factor of the squares.
        root_scale: f64 = 1.0,
        /// Added to the square root.
        eps: f64 = 1e-8,
    }
    slots 2 { m, v }
    prepare |settings, _step| {
        let [step, decay] = [settings.step, settings.decay].map(E::from_f64);
        let [root_scale, eps] = [settings.root_scale, settings.eps].map(E::from_f64);
    }
    update |g, p| {
        (-decay * p - step * m / ((root_scale * v).sqrt() + eps) + g * E::ZERO, [m, v])
    }
}
