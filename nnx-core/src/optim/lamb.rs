//! LAMB.

use super::transform::ScaleByTrustRatio;
use super::{Adam, Schedule, adam};

/// LAMB, [`adam`](super::adam) for large batches: the update `u` of each parameter `p`, weight decay included,
/// is scaled to the norm of the parameter, `p ← p - η u ‖p‖ / ‖u‖`. If one of the norms is 0 it isn't scaled.
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-6`, no weight decay |
/// | slots | `mu`, `nu` |
/// | optax | `lamb` |
/// | PyTorch | none |
/// | source | You et al., 2020 |
///
/// ```
/// let optimizer = nnx_core::optim::lamb(1e-3).weight_decay(0.01);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn lamb(learning_rate: impl Into<Schedule>) -> Adam {
    let trust_ratio = Some(ScaleByTrustRatio::default());
    Adam { trust_ratio, ..adam(learning_rate).rename("lamb").eps(1e-6) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn lamb_follows_its_formula() {
        let (mut m, mut v) = (0.0, 0.0);
        check(lamb(0.1).weight_decay(0.3), |p, g, t| {
            m = 0.9 * m + (1.0 - 0.9) * g;
            v = 0.999 * v + (1.0 - 0.999) * g * g;
            let (mean, square) = (m / (1.0 - 0.9f64.powi(t)), v / (1.0 - 0.999f64.powi(t)));
            let update = mean / (square.sqrt() + 1e-6) + 0.3 * p;
            p - 0.1 * update * p.abs() / update.abs()
        });
    }
}
