//! DoG and DoWG: step sizes from distances and gradients.

use super::descent::methods;
use super::transform::{Scale, makes, number, number_functions, one_of};
use super::{
    Chain, Descent, Direction, ScaleByLearningRate, Schedule, Slot, Transform, Updates, settings,
};
use crate::array::Array;
use crate::module::{State, Variable, kind};
use crate::ops::{DynTensor, Signature, euclidean_norm, numbers_of};
use crate::tensor::Tensor;

/// A scalar of kind `OptState`.
type Number = Variable<Tensor<(), f64>, kind::OptState>;

/// The direction of [`dog`].
#[derive(Debug, Clone, Copy)]
pub struct DogDirection {
    eps: f64,
    init_step: f64,
}

/// The direction of [`dowg`].
#[derive(Debug, Clone, Copy)]
pub struct DowgDirection {
    eps: f64,
    init_estim_sq_dist: Option<f64>,
}

/// DoG, distance over gradients: `p ← p - η d / √(Σ ‖g‖² + eps) g`, where d is the largest distance of the parameters from
/// their start p₀ so far, at least `1e-6 (1 + ‖p₀‖)`. Norms are over all parameters. The argument `η` is 1 for most models.
///
/// | | |
/// |---|---|
/// | defaults | `init_step = 1e-6` for the share of `1 + ‖p₀‖`, `eps = 1e-8`, no weight decay |
/// | slots | `init_params` for p₀, `max_dist` for d, `sum_sq_norm_grads` |
/// | optax | `contrib.dog`; `init_step=("heuristic", 1e-6)` |
/// | PyTorch | none |
/// | source | Ivgi, Hinder and Carmon, 2023 |
///
/// ```
/// let optimizer = nnx_core::optim::dog(1.0).weight_decay(1e-3);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn dog(learning_rate: impl Into<Schedule>) -> Descent<DogDirection> {
    Descent::named("dog", DogDirection { eps: 1e-8, init_step: 1e-6 }, learning_rate)
}

/// DoWG, distance over weighted gradients: `p ← p - η d² / (√(Σ d² ‖g‖²) + eps) g`, where d² is the largest squared
/// distance of the parameters from their start so far. Norms are over all parameters. The argument `η` is 1 for most
/// models.
///
/// | | |
/// |---|---|
/// | defaults | d² is at least `eps = 1e-4`, no weight decay |
/// | slots | `init_params`, `estim_sq_dist` for d², `weighted_sq_norm_grads` |
/// | optax | `contrib.dowg` |
/// | PyTorch | none |
/// | source | Khaled, Mishchenko and Jin, 2023 |
///
/// ```
/// let optimizer = nnx_core::optim::dowg(1.0).init_estim_sq_dist(1e-3);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn dowg(learning_rate: impl Into<Schedule>) -> Descent<DowgDirection> {
    Descent::named("dowg", DowgDirection { eps: 1e-4, init_estim_sq_dist: None }, learning_rate)
}
methods! { DogDirection: eps weight_decay }
methods! { DowgDirection: eps weight_decay }

impl Descent<DogDirection> {
    /// The first distance, as a share of `1 + ‖p₀‖`.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn init_step(mut self, share: f64) -> Self {
        self.direction.init_step = settings::non_negative(self.name, "init_step", share);
        self
    }
}

impl Descent<DowgDirection> {
    /// The first squared distance.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn init_estim_sq_dist(mut self, square: f64) -> Self {
        let square = settings::non_negative(self.name, "init_estim_sq_dist", square);
        self.direction.init_estim_sq_dist = Some(square);
        self
    }
}

fn chain<D>(optimizer: Descent<D>, scale: impl Transform + 'static) -> Chain {
    let decay = (optimizer.weight_decay != 0.0).then(|| optimizer.decay_transform());
    Chain::new()
        .then_some(decay)
        .then(scale)
        .then(ScaleByLearningRate::new(optimizer.learning_rate))
}

impl Direction for DogDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let scale = ScaleByDog {
            settings: optimizer.direction,
            init_params: Slot::new(0.0),
            max_dist: Variable::new(Tensor::from(0.0)),
            sum_sq_norm_grads: Variable::new(Tensor::from(0.0)),
        };
        chain(optimizer, scale)
    }
}

impl Direction for DowgDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let DowgDirection { eps, init_estim_sq_dist } = optimizer.direction;
        let scale = ScaleByDowg {
            eps,
            init_params: Slot::new(0.0),
            estim_sq_dist: Variable::new(Tensor::from(init_estim_sq_dist.unwrap_or(eps))),
            weighted_sq_norm_grads: Variable::new(Tensor::from(0.0)),
        };
        chain(optimizer, scale)
    }
}

/// The square of the norm of all arrays together, at most the largest number. An array that is infinite or NaN shows in
/// its own update.
fn square(arrays: &[Array]) -> f64 {
    arrays.iter().map(|array| euclidean_norm(array).value().powi(2)).sum::<f64>().min(f64::MAX)
}

