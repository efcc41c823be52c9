//! The estimate of the learning rate, and the step for it.

use super::{EstimatedDirection, Estimator};
use crate::array::Array;
use crate::module::{State, Variable, kind};
use crate::ops::{DynTensor, numbers_of};
use crate::optim::transform::{
    Bounded, counted, dot_product, elementwise, makes, number, number_functions, one_of, saturated,
};
use crate::optim::{ScaleByLearningRate, Slot, Transform, Updates};
use crate::tensor::Tensor;

/// A scalar of kind `OptState`.
type Number = Variable<Tensor<(), f64>, kind::OptState>;

/// The transform of [`prodigy`](super::prodigy) and of [`dadapt_adamw`](super::dadapt_adamw).
#[derive(Debug, crate::Module)]
pub(super) struct Estimated {
    #[module(skip)]
    pub(super) settings: EstimatedDirection,
    pub(super) weight_decay: f64,
    pub(super) rate: ScaleByLearningRate,
    pub(super) exp_avg: Slot,
    pub(super) exp_avg_sq: Slot,
    pub(super) grad_sum: Slot,
    /// The parameters at the start; of [`prodigy`](super::prodigy) alone.
    pub(super) params0: Slot,
    pub(super) estim_lr: Number,
    pub(super) numerator_weighted: Number,
}

impl Transform for Estimated {
    fn init(&mut self, params: &State) {
        self.exp_avg.init(params);
        self.exp_avg_sq.init(params);
        self.grad_sum.init(params);
        if self.settings.estimator == Estimator::Prodigy {
            self.params0.init_as_params(params);
        }
    }

    fn learning_rate(&self, step: u64) -> Option<f64> {
        self.rate.learning_rate(step)
    }

    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let EstimatedDirection { b1, b2, estimator, estim_lr0, .. } = self.settings;
        let safeguard = self.settings.safeguard_warmup;
        let inputs = vec![
            self.estim_lr.value().array().clone(),
            self.rate.rate(updates.count()),
            updates.count(),
        ];
        let factors = EstimatedFactors { b1, b2, estimator, estim_lr0, safeguard };
        let factors = numbers_of(factors, inputs, 5);

        updates.apply_elementwise(Bounded {}, []);
        let gradients = updates.collect();
        let along = self.along(&gradients, &updates.params());
        let Self { exp_avg, exp_avg_sq, grad_sum, .. } = self;
        let averages = EstimatedAverages { b1, b2 };
        let slots = [exp_avg, exp_avg_sq, grad_sum];
        updates.map_elementwise(slots, |_, _, _| Some(factors.clone()), averages);

        let step = self.estimate(factors, along);
        self.numerator_weighted.replace(Tensor::trusted(one_of(&step, 0)));
        self.estim_lr.replace(Tensor::trusted(one_of(&step, 1)));
        let Self { exp_avg, exp_avg_sq, .. } = self;
        updates.map_elementwise(
            [exp_avg, exp_avg_sq],
            |_, _, _| Some(step.clone()),
            EstimatedStep {},
        );
    }
}

impl Estimated {
    /// The inner product of the gradients with what the estimate is made of.
    fn along(&self, gradients: &[Array], params: &State) -> Vec<Array> {
        let tensor = |x: &Array| DynTensor::from(x.clone());
        let terms = gradients.iter().zip(params.iter()).enumerate();
        let term = |(i, (gradient, (_, param))): (usize, (&Array, _))| {
            let param: &crate::module::Entry = param;
            let other = match self.settings.estimator {
                Estimator::Prodigy => tensor(self.params0.array(i)) - tensor(&param.array),
                Estimator::DAdapt => {
                    let root = tensor(self.exp_avg_sq.array(i)).sqrt();
                    tensor(self.grad_sum.array(i)) / root.add_scalar(self.settings.eps)
                }
            };
            dot_product(gradient, other.array())
        };
        terms.map(term).collect()
    }

    /// The weighted numerator and the estimate after this step, and the numbers of a [`Step`].
    fn estimate(&self, factors: Array, along: Vec<Array>) -> Array {
        let EstimatedDirection { b2, eps, estimator, estim_lr0, estim_lr_coef, .. } = self.settings;
        let (weight_decay, count) = (self.weight_decay, along.len());
        let mut inputs = vec![factors, self.numerator_weighted.value().array().clone()];
        inputs.extend(along);
        inputs.extend(self.grad_sum.arrays().map(sum_of_sizes));
        let rate =
            EstimatedRate { b2, eps, estimator, estim_lr0, estim_lr_coef, weight_decay, count };
        numbers_of(rate, inputs, 5)
    }
}

