//! Momentum, and the moving average of updates.

use super::{bias_correction, elementwise, saturated};

elementwise! {
    /// Momentum: `t ← g + decay t`. The update is `t`, or `g + decay t` in Nesterov's form
    /// (`optax.trace`; Sutskever et al., 2013).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, ScaleByLearningRate, Trace};
    ///
    /// let trace = Trace { decay: 0.9, nesterov: true };
    /// let chain = Chain::new().then(trace).then(ScaleByLearningRate::new(0.1));
    /// # let _ = chain;
    /// ```
    pub struct Trace {
        /// The decay rate of `t`.
        decay: f64 = 0.9 => momentum,
        /// Whether to use Nesterov's form.
        nesterov: bool = false,
    }
    slots 1 { trace }
    prepare |settings, _step| {
        let decay = E::from_f64(settings.decay);
    }
    update |g, _p| {
        let t = saturated(g + decay * trace, g);
        (if settings.nesterov { saturated(g + decay * t, g) } else { t }, [t])
    }

    /// The exponential moving average of updates: `m ← decay m + (1 - decay) g`. The update is
    /// `m / (1 - decay^t)`, or `m` without bias correction (`optax.ema`).
    ///
    /// To average the weights of a model, use [`AveragedWeights`](crate::optim::AveragedWeights).
    ///
    /// ```
    /// use nnx_core::optim::{Chain, Ema, sgd};
    ///
    /// let chain = Chain::new().then(Ema { decay: 0.99, ..Ema::default() }).then(sgd(0.1));
    /// # let _ = chain;
    /// ```
    pub struct Ema {
        /// The decay rate of `m`.
        decay: f64 = 0.9 => decay,
        /// Whether to correct the bias of the first steps, as `m` starts at 0.
        debias: bool = true,
    }
    slots 1 { ema }
    prepare |settings, step| {
        let [decay, new] = [settings.decay, 1.0 - settings.decay].map(E::from_f64);
        let c = if settings.debias { bias_correction::<E>(settings.decay, step) } else { E::ONE };
    }
    update |g, _p| {
        let m = saturated(new * g + decay * ema, g);
        (saturated(m * c, g), [m])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Chain, reference::check, sgd};

    #[test]
    fn ema_follows_its_formula_with_and_without_bias_correction() {
        for debias in [false, true] {
            let mut m = 0.0;
            let ema = Ema { decay: 0.8, debias };
            check(Chain::new().then(ema).then(sgd(0.1)), |p, g, t| {
                m = 0.8 * m + (1.0 - 0.8) * g;
                p - 0.1 * if debias { m / (1.0 - 0.8f64.powi(t)) } else { m }
            });
        }
    }
}
