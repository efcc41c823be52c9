//! L-BFGS.

use super::transform::{
    Bounded, Count, ZoomLinesearch, count, dot, increment_for_branch, zoom_linesearch,
};
use super::{Chain, Descent, Direction, ScaleByLearningRate, Schedule, Slot, Transform, Updates};
use crate::array::Array;
use crate::module::{State, Variable, kind};
use crate::ops::{DynTensor, Norm, euclidean_norm};
use crate::tensor::Tensor;

/// The direction of [`lbfgs`].
#[derive(Debug)]
pub struct LbfgsDirection {
    memory: usize,
    scaled: bool,
    linesearch: Option<ZoomLinesearch>,
}

/// The type of [`lbfgs`].
pub type Lbfgs = Descent<LbfgsDirection>;

/// L-BFGS, for losses over all data: `p ← p - η H g`, with an approximation `H` of the inverse Hessian from the last
/// differences of parameters `s = p - p'` and gradients `y = g - g'`, and the step size `η` of a line search,
/// [`zoom_linesearch`].
///
/// `H` starts as `⟨s, y⟩ / ⟨y, y⟩` times the identity (at the first step `min(1, 1 / ‖g‖)`). Each of the last
/// differences, the oldest first, makes it `(1 - ρ s yᵀ) H (1 - ρ y sᵀ) + ρ s sᵀ` with `ρ = 1 / ⟨s, y⟩`.
///
/// The line search evaluates the loss, by [`Optimizer::step_on`](super::Optimizer::step_on). Take the same data in each
/// step, and no dropout.
///
/// | | |
/// |---|---|
/// | defaults | 10 differences, a line search of up to 20 evaluations that tries `η = 1` first |
/// | slots | `params` and `updates` of the step before, `diff_params_memory` and `diff_updates_memory` for `s` and `y`, `weights_memory` for `ρ` |
/// | optax | `lbfgs` |
/// | PyTorch | `LBFGS(line_search_fn="strong_wolfe")`, which also makes 20 steps in one |
/// | source | Liu and Nocedal, 1989 |
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::optim::{Optimizer, lbfgs};
/// use nnx_core::{nn::Linear, random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let mut optimizer = Optimizer::new(&model, lbfgs().memory(5));
/// let x = Tensor::from([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]]);
/// let y = Tensor::from([[4.0], [-1.0], [2.0]]);
/// let mut last = f32::INFINITY;
/// for _ in 0..10 {
///     last = optimizer.step_on(&mut model, |model, pass| {
///         (model.forward(x.clone(), pass) - y.clone()).square().mean()
///     })?;
/// }
/// assert!(last < 1e-6);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[must_use]
#[doc(alias = "scale_by_lbfgs")]
pub fn lbfgs() -> Lbfgs {
    let linesearch = Some(zoom_linesearch(20).from_one());
    Descent::named("lbfgs", LbfgsDirection { memory: 10, scaled: true, linesearch }, 1.0)
}

impl Lbfgs {
    /// The number of differences that are kept.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn memory(mut self, size: usize) -> Self {
        assert!(size > 0, "lbfgs: the memory must be at least 1");
        self.direction.memory = size;
        self
    }

    /// Starts `H` from the identity itself (`scale_init_precond=False`).
    #[must_use]
    pub fn unscaled(mut self) -> Self {
        self.direction.scaled = false;
        self
    }

    /// Another line search.
    #[must_use]
    pub fn linesearch(mut self, linesearch: ZoomLinesearch) -> Self {
        self.direction.linesearch = Some(linesearch);
        self
    }

    /// This learning rate as `η`, without a line search. [`Optimizer::update`](super::Optimizer::update) makes such
    /// steps.
    #[must_use]
    #[track_caller]
    pub fn learning_rate(mut self, rate: impl Into<Schedule>) -> Self {
        self.learning_rate = rate.into();
        self.direction.linesearch = None;
        self
    }
}

impl Direction for LbfgsDirection {
    fn into_chain(optimizer: Lbfgs) -> Chain {
        let Self { memory, scaled, linesearch } = optimizer.direction;
        Chain::new()
            .then(Bounded {})
            .then(ScaleByLbfgs::new(memory, scaled))
            .then(ScaleByLearningRate::new(optimizer.learning_rate))
            .then_some(linesearch)
    }
}

/// A number of kind `OptState`.
type Number = Variable<Tensor<(), f64>, kind::OptState>;

/// The transform of [`lbfgs`]: `g` becomes `H g`.
#[derive(Debug, crate::Module)]
struct ScaleByLbfgs {
    scaled: bool,
    count: Count,
    params: Slot,
    updates: Slot,
    diff_params_memory: Vec<Slot>,
    diff_updates_memory: Vec<Slot>,
    weights_memory: Vec<Number>,
}