/// The square of the distance of the parameters from their start.
fn differences(start: &Slot, updates: &Updates<'_>) -> Vec<Array> {
    let pair = |(start, (_, now)): (&Array, (_, &crate::module::Entry))| {
        let [start, now] = [start, &now.array].map(|x| DynTensor::from(x.clone()));
        (start - now).into_array()
    };
    let params = updates.params();
    start.arrays().zip(params.iter()).map(pair).collect()
}

/// Three numbers from the two numbers before, and from the squares of the distance from the start and of the gradients.
fn estimate(
    is_weighted: bool,
    before: [&Number; 2],
    start: &Slot,
    updates: &mut Updates<'_>,
    eps: f64,
) -> Array {
    let mut inputs = before.map(|number| number.value().array().clone()).to_vec();
    let differences = differences(start, updates);
    let count = differences.len();
    inputs.extend(differences);
    inputs.extend(updates.arrays().cloned());
    match is_weighted {
        false => numbers_of(DogEstimate { count, eps }, inputs, 3),
        true => numbers_of(DowgEstimate { count, eps }, inputs, 3),
    }
}

/// The number of gradients behind two numbers and the distances of `count` parameters: a parameter may have none.
fn gradients(inputs: &[Signature], count: usize) -> usize {
    inputs.len().saturating_sub(2).saturating_sub(count)
}

/// The two numbers before, and the squares of the distance from the start and of the gradients. The distances are those of
/// `count` parameters.
fn estimated_from(inputs: &[Array], count: usize) -> ([f64; 2], [f64; 2]) {
    let (before, arrays) = inputs.split_at(2);
    let (differences, gradients) = arrays.split_at(count.min(arrays.len()));
    ([number(&before[0]), number(&before[1])], [square(differences), square(gradients)])
}

number_functions! {
    /// The largest distance, the sum of squares of gradients, and the step of [`dog`].
    pub(super) struct DogEstimate { count: usize, eps: f64 } "dog"
    takes |inputs| [(Takes::Number, 2), (Takes::Array, count), (Takes::Array, gradients(inputs, count))] gives 3;
    |inputs, out| {
        let (before, square) = estimated_from(inputs, count);
        let distance = before[0].max(square[0].sqrt());
        let sum = (before[1] + square[1]).min(f64::MAX);
        out.copy_from_slice(&[distance, sum, distance / (sum + eps).sqrt()]);
    }

    /// The largest square of the distance, the weighted sum of squares of gradients, and the step of [`dowg`].
    pub(super) struct DowgEstimate { count: usize, eps: f64 } "dowg"
    takes |inputs| [(Takes::Number, 2), (Takes::Array, count), (Takes::Array, gradients(inputs, count))] gives 3;
    |inputs, out| {
        let (before, square) = estimated_from(inputs, count);
        let distance = before[0].max(square[0]);
        let sum = (before[1] + distance * square[1]).min(f64::MAX);
        out.copy_from_slice(&[distance, sum, distance / (sum.sqrt() + eps)]);
    }
}

/// The step is the third of the numbers.
#[derive(Debug, crate::ops::AttributeValue)]
pub(super) struct ScaleByThird {}

makes!(ScaleByThird => Scale, numbers 3, |_settings, inputs| Scale { factor: inputs.numbers[2] });

/// The transform of [`dog`].
#[derive(Debug, crate::Module)]
struct ScaleByDog {
    #[module(skip)]
    settings: DogDirection,
    init_params: Slot,
    max_dist: Number,
    sum_sq_norm_grads: Number,
}

impl Transform for ScaleByDog {
    fn init(&mut self, params: &State) {
        self.init_params.init_as_params(params);
        let arrays: Vec<Array> = params.iter().map(|(_, entry)| entry.array.clone()).collect();
        let norm = square(&arrays).sqrt();
        self.max_dist.replace(Tensor::from(self.settings.init_step * (1.0 + norm)));
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let eps = self.settings.eps;
        let before = [&self.max_dist, &self.sum_sq_norm_grads];
        let found = estimate(false, before, &self.init_params, updates, eps);
        self.max_dist.replace(Tensor::trusted(one_of(&found, 0)));
        self.sum_sq_norm_grads.replace(Tensor::trusted(one_of(&found, 1)));
        updates.apply_made(found, ScaleByThird {}, []);
    }
}

/// The transform of [`dowg`].
#[derive(Debug, crate::Module)]
struct ScaleByDowg {
    eps: f64,
    init_params: Slot,
    estim_sq_dist: Number,
    weighted_sq_norm_grads: Number,
}

impl Transform for ScaleByDowg {
    fn init(&mut self, params: &State) {
        self.init_params.init_as_params(params);
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let eps = self.eps;
        let before = [&self.estim_sq_dist, &self.weighted_sq_norm_grads];
        let found = estimate(true, before, &self.init_params, updates, eps);
        self.estim_sq_dist.replace(Tensor::trusted(one_of(&found, 0)));
        self.weighted_sq_norm_grads.replace(Tensor::trusted(one_of(&found, 1)));
        updates.apply_made(found, ScaleByThird {}, []);
    }
}
