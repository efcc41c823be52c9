//! Rprop.

use super::descent::usual_chain;
use super::transform::{elementwise, sign};
use super::{Descent, settings};

elementwise! {
    /// The direction of [`rprop`]: the step of each element, which follows the signs of gradients alone
    /// (`optax.scale_by_rprop`; Riedmiller and Braun, 1993). [`rprop`] has the formula.
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Scale, ScaleByRprop};
    ///
    /// let steps = ScaleByRprop { learning_rate: 0.01, ..ScaleByRprop::default() };
    /// let chain = Chain::new().then(steps).then(Scale { factor: -1.0 });
    /// # let _ = chain;
    /// ```
    pub struct ScaleByRprop {
        /// The initial step size.
        learning_rate: f64 = 1e-3 => non_negative,
        /// The factor of the size after a change of sign.
        eta_minus: f64 = 0.5 => fraction,
        /// The factor of the size without a change of sign.
        eta_plus: f64 = 1.2 => growth,
        /// The smallest step size.
        min_step_size: f64 = 1e-6 => non_negative,
        /// The largest step size.
        max_step_size: f64 = 50.0 => non_negative,
        /// Whether an update is applied one step later, as optax does.
        delayed: bool = true,
    }
    slots 2 { step_sizes = learning_rate, prev_updates }
    prepare |settings, _step| {
        let [minus, plus] = [settings.eta_minus, settings.eta_plus].map(E::from_f64);
        let [least, most] = [settings.min_step_size, settings.max_step_size].map(E::from_f64);
    }
    update |g, _p| {
        // The product of the signs, since the product of small values may underflow. `sign` passes NaN through.
        let agreement = sign(g) * sign(prev_updates);
        let grown = step_sizes * if agreement > E::ZERO { plus } else { minus };
        let clipped = if grown < least { least } else if grown > most { most } else { grown };
        let size = if agreement == E::ZERO { step_sizes } else { clipped };
        let turned = agreement < E::ZERO;
        let own = if turned { E::ZERO } else { size * sign(g) + g * E::ZERO };
        let update = if settings.delayed && !turned { prev_updates } else { own };
        (update, [size, own])
    }
}
usual_chain! { ScaleByRprop: }

/// Rprop, for gradients over all data: each element has a step size `s` of its own, which grows while its gradient
/// keeps its sign and shrinks when it changes, `s ← clamp(s · eta_plus)` or `s ← clamp(s · eta_minus)`. The update is
/// `u = s sign(g)`, and `u = 0` after a change of sign. The size of gradients doesn't count.
///
/// As in optax, a step applies the update of the step before (the first step is 0), unless the sign changed: `p ← p
/// - u` of step `t - 1`. [`undelayed`](Descent::undelayed) applies `u` at once, as the paper and PyTorch do.
///
/// An infinite gradient makes the parameter NaN, so that the error shows; in optax its sign counts.
///
/// | | |
/// |---|---|
/// | defaults | `eta_minus = 0.5`, `eta_plus = 1.2`, sizes from 1e-6 to 50; `s` starts at the learning rate |
/// | slots | `step_sizes` for `s`, `prev_updates` for `u` |
/// | optax | `rprop` |
/// | PyTorch | `Rprop`, that is `.undelayed()` |
/// | source | Riedmiller and Braun, 1993 |
///
/// ```
/// let optimizer = nnx_core::optim::rprop(0.01).etas(0.5, 1.2).step_sizes(1e-6, 1.0).undelayed();
/// # let _ = optimizer;
/// ```
///
/// # Panics
/// If the learning rate is negative, infinite or NaN.
#[must_use]
#[track_caller]
pub fn rprop(learning_rate: f64) -> Descent<ScaleByRprop> {
    settings::learning_rate(format_args!("rprop"), learning_rate);
    // The step sizes take the place of a learning rate.
    Descent::named("rprop", ScaleByRprop { learning_rate, ..ScaleByRprop::default() }, 1.0)
}

impl Descent<ScaleByRprop> {
    /// The factors of the step size: after a change of sign, and without one.
    ///
    /// # Panics
    /// If `eta_minus` isn't in (0, 1), or `eta_plus` is below 1, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn etas(mut self, eta_minus: f64, eta_plus: f64) -> Self {
        self.direction.eta_minus = settings::fraction(self.name, "eta_minus", eta_minus);
        self.direction.eta_plus = settings::growth(self.name, "eta_plus", eta_plus);
        self
    }

    /// The smallest and the largest step size.
    ///
    /// # Panics
    /// If one is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn step_sizes(mut self, min_step_size: f64, max_step_size: f64) -> Self {
        let sizes = [("min_step_size", min_step_size), ("max_step_size", max_step_size)];
        settings::all_non_negative(self.name, &sizes);
        self.direction.min_step_size = min_step_size;
        self.direction.max_step_size = max_step_size;
        self
    }

    /// Applies each update at once, as the paper and PyTorch do. By default it is applied one step later, as in optax.
    #[must_use]
    pub fn undelayed(mut self) -> Self {
        self.direction.delayed = false;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn rprop_follows_its_formula_at_once_and_one_step_later() {
        for delayed in [true, false] {
            let (mut size, mut before) = (0.1f64, 0.0);
            let optimizer = rprop(0.1).etas(0.7, 1.5).step_sizes(0.02, 0.3);
            let optimizer = if delayed { optimizer } else { optimizer.undelayed() };
            check(optimizer, |p, g, _| {
                if g * before != 0.0 {
                    size = (size * if g * before > 0.0 { 1.5 } else { 0.7 }).clamp(0.02, 0.3);
                }
                let own = if g * before < 0.0 { 0.0 } else { size * g.signum() };
                let update = if delayed && g * before >= 0.0 { before } else { own };
                before = own;
                p - update
            });
        }
    }
}