impl ScaleByLbfgs {
    fn new(memory: usize, scaled: bool) -> Self {
        let slots = || (0..memory).map(|_| Slot::new(0.0)).collect();
        Self {
            scaled,
            count: count(),
            params: Slot::new(0.0),
            updates: Slot::new(0.0),
            diff_params_memory: slots(),
            diff_updates_memory: slots(),
            weights_memory: (0..memory).map(|_| Variable::new(Tensor::from(0.0))).collect(),
        }
    }

    /// Remembers the differences to the step before, and returns the scale of the first `H`.
    fn remember(&mut self, at: usize, params: &[Array], gradients: &[Array]) -> f64 {
        let differences = |new: &[Array], old: &Slot, to: &mut Slot| {
            for (i, (new, old)) in new.iter().zip(old.arrays()).enumerate() {
                let [new, old] = [new, old].map(|x| DynTensor::from(x.clone()));
                to.set(i, (new - old).into_array());
            }
        };
        let [s, y] = [&mut self.diff_params_memory[at], &mut self.diff_updates_memory[at]];
        differences(params, &self.params, s);
        differences(gradients, &self.updates, y);
        let product = inner(s.arrays(), y.arrays());
        let weight = 1.0 / product;
        // No difference, or one so small that its inverse overflows, teaches nothing.
        let weight = if weight.is_infinite() { 0.0 } else { weight };
        self.weights_memory[at].replace(Tensor::from(weight));
        let square = inner(y.arrays(), y.arrays());
        if square > 0.0 { product / square } else { 1.0 }
    }

    /// `H g`, with the differences from the newest, at `newest`, to the oldest.
    fn precondition(&self, gradients: &[Array], newest: usize, scale: f64) -> Vec<Array> {
        let memory = self.weights_memory.len();
        let from_newest = (0..memory).map(|i| (newest + memory - i) % memory);
        let used: Vec<(usize, f64)> = from_newest
            .map(|i| (i, self.weights_memory[i].value().item()))
            .filter(|&(_, weight)| weight != 0.0)
            .collect();
        let mut direction = gradients.to_vec();
        let add = |direction: &mut Vec<Array>, factor: f64, slot: &Slot| {
            for (x, difference) in direction.iter_mut().zip(slot.arrays()) {
                let difference = DynTensor::from(difference.clone()).mul_scalar(factor);
                *x = (DynTensor::from(std::mem::replace(x, Array::scalar(0.0))) + difference)
                    .into_array();
            }
        };
        let mut alphas = Vec::new();
        for &(i, weight) in &used {
            let alpha = weight * inner(self.diff_params_memory[i].arrays(), direction.iter());
            add(&mut direction, -alpha, &self.diff_updates_memory[i]);
            alphas.push(alpha);
        }
        for x in &mut direction {
            *x = DynTensor::from(x.clone()).mul_scalar(scale).into_array();
        }
        for (&(i, weight), alpha) in used.iter().zip(alphas).rev() {
            let beta = weight * inner(self.diff_updates_memory[i].arrays(), direction.iter());
            add(&mut direction, alpha - beta, &self.diff_params_memory[i]);
        }
        direction
    }
}

/// `Σ ⟨a, b⟩` over all arrays.
fn inner<'a>(a: impl Iterator<Item = &'a Array>, b: impl Iterator<Item = &'a Array>) -> f64 {
    a.zip(b).map(|(a, b)| dot(a, b)).sum()
}

impl Transform for ScaleByLbfgs {
    fn init(&mut self, params: &State) {
        let slots = self.diff_params_memory.iter_mut().chain(&mut self.diff_updates_memory);
        slots.chain([&mut self.params, &mut self.updates]).for_each(|slot| slot.init(params));
    }

    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.refuse_recorded(
            "`lbfgs` chooses its steps by numbers that it computes from gradients, which aren't known while `jit` records: \
             run this step without `jit`",
        );
        let gradients = updates.collect();
        let params: Vec<Array> =
            updates.params().into_iter().map(|(_, entry)| entry.array).collect();
        let memory = self.weights_memory.len();
        let step = increment_for_branch(&mut self.count) as usize;
        let newest = (step + memory - 1) % memory;
        let scale = if step > 0 {
            self.remember(newest, &params, &gradients)
        } else {
            let norm = Norm::combined(gradients.iter().map(euclidean_norm));
            (1.0 / norm.value()).min(1.0)
        };
        let scale = if self.scaled { scale } else { 1.0 };
        for (i, (param, gradient)) in params.iter().zip(&gradients).enumerate() {
            self.params.set(i, param.clone());
            self.updates.set(i, gradient.clone());
        }
        let mut direction = self.precondition(&gradients, newest, scale).into_iter();
        updates.map_arrays(|_, _, _| direction.next().expect("one a parameter").into());
    }
}
