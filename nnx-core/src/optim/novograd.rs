//! NovoGrad.

use super::descent::methods;
use super::transform::{
    Bounded, counted, elementwise, factor, makes, number, number_functions, saturated, within_range,
};
use super::{Chain, Descent, Direction, ScaleByLearningRate, Schedule, Slot, Transform, Updates};
use crate::array::{Array, DType};
use crate::module::State;
use crate::ops::{euclidean_norm, numbers_of};

/// The direction of [`novograd`].
#[derive(Debug, Clone, Copy)]
pub struct NovogradDirection {
    b1: f64,
    b2: f64,
    eps: f64,
    eps_root: f64,
}

/// NovoGrad, whose second moment is one number `v` per parameter array: with the norm of its gradient `v ← b2 v +
/// (1 - b2) ‖g‖²` (`‖g‖²` at the first step), `m ← b1 m + g / (√(v + eps_root) + eps) + λ p`, `p ← p - η m`.
///
/// It needs half the memory of [`adam`](super::adam).
///
/// | | |
/// |---|---|
/// | defaults | `b1 = 0.9`, `b2 = 0.25`, `eps = 1e-6`, `eps_root = 0`, no weight decay |
/// | slots | `mu` for `m`, `nu` for `v` |
/// | optax | `novograd` |
/// | PyTorch | none |
/// | source | Ginsburg et al., 2019 |
///
/// ```
/// let optimizer = nnx_core::optim::novograd(0.01).betas(0.95, 0.98).weight_decay(1e-3);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn novograd(learning_rate: impl Into<Schedule>) -> Descent<NovogradDirection> {
    let direction = NovogradDirection { b1: 0.9, b2: 0.25, eps: 1e-6, eps_root: 0.0 };
    Descent::named("novograd", direction, learning_rate)
}

impl Direction for NovogradDirection {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let scale = ScaleByNovograd {
            settings: optimizer.direction,
            weight_decay: optimizer.weight_decay,
            mu: Slot::new(0.0),
            nu: Slot::new(0.0),
        };
        Chain::new().then(scale).then(ScaleByLearningRate::new(optimizer.learning_rate))
    }
}
methods! { NovogradDirection: betas eps eps_root weight_decay_of_all }

/// The transform of [`novograd`].
#[derive(Debug, crate::Module)]
struct ScaleByNovograd {
    #[module(skip)]
    settings: NovogradDirection,
    weight_decay: f64,
    mu: Slot,
    nu: Slot,
}

impl Transform for ScaleByNovograd {
    fn init(&mut self, params: &State) {
        self.mu.init(params);
        self.nu.init_shaped(params, |_| Vec::new());
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let Self { settings: NovogradDirection { b1, b2, eps, eps_root }, weight_decay, mu, nu } =
            self;
        let (b1, b2, eps, eps_root, weight_decay) = (*b1, *b2, *eps, *eps_root, *weight_decay);
        updates.apply_elementwise(Bounded {}, []);
        let count = updates.count();
        let average = |index, param: &Array, update: &Array| {
            let inputs = vec![update.clone(), nu.array(index).clone(), count.clone()];
            let average = numbers_of(NovogradAverage { b2 }, inputs, 1);
            let average = factor(&average, 0, param.dtype());
            nu.set(index, average.array().clone());
            Some(average.cast(DType::F64).into_array())
        };
        updates.map_elementwise([mu], average, NovogradStep { b1, eps, eps_root, weight_decay });
    }
}

number_functions! {
    /// The moving average of the square of a gradient's norm.
    pub(super) struct NovogradAverage { b2: f64 } "novograd"
    takes |inputs| [(Takes::Array, 1), (Takes::Number, 1), (Takes::Counter, 1)] gives 1;
    |inputs, out| {
        let norm = euclidean_norm(&inputs[0]).value();
        // The first average is the first square.
        let first = counted(&inputs[2]) == 0;
        let (kept, new) = if first { (0.0, 1.0) } else { (b2, 1.0 - b2) };
        let average = kept * number(&inputs[1]) + new * norm * norm;
        out[0] = within_range(average, norm, inputs[0].dtype());
    }
}

/// The mean for an average.
#[derive(Debug, crate::ops::AttributeValue)]
pub(super) struct NovogradStep {
    b1: f64,
    eps: f64,
    eps_root: f64,
    weight_decay: f64,
}

makes!(NovogradStep => NovogradMean, numbers 1, |settings, inputs| {
    let NovogradStep { b1, eps, eps_root, weight_decay } = *settings;
    let divisor = (inputs.numbers[0] + eps_root).sqrt() + eps;
    NovogradMean { b1, divisor, weight_decay }
});

elementwise! {
    /// The mean of [`novograd`]: `m ← b1 m + g / divisor + weight_decay p`.
    pub(super) struct NovogradMean {
        /// The decay rate.
        b1: f64 = 0.9,
        /// The root of the second moment.
        divisor: f64 = 1.0,
        /// The weight decay.
        weight_decay: f64 = 0.0,
    }
    slots 1 { mu }
    prepare |settings, _step| {
        let [b1, divisor, decay] =
            [settings.b1, settings.divisor, settings.weight_decay].map(E::from_f64);
    }
    update |g, p| {
        let m = saturated(b1 * mu + (g / divisor + decay * p), g);
        (m, [m])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn novograd_follows_its_formula() {
        let (mut m, mut v) = (0.0, None);
        let optimizer = novograd(0.1).betas(0.8, 0.7).eps(1e-3).eps_root(1e-2).weight_decay(0.3);
        check(optimizer, |p, g, _| {
            let average = v.map_or(g * g, |v: f64| 0.7 * v + (1.0 - 0.7) * g * g);
            v = Some(average);
            m = 0.8 * m + g / ((average + 1e-2).sqrt() + 1e-3) + 0.3 * p;
            p - 0.1 * m
        });
    }
}
