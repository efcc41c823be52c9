//! DoG and DoWG: step sizes from distances and gradients.

use super::descent::methods;
use super::transform::Scale;
use super::{
    Chain, Descent, Direction, ScaleByLearningRate, Schedule, Slot, Transform, Updates, settings,
};
use crate::array::Array;
use crate::module::{State, Variable, kind};
use crate::ops::{DynTensor, euclidean_norm};
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

/// The square of the norm of all arrays together, at most the largest f64. Infinities and NaN needn't show here: they
/// show in the update of their own array.
fn square<'a>(arrays: impl Iterator<Item = &'a Array>) -> f64 {
    arrays.map(|array| euclidean_norm(array).value().powi(2)).sum::<f64>().min(f64::MAX)
}

/// The square of the distance of the parameters from their start.
fn square_distance(start: &Slot, updates: &Updates<'_>) -> f64 {
    let pair = |(start, (_, now)): (&Array, (_, &crate::module::Entry))| {
        let [start, now] = [start, &now.array].map(|x| DynTensor::from(x.clone()));
        (start - now).into_array()
    };
    let params = updates.params();
    let differences: Vec<Array> = start.arrays().zip(params.iter()).map(pair).collect();
    square(differences.iter())
}

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
        let norm = square(params.iter().map(|(_, entry)| &entry.array)).sqrt();
        self.max_dist.replace(Tensor::from(self.settings.init_step * (1.0 + norm)));
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let distance = square_distance(&self.init_params, updates).sqrt();
        let distance = self.max_dist.value().item().max(distance);
        let sum = self.sum_sq_norm_grads.value().item() + square(updates.arrays());
        let sum = sum.min(f64::MAX);
        self.max_dist.replace(Tensor::from(distance));
        self.sum_sq_norm_grads.replace(Tensor::from(sum));
        let factor = distance / (sum + self.settings.eps).sqrt();
        updates.apply_elementwise(Scale { factor }, []);
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
        let distance = square_distance(&self.init_params, updates);
        let distance = self.estim_sq_dist.value().item().max(distance);
        let sum = self.weighted_sq_norm_grads.value().item() + distance * square(updates.arrays());
        let sum = sum.min(f64::MAX);
        self.estim_sq_dist.replace(Tensor::from(distance));
        self.weighted_sq_norm_grads.replace(Tensor::from(sum));
        updates.apply_elementwise(Scale { factor: distance / (sum.sqrt() + self.eps) }, []);
    }
}
