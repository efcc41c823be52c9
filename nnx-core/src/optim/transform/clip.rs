//! Clipping of updates: by value, by the norm of all, by the root mean square of each.

use super::{Transform, Updates, elementwise, makes, whole_update};
use crate::module::State;
use crate::ops::{AttributeValue, Norm, euclidean_norm};

elementwise! {
    /// Clips each element to `[-max_delta, max_delta]` (`optax.clip`; in PyTorch `clip_grad_value_`). NaN
    /// stays NaN, an infinity becomes the bound.
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Clip, sgd};
    ///
    /// let chain = Chain::new().then(Clip { max_delta: 1.0 }).then(sgd(0.1));
    /// # let _ = chain;
    /// ```
    pub struct Clip {
        /// The bound; infinity clips nothing.
        max_delta: f64 = 1.0 => bound,
    }
    slots 0 {}
    prepare |settings, _step| {
        let bound = E::from_f64(settings.max_delta);
    }
    update |g, _p| (if g > bound { bound } else if g < -bound { -bound } else { g }, [])
}

/// Scales all updates so that their common norm `‖g‖ = √(Σ g²)`, over all parameters, is at most `max_norm`:
/// `g max_norm / ‖g‖` if `‖g‖ ≥ max_norm` (`optax.clip_by_global_norm`; in PyTorch `clip_grad_norm_`;
/// Pascanu et al., 2012).
///
/// A gradient that is NaN or infinite makes every update NaN, as in optax. To skip such steps, wrap the chain
/// in [`apply_if_finite`](super::apply_if_finite).
///
/// ```
/// use nnx_core::optim::{Chain, clip_by_global_norm, sgd};
///
/// let chain = Chain::new().then(clip_by_global_norm(1.0)).then(sgd(0.1));
/// # let _ = chain;
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

/// See [`clip_by_global_norm`].
#[derive(Debug, Clone, Copy, crate::Module, AttributeValue)]
pub struct ClipByGlobalNorm {
    max_norm: f64,
}

makes!(ClipByGlobalNorm => ScaleDown, numbers 2, |settings, inputs| {
    let (norm, to) = (inputs.numbers, settings.max_norm);
    let Norm { scale, root } = Norm { scale: norm[0], root: norm[1] };
    // A NaN isn't below, so that it makes all updates NaN instead of being hidden.
    match (Norm { scale, root }).value() < to {
        true => ScaleDown::default(),
        false => ScaleDown { norm: root, scale, to },
    }
});

impl Transform for ClipByGlobalNorm {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let norm = updates.global_norm();
        updates.apply_made(norm, *self, []);
    }
}

/// Scales the update of each parameter so that its root mean square is at most `threshold`
/// (`optax.clip_by_block_rms`; Shazeer and Stern, 2018).
///
/// ```
/// use nnx_core::optim::{Chain, clip_by_block_rms, sgd};
///
/// let chain = Chain::new().then(clip_by_block_rms(1.0)).then(sgd(0.1));
/// # let _ = chain;
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

/// See [`clip_by_block_rms`].
#[derive(Debug, Clone, Copy, crate::Module, AttributeValue)]
pub struct ClipByBlockRms {
    threshold: f64,
}

impl Transform for ClipByBlockRms {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.scale_per_tensor(*self);
    }
}

makes!(ClipByBlockRms => ScaleDown, update, |settings, inputs| {
    let update = whole_update(inputs);
    let Norm { root, scale } = euclidean_norm(update);
    #[allow(clippy::cast_precision_loss, reason = "an array is far below 2^53 elements")]
    let excess = root / (update.elements().max(1) as f64).sqrt() * scale / settings.threshold;
    // A NaN isn't below 1, so it makes the whole update NaN instead of being hidden.
    ScaleDown { norm: if excess < 1.0 { 1.0 } else { excess }, ..ScaleDown::default() }
});

elementwise! {
    /// `g / (norm scale) * to`, in this order, so that it rounds as optax does.
    pub struct ScaleDown {
        /// The norm divided by `scale`.
        norm: f64 = 1.0,
        /// 1, or another power of two if the norm overflows f64.
        scale: f64 = 1.0,
        /// The target norm.
        to: f64 = 1.0,
    }
    slots 0 {}
    prepare |settings, _step| {
        // If the norm overflows the element type, it and the gradients are multiplied by a power of two first.
        let norm = settings.norm;
        let fits = E::from_f64(norm * settings.scale).is_finite() || !norm.is_finite();
        let smaller = if size_of::<E>() == 4 { 2f64.powi(-64) } else { 1.0 / settings.scale };
        let down = if fits { 1.0 } else { smaller };
        let [norm, to] = [norm * (settings.scale * down), settings.to].map(E::from_f64);
        let down = E::from_f64(down);
    }
    update |g, _p| (g * down / norm * to, [])
}
