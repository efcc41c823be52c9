//! Mechanic: learns the scale of another optimizer's updates.

use super::transform::{
    Count, count, dot_product, elementwise, entry, increment, makes, number, number_functions,
};
use super::{IntoTransform, Slot, Transform, Updates, settings};
use crate::array::{Array, Dims};
use crate::module::{AnyVariable, DynVariable, State};
use crate::ops::{DynTensor, Norm, Signature, euclidean_norm, number_for_branch, numbers_of};

/// Mechanic: learns the scale of the updates of `optimizer`, in place of its learning rate. Give `optimizer` the
/// learning rate 1, or a schedule that starts at 1.
///
/// With the initial parameters `p₀` and the sum `Δ` of all updates so far, a step is `p ← p₀ + S Δ`. `Δ` needs no slot,
/// since `p - p₀` is `S Δ`. `S` is the sum of scales `s`, one for each decay rate `β`. With `h = ⟨g + λ S ‖g‖ / (‖p‖ +
/// eps) p, -Δ⟩` over all parameters, `m ← max(β m, |h| + eps)`, `v ← β² v + h²`, `r ← β r + s clamp(h, -m, m)` with the
/// old `m`, and `s = (s_init / n m + max(r, 0)) / (√v + eps)`. The `n` decay rates are 0.9, 0.99, and so on.
///
/// | | |
/// |---|---|
/// | defaults | `weight_decay = 0.01` for `λ`, `eps = 1e-8`, `s_init = 1e-6`, `num_betas = 6` for `n` |
/// | slots | those of `optimizer`, `x0` for `p₀`, and `r`, `m`, `v` and `s` |
/// | optax | `contrib.mechanize` |
/// | PyTorch | none; `mechanic_pytorch` |
/// | source | Cutkosky, Defazio and Mehta, 2023 |
///
/// ```
/// use nnx_core::module::{Param, grad};
/// use nnx_core::optim::{Optimizer, adam, mechanize};
/// use nnx_core::{size::U2, tensor::Tensor};
///
/// let mut model = Param::<(U2,)>::new(Tensor::from([3.0, -1.0]));
/// let mut optimizer = Optimizer::new(&model, mechanize(adam(1.0)).weight_decay(0.0));
/// for _ in 0..200 {
///     let gradients = grad(&mut model, |p, pass| p.get(pass).square().sum())?;
///     optimizer.update(&mut model, gradients)?;
/// }
/// assert!(model.value().to_vec()[0] < 1.0);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
#[track_caller]
pub fn mechanize<How>(optimizer: impl IntoTransform<How>) -> Mechanize {
    let mechanize = Mechanize {
        weight_decay: 1e-2,
        eps: 1e-8,
        s_init: 1e-6,
        base_optimizer_state: optimizer.boxed(),
        count: count(),
        r: numbers(Vec::new()),
        m: numbers(Vec::new()),
        v: numbers(Vec::new()),
        s: numbers(Vec::new()),
        x0: Slot::new(0.0),
    };
    mechanize.num_betas(6)
}

/// See [`mechanize`].
#[derive(Debug, crate::Module)]
pub struct Mechanize {
    weight_decay: f64,
    eps: f64,
    s_init: f64,
    base_optimizer_state: Box<dyn Transform>,
    count: Count,
    r: DynVariable,
    m: DynVariable,
    v: DynVariable,
    s: DynVariable,
    x0: Slot,
}

impl Mechanize {
    /// The decay `λ` of the weights. It isn't that of the optimizer.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay = settings::non_negative("mechanize", "weight_decay", weight_decay);
        self
    }

    /// The `eps` that keeps denominators away from 0.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = settings::non_negative("mechanize", "eps", eps);
        self
    }

    /// The first scale of each decay rate.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn s_init(mut self, scale: f64) -> Self {
        self.s_init = settings::non_negative("mechanize", "s_init", scale);
        let betas = self.s.array().elements();
        self.num_betas(betas)
    }

    /// The number of decay rates `1 - 0.1, 1 - 0.1², ..`.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn num_betas(mut self, count: usize) -> Self {
        assert!(count > 0, "mechanize: `num_betas` must be at least 1");
        [self.r, self.m, self.v] = [(); 3].map(|()| numbers(vec![0.0; count]));
        self.s = numbers(vec![self.s_init; count]);
        self
    }
}

