//! Transforms that look at whole arrays: their norms.

use super::{Transform, Updates, domain};
use crate::array::Array;
use crate::array::dtype::for_float;
use crate::kernel::means::{self, Norm};
use crate::module::State;

/// All updates together scaled to a norm of at most `max_norm`: `g max_norm / ‖g‖` where
/// `‖g‖ = √(Σ g²)` over all parameters is that or more (`optax.clip_by_global_norm`; in PyTorch
/// `clip_grad_norm_`; Pascanu et al., 2012).
///
/// A gradient that is NaN or infinite makes the norm so, and then every update NaN, as in optax:
/// [`apply_if_finite`](super::apply_if_finite) around it leaves such a step out.
///
/// ```
/// use nnx_core::optim::{Chain, clip_by_global_norm, sgd};
///
/// let rule = Chain::new().then(clip_by_global_norm(1.0)).then(sgd(0.1));
/// # let _ = rule;
/// ```
///
/// # Panics
/// If `max_norm` isn't above 0.
#[must_use]
#[track_caller]
pub fn clip_by_global_norm(max_norm: f64) -> ClipByGlobalNorm {
    assert!(max_norm > 0.0, "clip_by_global_norm: expected a norm above 0, found {max_norm}");
    ClipByGlobalNorm { max_norm }
}

/// Each parameter's update scaled to a root mean square of at most `threshold`
/// (`optax.clip_by_block_rms`; Shazeer and Stern, 2018).
///
/// ```
/// use nnx_core::optim::{Chain, clip_by_block_rms, sgd};
///
/// let rule = Chain::new().then(clip_by_block_rms(1.0)).then(sgd(0.1));
/// # let _ = rule;
/// ```
///
/// # Panics
/// If `threshold` isn't above 0.
#[must_use]
#[track_caller]
pub fn clip_by_block_rms(threshold: f64) -> ClipByBlockRms {
    assert!(threshold > 0.0, "clip_by_block_rms: expected a threshold above 0, found {threshold}");
    ClipByBlockRms { threshold }
}

/// See [`clip_by_global_norm`].
#[derive(Debug, Clone, Copy, crate::Module)]
pub struct ClipByGlobalNorm {
    max_norm: f64,
}

impl Transform for ClipByGlobalNorm {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let norm = Norm::combined(&updates.arrays().map(norm).collect::<Vec<_>>());
        if norm.value() < self.max_norm {
            return;
        }
        updates.each(Shorten { norm: norm.root, scale: norm.scale, to: self.max_norm }, []);
    }
}

/// See [`clip_by_block_rms`].
#[derive(Debug, Clone, Copy, crate::Module)]
pub struct ClipByBlockRms {
    threshold: f64,
}

impl Transform for ClipByBlockRms {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        #[allow(clippy::cast_precision_loss, reason = "an array is far below 2^53 elements")]
        updates.each_by(|_, update| {
            let Norm { root, scale } = norm(update);
            let excess = root / (update.elements().max(1) as f64).sqrt() * scale / self.threshold;
            // NaN isn't hidden: it makes the update NaN.
            Shorten { norm: if excess < 1.0 { 1.0 } else { excess }, ..Shorten::default() }
        });
    }
}

/// Each update scaled by `trust_coefficient ‖p‖ / (‖u‖ + eps)` of its own parameter; left as it is where
/// one of the norms is 0 (`optax.scale_by_trust_ratio`; You et al., 2017 and 2020).
///
/// ```
/// use nnx_core::optim::{Chain, ScaleByTrustRatio, sgd};
///
/// let rule = Chain::new().then(ScaleByTrustRatio::default()).then(sgd(0.1));
/// # let _ = rule;
/// ```
#[derive(Debug, Clone, Copy, crate::Module)]
pub struct ScaleByTrustRatio {
    /// The least that a norm counts as.
    pub min_norm: f64,
    /// The factor before the ratio.
    pub trust_coefficient: f64,
    /// Added to the norm of the update.
    pub eps: f64,
}

impl Default for ScaleByTrustRatio {
    /// The defaults of optax: the plain ratio.
    fn default() -> Self {
        Self { min_norm: 0.0, trust_coefficient: 1.0, eps: 0.0 }
    }
}

impl ScaleByTrustRatio {
    /// Refuses settings that make no sense.
    #[track_caller]
    pub(super) fn check(&self, of: &str) {
        let Self { min_norm, trust_coefficient, eps } = *self;
        let norms = [("min_norm", min_norm), ("eps", eps)];
        domain::all_positive(of, &norms);
        domain::positive(of, "trust_coefficient", trust_coefficient);
    }
}

impl Transform for ScaleByTrustRatio {
    fn init(&mut self, _: &State) {
        self.check("ScaleByTrustRatio");
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.each_by(|param, update| {
            let norm = |x| {
                let norm = norm(x).value();
                if norm < self.min_norm { self.min_norm } else { norm }
            };
            let (param, update) = (norm(param), norm(update));
            let ratio = self.trust_coefficient * param / (update + self.eps);
            // The ratio of finite norms may be beyond f64, its product with the update isn't.
            let ratio = if ratio > f64::MAX { f64::MAX } else { ratio };
            Resize { factor: if param == 0.0 || update == 0.0 { 1.0 } else { ratio } }
        });
    }
}

super::rules::rules! {
    /// `g / (norm scale) * to`, in this order, as optax rounds it.
    pub struct Shorten {
        /// The norm, or what it is to be multiplied by the scale.
        norm: f64 = 1.0,
        /// A power of two, where the norm is beyond f64.
        scale: f64 = 1.0,
        /// The norm that it is to become.
        to: f64 = 1.0,
    }
    slots 0 {}
    prepare |rule, _step| {
        // A norm that is beyond the type, and the gradients, are made smaller by a power of two first.
        let fits = E::from_f64(rule.norm * rule.scale).is_finite() || !rule.norm.is_finite();
        let smaller = if size_of::<E>() == 4 { 2f64.powi(-64) } else { 1.0 / rule.scale };
        let down = if fits { 1.0 } else { smaller };
        let [norm, to] = [rule.norm * (rule.scale * down), rule.to].map(E::from_f64);
        let down = E::from_f64(down);
    }
    element |g, _p| (g * down / norm * to, [])

    /// `g factor`, of a factor that may be beyond the type: the product isn't.
    pub struct Resize {
        /// The factor.
        factor: f64 = 1.0,
    }
    slots 0 {}
    prepare |rule, _step| {
        let (factor, wide) = (E::from_f64(rule.factor), rule.factor);
        let fits = factor.is_finite() || !wide.is_finite();
    }
    element |g, _p| (if fits { g * factor } else { E::from_f64(g.to_f64() * wide) }, [])
}

/// `√(Σ x²)`.
fn norm(x: &Array) -> Norm {
    let x = x.contiguous();
    for_float!(x.dtype(), E => means::norm(x.slice::<E>()))
}
