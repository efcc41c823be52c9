//! Scaling by the ratio of norms, for training with large batches.

use super::{Transform, Updates, elementwise, makes, whole_update};
use crate::array::Array;
use crate::module::State;
use crate::ops::euclidean_norm;
use crate::optim::settings;

/// Scales the update `u` of each parameter `p` by `trust_coefficient ‖p‖ / (‖u‖ + eps)`
/// (`optax.scale_by_trust_ratio`; You et al., 2017 and 2020). An update is unchanged if one of the norms is 0.
///
/// ```
/// use nnx_core::optim::{Chain, ScaleByTrustRatio, sgd};
///
/// let chain = Chain::new().then(ScaleByTrustRatio::default()).then(sgd(0.1));
/// # let _ = chain;
/// ```
#[derive(Debug, Clone, Copy, crate::Module, crate::ops::AttributeValue)]
pub struct ScaleByTrustRatio {
    /// The lower bound of both norms: smaller norms are replaced by it.
    pub min_norm: f64,
    /// The factor of the ratio.
    pub trust_coefficient: f64,
    /// Added to the norm of the update.
    pub eps: f64,
}

impl Default for ScaleByTrustRatio {
    /// The defaults of optax: `‖p‖ / ‖u‖`.
    fn default() -> Self {
        Self { min_norm: 0.0, trust_coefficient: 1.0, eps: 0.0 }
    }
}

impl ScaleByTrustRatio {
    /// # Panics
    /// If a setting is negative, infinite or NaN. The message starts with `of`.
    #[track_caller]
    pub(in crate::optim) fn check(&self, of: &str) {
        let Self { min_norm, trust_coefficient, eps } = *self;
        let norms = [("min_norm", min_norm), ("eps", eps)];
        settings::all_non_negative(of, &norms);
        settings::non_negative(of, "trust_coefficient", trust_coefficient);
    }
}

impl Transform for ScaleByTrustRatio {
    fn init(&mut self, _: &State) {
        self.check("ScaleByTrustRatio");
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.scale_per_tensor(*self);
    }
}

makes!(ScaleByTrustRatio => ScaleTo, update, |settings, inputs| {
    let norm = |x: &Array| {
        let norm = euclidean_norm(x).value();
        if norm < settings.min_norm { settings.min_norm } else { norm }
    };
    let (param, update) = (norm(inputs.param), norm(whole_update(inputs)));
    let ratio = settings.trust_coefficient * param / (update + settings.eps);
    // The ratio of finite norms may overflow f64, but the scaled update doesn't.
    let ratio = if ratio > f64::MAX { f64::MAX } else { ratio };
    ScaleTo { factor: if param == 0.0 || update == 0.0 { 1.0 } else { ratio } }
});

elementwise! {
    /// `g factor`, where the factor may overflow the element type but the product doesn't.
    pub struct ScaleTo {
        /// The factor.
        factor: f64 = 1.0,
    }
    slots 0 {}
    prepare |settings, _step| {
        let (factor, wide) = (E::from_f64(settings.factor), settings.factor);
        let fits = factor.is_finite() || !wide.is_finite();
    }
    update |g, _p| (if fits { g * factor } else { E::from_f64(g.to_f64() * wide) }, [])
}