/// The largest product that is learned from: a sum of its squares is finite.
const LARGEST: f64 = 1e150;

fn array(numbers: Vec<f64>) -> Array {
    let dims = Dims::new(&[numbers.len()]);
    Array::filled(numbers, dims)
}

fn numbers(of: Vec<f64>) -> DynVariable {
    DynVariable::from(entry(array(of)))
}

fn read(array: &Array) -> Vec<f64> {
    array.to_vec().expect("numbers of f64")
}

/// The norm of all arrays together.
fn norm(arrays: &[Array]) -> f64 {
    Norm::combined(arrays.iter().map(euclidean_norm)).value()
}

/// The number of decay rates, which is at least 1.
fn betas_of(inputs: &[Signature]) -> usize {
    inputs.first().map_or(1, |r| r.elements().max(1))
}

impl Mechanize {
    /// Learns the scales from the product of the gradients and of what they have led to: r, m, v, s, and two numbers, the
    /// factors of a [`Mechanized`] step.
    fn learn(&self, gradients: Vec<Array>, params: Vec<Array>) -> Array {
        let (weight_decay, eps, s_init) = (self.weight_decay, self.eps, self.s_init);
        let (betas, count) = (self.s.array().elements(), gradients.len());
        let moved = |(start, now): (&Array, &Array)| {
            let [start, now] = [start, now].map(|x| DynTensor::from(x.clone()));
            (start - now).into_array()
        };
        let moved: Vec<Array> = self.x0.arrays().zip(&params).map(moved).collect();
        let along = |arrays: &[Array]| -> Vec<Array> {
            arrays.iter().zip(&moved).map(|(array, moved)| dot_product(array, moved)).collect()
        };
        let products = [along(&gradients), along(&params)].concat();
        let mut inputs: Vec<Array> =
            [&self.r, &self.m, &self.v, &self.s].map(|x| x.array().clone()).to_vec();
        inputs.extend(products);
        inputs.extend(gradients);
        inputs.extend(params);
        let function = MechanizedScales { weight_decay, eps, s_init, count };
        numbers_of(function, inputs, 4 * betas + 2)
    }
}

number_functions! {
    /// What a step learns: see [`Mechanize::learn`]. There are `count` parameters.
    pub(super) struct MechanizedScales { weight_decay: f64, eps: f64, s_init: f64, count: usize } "mechanize"
    takes |inputs| [
        (Takes::Numbers(betas_of(inputs)), 4), (Takes::Number, count), (Takes::Number, count), (Takes::Array, count),
        (Takes::Array, count)
    ] gives betas_of(inputs).saturating_mul(4).saturating_add(2);
    |inputs, out| {
        let [mut r, mut m, mut v, mut s] = [0, 1, 2, 3].map(|i: usize| read(&inputs[i]));
        let (products, arrays) = inputs[4..].split_at(2 * count);
        let (of_gradients, of_params) = products.split_at(count);
        let (gradients, params) = arrays.split_at(count);
        let sum: f64 = s.iter().sum();
        let decay = weight_decay * sum * norm(gradients) / (norm(params) + eps);
        let product = |(g, p): (&Array, &Array)| number(g) + decay * number(p);
        let h: f64 = of_gradients.iter().zip(of_params).map(product).sum();
        let before = 1.0 / (sum + eps);
        // What is infinite or NaN shows in the updates of its own parameters, and nothing can be learned from it.
        let h = if h.is_finite() { (h * before).clamp(-LARGEST, LARGEST) } else { 0.0 };
        #[allow(clippy::cast_precision_loss, reason = "a few decay rates")]
        let share = s_init / s.len() as f64;
        let mut distance = 1.0;
        for i in 0..s.len() {
            distance *= 0.1;
            let beta = 1.0 - distance;
            // A sum of a file that was made by hand may be below 0.
            let most = m[i].max(0.0);
            let clipped = h.clamp(-most, most);
            m[i] = (beta * m[i]).max(h.abs() + eps);
            v[i] = beta * beta * v[i] + h * h;
            r[i] = (beta * r[i] + clipped * s[i]).clamp(-LARGEST, LARGEST);
            s[i] = (share * m[i] + r[i].max(0.0)) / (v[i].sqrt() + eps);
        }
        let scale = s.iter().sum();
        out.copy_from_slice(&[&r[..], &m, &v, &s, &[before, scale]].concat());
    }
}

