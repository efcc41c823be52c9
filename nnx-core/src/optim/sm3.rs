//! SM3.

use super::transform::{bounded, elementwise, makes, saturated};
use super::{
    Chain, Descent, Direction, ScaleByLearningRate, Schedule, Slot, Transform, Updates, settings,
};
use crate::array::{Array, Dims};
use crate::module::{Entry, Key, State};
use crate::ops::DynTensor;

/// The direction of [`sm3`].
#[derive(Debug, Clone, Copy)]
pub struct Sm3Direction {
    momentum: f64,
    b2: f64,
    eps: f64,
}

/// SM3, which keeps one second moment per index of each axis in place of one per element: for a matrix, one per row
/// and one per column. The second moment of an element is the least of its axes, plus `g²`; each axis then keeps
/// the largest of its elements: `v[i, j] = min(r[i], c[j]) + g²`, `r[i] ← max over j of v[i, j]`, `c[j] ← max over
/// i of v[i, j]`, `m ← μ m + (1 - μ) g / √(v + eps)` (0 where `v` is 0), `p ← p - η m`.
///
/// A vector has a second moment for each of its elements, as in [`adagrad`](super::adagrad), and a number has one.
///
/// | | |
/// |---|---|
/// | defaults | momentum `μ = 0.9`, `eps = 1e-8`, `b2 = 1`: second moments are sums |
/// | slots | `mu/<parameter>/<axis>` for the second moments, `nu` for `m` |
/// | optax | `sm3`; `scale_by_sm3` for `b2` and `eps`; it has no parameters without axes |
/// | PyTorch | none |
/// | source | Anil et al., 2019 |
///
/// ```
/// let optimizer = nnx_core::optim::sm3(0.1).momentum(0.95);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn sm3(learning_rate: impl Into<Schedule>) -> Descent<Sm3Direction> {
    let direction = Sm3Direction { momentum: 0.9, b2: 1.0, eps: 1e-8 };
    Descent::named("sm3", direction, learning_rate)
}

impl Descent<Sm3Direction> {
    /// The decay rate `μ` of the moving average of updates.
    ///
    /// # Panics
    /// If it isn't in [0, 1).
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.direction.momentum = settings::decay(self.name, "momentum", momentum);
        self
    }

    /// The decay rate of second moments. Below 1 they are averages, `v = b2 min(..) + (1 - b2) g²`, in place of sums.
    ///
    /// # Panics
    /// If it isn't from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn b2(mut self, b2: f64) -> Self {
        self.direction.b2 = settings::momentum(self.name, "b2", b2);
        self
    }

    /// The `eps` that is added to second moments.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Self {
        self.direction.eps = settings::non_negative(self.name, "eps", eps);
        self
    }
}

impl Direction for Sm3Direction {
    fn into_chain(optimizer: Descent<Self>) -> Chain {
        let scale = ScaleBySm3 {
            settings: optimizer.direction,
            mu: Slot::new(0.0),
            nu: Slot::new(0.0),
            first: Vec::new(),
        };
        Chain::new().then(scale).then(ScaleByLearningRate::new(optimizer.learning_rate))
    }
}

/// The transform of [`sm3`].
#[derive(Debug, crate::Module)]
struct ScaleBySm3 {
    #[module(skip)]
    settings: Sm3Direction,
    /// The largest second moments along each axis.
    mu: Slot,
    nu: Slot,
    /// For each parameter, the index in `mu` of its first axis.
    #[module(skip)]
    first: Vec<usize>,
}

fn reshaped(array: &Array, sizes: &[usize]) -> Array {
    DynTensor::from(array.clone()).reshape(sizes).into_array()
}

