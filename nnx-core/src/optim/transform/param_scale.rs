//! Scaling by the size of the parameter.

use super::{ScaleTo, Transform, Updates, makes};
use crate::module::State;
use crate::ops::euclidean_norm;
use crate::optim::settings;

/// Scales each update by the root mean square of its parameter, or by `min_scale` if that is larger
/// (`optax.scale_by_param_block_rms`; Shazeer and Stern, 2018).
///
/// ```
/// use nnx_core::optim::{Chain, ScaleByParamBlockRms, sign_sgd};
///
/// let chain = Chain::new().then(sign_sgd(1e-2)).then(ScaleByParamBlockRms::default());
/// # let _ = chain;
/// ```
#[derive(Debug, Clone, Copy, crate::Module, crate::ops::AttributeValue)]
pub struct ScaleByParamBlockRms {
    /// The smallest factor.
    pub min_scale: f64,
}

impl Default for ScaleByParamBlockRms {
    /// The default of optax, 0.001.
    fn default() -> Self {
        Self { min_scale: 1e-3 }
    }
}

impl Transform for ScaleByParamBlockRms {
    /// # Panics
    /// If the setting is negative, infinite or NaN.
    fn init(&mut self, _: &State) {
        settings::non_negative("ScaleByParamBlockRms", "min_scale", self.min_scale);
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.scale_per_tensor(*self);
    }
}

makes!(ScaleByParamBlockRms => ScaleTo, |settings, inputs| {
    let (param, min_scale) = (inputs.param, settings.min_scale);
    #[allow(clippy::cast_precision_loss, reason = "an array is far below 2^53 elements")]
    let rms = euclidean_norm(param).value() / (param.elements().max(1) as f64).sqrt();
    ScaleTo { factor: if rms <= min_scale { min_scale } else { rms } }
});