/// The step for these scales.
#[derive(Debug, crate::ops::AttributeValue)]
pub(super) struct MechanizedStep {}

makes!(MechanizedStep => Mechanized, numbers 2, |_settings, inputs| {
    Mechanized { before: inputs.numbers[0], scale: inputs.numbers[1] }
});

impl Transform for Mechanize {
    fn init(&mut self, params: &State) {
        self.base_optimizer_state.init(params);
        self.x0.init_as_params(params);
    }

    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let gradients = updates.collect();
        let params = updates.params();
        // Weights may be loaded after the optimizer was made: the start is where the first step begins.
        if number_for_branch(self.count.value().array(), 1) == 0 {
            self.x0.init_as_params(&params);
        }
        increment(&mut self.count);
        let params: Vec<Array> = params.into_iter().map(|(_, entry)| entry.array).collect();
        let learned = self.learn(gradients, params);
        let betas = self.s.array().elements();
        for (i, variable) in
            [&mut self.r, &mut self.m, &mut self.v, &mut self.s].into_iter().enumerate()
        {
            let new = DynTensor::from(learned.clone()).slice(0, i * betas, betas);
            variable.set_array(new.into_array()).expect("as many numbers");
        }
        let scales = DynTensor::from(learned).slice(0, 4 * betas, 2).into_array();
        let Self { base_optimizer_state, x0, .. } = self;
        base_optimizer_state.update(updates);
        updates.apply_made(scales, MechanizedStep {}, [x0]);
    }

    fn evaluation_params(&self, params: &mut State) {
        self.base_optimizer_state.evaluation_params(params);
    }
}

elementwise! {
    /// From an update to the step that ends at `p₀ + scale (before (p - p₀) + u)`.
    pub(super) struct Mechanized {
        /// The factor of the distance from the start that makes it the sum of updates.
        before: f64 = 1.0,
        /// The factor of that sum.
        scale: f64 = 1.0,
    }
    slots 1 { x0 }
    prepare |settings, _step| {
        let [before, scale] = [settings.before, settings.scale].map(E::from_f64);
    }
    update |u, p| {
        let back = x0 - p;
        (back - scale * (back * before - u), [x0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{reference::check, sgd};

    #[test]
    fn mechanize_follows_its_formula() {
        let (mut start, mut sum) = (f64::NAN, 0.0);
        let (mut r, mut m, mut v, mut s) = ([0.0; 2], [0.0; 2], [0.0; 2], [1e-3; 2]);
        let rule = mechanize(sgd(0.5)).num_betas(2).s_init(1e-3).weight_decay(0.1).eps(1e-4);
        check(rule, |p, g, t| {
            start = if t == 1 { p } else { start };
            let total: f64 = s.iter().sum();
            let decayed = g + 0.1 * total * g.abs() / (p.abs() + 1e-4) * p;
            let moved = (start - p) / (total + 1e-4);
            let h: f64 = decayed * moved;
            for (i, beta) in [0.9, 0.99].into_iter().enumerate() {
                let clipped = h.max(-m[i]).min(m[i]);
                m[i] = f64::max(beta * m[i], h.abs() + 1e-4);
                v[i] = beta * beta * v[i] + h * h;
                r[i] = beta * r[i] + clipped * s[i];
                s[i] = (1e-3 / 2.0 * m[i] + f64::max(r[i], 0.0)) / (f64::sqrt(v[i]) + 1e-4);
            }
            sum = moved + 0.5 * g;
            start - s.iter().sum::<f64>() * sum
        });
    }

    #[test]
    #[should_panic(expected = "mechanize: `num_betas` must be at least 1")]
    fn no_decay_rate_is_refused() {
        let _ = mechanize(sgd(1.0)).num_betas(0);
    }
}
