//! Muon.

use super::descent::Descent;
use super::transform::{
    Bounded, Orthogonal, Preconditioning, bias_correction, elementwise, makes, moving_average,
};
use super::{
    Chain, Direction, Partition, ScaleByLearningRate, ScaleTo, Schedule, Transform, Updates, adamw,
    settings,
};
use crate::module::{Filter, State};

/// The direction of [`muon`].
#[derive(Debug, Clone)]
pub struct MuonDirection {
    orthogonal: Orthogonal,
    momentum: Momentum,
    consistent_rms: Option<f64>,
    matrices: Filter,
    adam_learning_rate: Option<Schedule>,
    adam_betas: [f64; 2],
    adam_weight_decay: f64,
}

/// The type of [`muon`].
pub type Muon = Descent<MuonDirection>;

/// Muon, whose update of a matrix is its momentum with all singular values brought near 1:
/// `m ← β m + (1 - β) g`, `p ← p - η s orthogonalize(m̂)`, with `m̂` as in [`nadam`](super::nadam) and
/// `s = √max(1, columns / rows)`. Parameters with fewer or more than two axes are trained by
/// [`nadamw`](super::nadamw).
///
/// `orthogonalize` divides the matrix by its norm, and runs five Newton-Schulz iterations
/// `X ← a X + (b A + c A²) X` with `A = X Xᵀ` and `(a, b, c) = (3.4445, -4.775, 2.0315)`.
///
/// Give the embedding and the last layer to Adam, too: `.only(!Filter::within("embedding"))`. Kernels of convolutions
/// have more than two axes, and are trained by Adam; optax reshapes them on request.
///
/// | | |
/// |---|---|
/// | defaults | `β = 0.95`, `eps = 1e-8`, 5 iterations, Nesterov's form, no weight decay; Adam's `b1 = 0.9`, `b2 = 0.999` |
/// | slots | `mu` for `m`; `mu` and `nu` of Adam |
/// | optax | `contrib.muon` |
/// | PyTorch | `Muon`, which takes matrices alone and has no bias correction |
/// | source | Jordan et al., 2024 |
///
/// ```
/// use nnx_core::module::{Param, grad};
/// use nnx_core::optim::{Optimizer, muon};
/// use nnx_core::{shape, tensor::Tensor};
///
/// let mut model = Param::<shape![2, 2]>::new(Tensor::from([[0.0, 0.0], [0.0, 0.0]]));
/// let mut optimizer = Optimizer::new(&model, muon(1.0));
/// let gradients = grad(&mut model, |p, pass| (p.get(pass) * Tensor::from([[9.0, 0.0], [0.0, 5.0]])).sum())?;
/// optimizer.update(&mut model, gradients)?;
/// // Both singular values are near 1, as far as five iterations get.
/// let [a, b, c, d] = model.value().to_vec()[..] else { unreachable!() };
/// assert!((0.6..1.3).contains(&-a) && (0.6..1.3).contains(&-d) && b == 0.0 && c == 0.0);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
pub fn muon(learning_rate: impl Into<Schedule>) -> Muon {
    let direction = MuonDirection {
        orthogonal: Orthogonal::default(),
        momentum: Momentum::default(),
        consistent_rms: None,
        matrices: Filter::everything(),
        adam_learning_rate: None,
        adam_betas: [0.9, 0.999],
        adam_weight_decay: 0.0,
    };
    Descent::named("muon", direction, learning_rate)
}

impl Muon {
    /// The decay rate of the momentum.
    ///
    /// # Panics
    /// If it isn't in [0, 1).
    #[must_use]
    #[track_caller]
    pub fn beta(mut self, beta: f64) -> Self {
        self.direction.momentum.beta = settings::decay(self.name, "beta", beta);
        self
    }

    /// Uses plain momentum, in place of Nesterov's form, also in Adam (`nesterov=False`).
    #[must_use]
    pub fn without_nesterov(mut self) -> Self {
        self.direction.momentum.nesterov = false;
        self
    }