number_functions! {
    /// The factors of the averages and of the sum, the estimate, and the step: see [`Averages`].
    pub(in crate::optim) struct EstimatedFactors { b1: f64, b2: f64, estimator: Estimator, estim_lr0: f64, safeguard: bool }
    "estimated_factors"
    takes |inputs| [(Takes::Number, 2), (Takes::Counter, 1)] gives 5;
    |inputs, out| {
        let b3 = b2.sqrt();
        let (d, rate) = (number(&inputs[0]), number(&inputs[1]));
        #[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
        let t = counted(&inputs[2]) as f64 + 1.0;
        let correction = (1.0 - b2.powf(t)).sqrt() / (1.0 - b1.powf(t));
        let rate = d * rate * correction;
        // What enters the averages of gradients and of squares, and the sum.
        let (to_mean, to_root, to_sum) = match estimator {
            Estimator::DAdapt => ((1.0 - b1) * rate, 1.0, (1.0 - b3) * rate),
            Estimator::Prodigy if safeguard => ((1.0 - b1) * d, d, d * d / estim_lr0),
            Estimator::Prodigy => ((1.0 - b1) * d, d, rate * d / estim_lr0),
        };
        out.copy_from_slice(&[to_mean, to_root, to_sum, d, rate]);
    }

    /// What [`Estimated::estimate`] returns. There are `count` parameters.
    pub(in crate::optim) struct EstimatedRate {
        b2: f64, eps: f64, estimator: Estimator, estim_lr0: f64, estim_lr_coef: f64, weight_decay: f64, count: usize
    }
    "estimated_learning_rate"
    takes |inputs| [(Takes::Numbers(5), 1), (Takes::Number, 1), (Takes::Number, count), (Takes::Number, count)] gives 5;
    |inputs, out| {
        let b3 = b2.sqrt();
        let factors = inputs[0].contiguous();
        let [_, _, _, d, rate] = *factors.slice::<f64>() else { unreachable!("five numbers") };
        let (along, lengths) = inputs[2..].split_at(count);
        let inner: f64 = along.iter().map(number).sum();
        let length: f64 = lengths.iter().map(number).sum();
        let weight = match estimator {
            Estimator::DAdapt => (1.0 - b3) * rate,
            Estimator::Prodigy => d / estim_lr0 * rate,
        };
        let numerator = b3 * number(&inputs[1]) + weight * inner;
        let estimate = match estimator {
            Estimator::DAdapt => numerator / ((1.0 - b3) * length),
            Estimator::Prodigy => estim_lr_coef * numerator / length,
        };
        // 0 / 0, before there are gradients, changes nothing.
        let d = d.max(if estimate.is_finite() { estimate } else { d });
        let (step, eps) = match estimator {
            Estimator::DAdapt => (1.0, eps),
            Estimator::Prodigy => (rate, d * eps),
        };
        let numerator = if numerator.is_finite() { numerator } else { 0.0 };
        out.copy_from_slice(&[numerator, d, step, eps, weight_decay * rate]);
    }
}

/// The averages for the factors.
#[derive(Debug, crate::ops::AttributeValue)]
pub(in crate::optim) struct EstimatedAverages {
    b1: f64,
    b2: f64,
}

makes!(EstimatedAverages => Averages, numbers 5, |settings, inputs| {
    let (b1, b2) = (settings.b1, settings.b2);
    let [to_mean, to_root, to_sum, ..] = *inputs.numbers else { unreachable!("five numbers") };
    Averages { b1, b2, b3: b2.sqrt(), to_mean, to_root, to_sum }
});

/// The step for the estimate.
#[derive(Debug, crate::ops::AttributeValue)]
pub(in crate::optim) struct EstimatedStep {}

makes!(EstimatedStep => Step, numbers 5, |_settings, inputs| {
    let [_, _, step, eps, decay, ..] = *inputs.numbers else { unreachable!("five numbers") };
    Step { step, eps, decay }
});

/// `Σ ∣x∣`.
fn sum_of_sizes(x: &Array) -> Array {
    DynTensor::from(x.clone()).abs().sum_all().into_array()
}

elementwise! {
    /// The averages and the sum: `m ← b1 m + to_mean g`, `v ← b2 v + (1 - b2) (to_root g)²`, `s ← b3 s + to_sum g`.
    pub(in crate::optim) struct Averages {
        /// The decay rate of the moving average of gradients.
        b1: f64 = 0.9,
        /// The decay rate of the moving average of squares.
        b2: f64 = 0.999,
        /// The decay rate of the sum.
        b3: f64 = 0.9995,
        /// The factor of a gradient in the average.
        to_mean: f64 = 0.1,
        /// The factor of a gradient before it is squared.
        to_root: f64 = 1.0,
        /// The factor of a gradient in the sum.
        to_sum: f64 = 1.0,
    }
    slots 3 { m, v, s }
    prepare |settings, _step| {
        let [b1, b2, b3] = [settings.b1, settings.b2, settings.b3].map(E::from_f64);
        let [to_mean, to_root, to_sum, new2] =
            [settings.to_mean, settings.to_root, settings.to_sum, 1.0 - settings.b2].map(E::from_f64);
    }
    update |g, _p| {
        let scaled = to_root * g;
        let v = saturated(b2 * v + new2 * scaled * scaled, g);
        (g, [saturated(b1 * m + to_mean * g, g), v, saturated(b3 * s + to_sum * g, g)])
    }

    /// The step `-step m / (√v + eps) - decay p`.
    pub(in crate::optim) struct Step {
        /// The factor of the direction.
        step: f64 = 1.0,
        /// Added to the square root.
        eps: f64 = 1e-8,
        /// The factor of the parameter.
        decay: f64 = 0.0,
    }
    slots 2 { m, v }
    prepare |settings, _step| {
        let [step, eps, decay] = [settings.step, settings.eps, settings.decay].map(E::from_f64);
    }
    update |g, p| (-decay * p - step * m / (v.sqrt() + eps) + g * E::ZERO, [m, v])
}