impl Transform for ScaleBySm3 {
    fn init(&mut self, params: &State) {
        self.nu.init(params);
        let mut axes = Vec::new();
        self.first.clear();
        for (path, Entry { array, .. }) in params {
            self.first.push(axes.len());
            // A scalar parameter is treated as a vector of one element.
            let sizes = if array.dims().is_empty() { Dims::new(&[1]) } else { array.dims() };
            let moment = |(axis, &size): (usize, &usize)| {
                let zeros = Array::full_float(0.0, array.dtype(), &[size]);
                (path.join(Key::Index(axis)), zeros)
            };
            axes.extend(sizes.iter().enumerate().map(moment));
        }
        self.mu.set_all(axes);
    }

    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let Self { settings: Sm3Direction { momentum, b2, eps }, mu, nu, first } = self;
        let least = |index: usize, param: &Array| {
            let dims = param.dims();
            if dims.len() < 2 {
                return reshaped(mu.array(first[index]), &dims);
            }
            let along = |axis: usize| {
                let sizes: Dims =
                    (0..dims.len()).map(|i| if i == axis { dims[i] } else { 1 }).collect();
                DynTensor::from(mu.array(first[index] + axis).clone()).reshape(&sizes)
            };
            let least = (1..dims.len()).fold(along(0), |least, axis| least.minimum(along(axis)));
            least.into_array()
        };
        let mut moments = Slot::new(0.0);
        let params = updates.params();
        let start = params.iter().enumerate();
        moments.set_all(start.map(|(i, (path, param))| (path.clone(), least(i, &param.array))));
        let mean = Sm3Mean { momentum: *momentum, b2: *b2, eps: *eps };
        updates.map_elementwise([&mut moments, nu], |_, _, _| None, mean);
        for (index, (_, param)) in params.iter().enumerate() {
            let dims = param.array.dims();
            if dims.len() < 2 {
                mu.set(first[index], reshaped(moments.array(index), &[dims.elements()]));
                continue;
            }
            if dims.elements() == 0 {
                // An empty axis has no largest moment, and the others need none.
                continue;
            }
            for axis in 0..dims.len() {
                let others: Dims = (0..dims.len()).filter(|&other| other != axis).collect();
                let moments = DynTensor::from(moments.array(index).clone());
                mu.set(first[index] + axis, moments.max(&others).into_array());
            }
        }
    }
}

makes!(Sm3Mean => Sm3Mean, |settings, _inputs| *settings);

elementwise! {
    /// The second moments and the moving average of [`sm3`].
    pub(super) struct Sm3Mean {
        /// The decay rate of the moving average.
        momentum: f64 = 0.9,
        /// The decay rate of second moments.
        b2: f64 = 1.0,
        /// Added to second moments.
        eps: f64 = 1e-8,
    }
    slots 2 { moments, nu }
    prepare |settings, _step| {
        let [kept, new] = [settings.momentum, 1.0 - settings.momentum].map(E::from_f64);
        let [b2, eps] = [settings.b2, settings.eps].map(E::from_f64);
        let share = E::from_f64(if settings.b2 == 1.0 { 1.0 } else { 1.0 - settings.b2 });
    }
    update |g, _p| {
        let g = bounded(g);
        let v = saturated(share * (g * g) + b2 * moments, g);
        // A comparison with NaN is false, so a NaN stays NaN.
        let update = if v <= E::ZERO { E::ZERO } else { g / (v + eps).sqrt() };
        let m = new * update + kept * nu;
        (m, [v, m])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::{Param, grad};
    use crate::optim::Optimizer;
    use crate::optim::reference::check;
    use crate::size::{U0, U2, U3};
    use crate::tensor::Tensor;

    #[test]
    fn a_parameter_without_elements_is_left_alone() {
        let mut model =
            (Param::<(U0, U3)>::new(Tensor::zeros()), Param::<(U2, U3)>::new(Tensor::ones()));
        let mut optimizer = Optimizer::new(&model, sm3(0.1));
        for _ in 0..2 {
            let loss = grad(&mut model, |(empty, full), pass| {
                empty.get(pass).sum() + full.get(pass).square().sum()
            });
            optimizer.update(&mut model, loss.expect("gradients")).expect("an update");
        }
        assert!(model.1.value().to_vec().iter().all(|&x| x < 1.0));
    }

    #[test]
    fn sm3_of_a_vector_follows_its_formula() {
        for b2 in [1.0, 0.8] {
            let (mut m, mut v) = (0.0, 0.0);
            check(sm3(0.1).momentum(0.7).b2(b2).eps(1e-3), |p, g, _| {
                v = b2 * v + if b2 == 1.0 { 1.0 } else { 1.0 - b2 } * g * g;
                m = 0.7 * m + (1.0 - 0.7) * g / (v + 1e-3f64).sqrt();
                p - 0.1 * m
            });
        }
    }
}