    /// The `eps` that is added to the norm of a matrix, and to the square root of Adam.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Self {
        self.direction.orthogonal.eps = settings::non_negative(self.name, "eps", eps);
        self
    }

    /// The number of Newton-Schulz iterations (`ns_steps`).
    #[must_use]
    pub fn iterations(mut self, steps: u32) -> Self {
        self.direction.orthogonal.steps = steps;
        self
    }

    /// The coefficients `a`, `b` and `c` of the Newton-Schulz iterations (`ns_coeffs`).
    ///
    /// # Panics
    /// If one is infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn coefficients(mut self, coefficients: [f64; 3]) -> Self {
        for coefficient in coefficients {
            settings::finite(self.name, "coefficients", coefficient);
        }
        self.direction.orthogonal.coefficients = coefficients;
        self
    }

    /// How a matrix is scaled before the iterations.
    #[must_use]
    pub fn preconditioning(mut self, preconditioning: Preconditioning) -> Self {
        self.direction.orthogonal.preconditioning = preconditioning;
        self
    }

    /// Multiplies each update by its inner product with the momentum, so that its size follows that of gradients.
    #[must_use]
    pub fn adaptive(mut self) -> Self {
        self.direction.orthogonal.adaptive = true;
        self
    }

    /// Scales updates by `rms √max(rows, columns)` in place of `√max(1, columns / rows)`. Updates then have the
    /// root mean square `rms`, whatever their shape; 0.2 is that of Adam.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn consistent_rms(mut self, rms: f64) -> Self {
        let rms = settings::non_negative(self.name, "consistent_rms", rms);
        self.direction.consistent_rms = Some(rms);
        self
    }

    /// Restricts Muon to the matrices that a filter selects. Adam trains the others.
    #[must_use]
    pub fn only(mut self, filter: Filter) -> Self {
        self.direction.matrices = filter;
        self
    }

    /// The learning rate of Adam; by default that of Muon.
    #[must_use]
    pub fn adam_learning_rate(mut self, rate: impl Into<Schedule>) -> Self {
        self.direction.adam_learning_rate = Some(rate.into());
        self
    }

    /// The decay rates of Adam's moving averages.
    ///
    /// # Panics
    /// If one isn't in [0, 1).
    #[must_use]
    #[track_caller]
    pub fn adam_betas(mut self, b1: f64, b2: f64) -> Self {
        let betas = [("adam_b1", b1), ("adam_b2", b2)];
        self.direction.adam_betas = betas.map(|(what, b)| settings::decay(self.name, what, b));
        self
    }

    /// The weight decay of the parameters that Adam trains; by default 0.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn adam_weight_decay(mut self, weight_decay: f64) -> Self {
        self.direction.adam_weight_decay =
            settings::non_negative(self.name, "adam_weight_decay", weight_decay);
        self
    }
}
super::descent::methods! { MuonDirection: weight_decay }

impl Direction for MuonDirection {
    fn into_chain(optimizer: Muon) -> Chain {
        let decay = (optimizer.weight_decay != 0.0).then(|| optimizer.decay_transform());
        let Self { orthogonal, momentum, consistent_rms, .. } = optimizer.direction;
        let rate = optimizer.learning_rate;
        let matrix = Chain::new()
            .then(Bounded {})
            .then(momentum)
            .then(orthogonal)
            .then(ScaleByShape { consistent_rms })
            .then_some(decay)
            .then(ScaleByLearningRate::new(rate.clone()));
        let [b1, b2] = optimizer.direction.adam_betas;
        let adam = adamw(optimizer.direction.adam_learning_rate.unwrap_or(rate))
            .betas(b1, b2)
            .eps(orthogonal.eps)
            .weight_decay(optimizer.direction.adam_weight_decay);
        let adam = if momentum.nesterov { adam.nesterov() } else { adam };
        let is_matrix = Filter::predicate(|_, variable| variable.array().dims().len() == 2);
        let groups = Partition::optional()
            .group(is_matrix & optimizer.direction.matrices, matrix)
            .group(Filter::everything(), adam);
        Chain::new().then(groups)
    }
}

elementwise! {
    /// The momentum of [`muon`].
    pub(super) struct Momentum {
        /// The decay rate.
        beta: f64 = 0.95,
        /// Whether to use Nesterov's form.
        nesterov: bool = true,
    }
    slots 1 { mu }
    prepare |settings, step| {
        let [beta, new, c] = moving_average::<E>(settings.beta, step);
        let next = bias_correction::<E>(settings.beta, step + 1);
    }
    update |g, _p| {
        let m = beta * mu + new * g;
        (if settings.nesterov { beta * (m * next) + new * (g * c) } else { m * c }, [m])
    }
}

/// Scales the update of a matrix by its shape (`optax.contrib.scale_by_shape`).
#[derive(Debug, Clone, Copy, crate::Module, crate::ops::AttributeValue)]
pub(super) struct ScaleByShape {
    consistent_rms: Option<f64>,
}

impl Transform for ScaleByShape {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.scale_per_tensor(*self);
    }
}

makes!(ScaleByShape => ScaleTo, |settings, inputs| {
    // Only matrices are updated by this; a file may have it for others.
    #[allow(clippy::cast_precision_loss, reason = "an axis is far below 2^53 elements")]
    let [rows, columns] = [0, 1].map(|axis| inputs.param.dims().get(axis).map_or(1.0, |&x| x as f64));
    let factor = match settings.consistent_rms {
        Some(rms) => rows.max(columns).sqrt() * rms,
        None => (columns / rows).max(1.0).sqrt(),
    };
    ScaleTo { factor }
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    /// A parameter that isn't a matrix is trained by `nadamw`.
    #[test]
    fn a_vector_follows_the_formula_of_adam() {
        let (mut m, mut v) = (0.0, 0.0);
        let optimizer = muon(0.3).eps(1e-3).adam_learning_rate(0.1).adam_betas(0.8, 0.95);
        check(optimizer.adam_weight_decay(0.2), |p, g, t| {
            m = 0.8 * m + (1.0 - 0.8) * g;
            v = 0.95 * v + (1.0 - 0.95) * g * g;
            let mean =
                0.8 * m / (1.0 - 0.8f64.powi(t + 1)) + (1.0 - 0.8) * g / (1.0 - 0.8f64.powi(t));
            let root = (v / (1.0 - 0.95f64.powi(t))).sqrt() + 1e-3;
            p - 0.1 * (mean / root + 0.2 * p)
        });
    }
}
