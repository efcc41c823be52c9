//! Adafactor.

use super::descent::methods;
use super::transform::{Bounded, ScaleByParamBlockRms, counted, factor, number_functions};
use super::{
    Chain, Descent, Direction, Ema, Scale, ScaleByLearningRate, Schedule, Slot, Transform, Updates,
    clip_by_block_rms, settings,
};
use crate::array::{Dims, sort_by_key};
use crate::module::State;
use crate::ops::{DynTensor, numbers_of};

/// The direction of [`adafactor`].
#[derive(Debug, Clone, Copy)]
pub struct AdafactorDirection {
    moments: FactoredMoments,
    clipping_threshold: f64,
    parameter_scale: bool,
    momentum: Option<f64>,
}

/// The settings of the second moments.
#[derive(Debug, Clone, Copy)]
struct FactoredMoments {
    factored: bool,
    min_dim_size_to_factor: usize,
    decay_rate: f64,
    decay_offset: i64,
    eps: f64,
}

/// The type of [`adafactor`].
pub type Adafactor = Descent<AdafactorDirection>;

/// Adafactor, whose memory for second moments is that of the rows and columns of a matrix. With `q = g² + eps` and
/// `β = 1 - t^-decay_rate`, the means over rows and over columns are averaged:
/// `r ← β r + (1 - β) mean over columns of q`, `c ← β c + (1 - β) mean over rows of q`, and
/// `u = g / √(r / mean(r)) / √c`.
///
/// Then `u` is clipped to a root mean square of `clipping_threshold`, and
/// `p ← p - η max(rms(p), 0.001) u`.
///
/// The rows and columns are the two longest axes of an array. An array with fewer than two axes of
/// `min_dim_size_to_factor` elements has a moving average for each element, `v ← β v + (1 - β) q`, `u = g / √v`.
///
/// | | |
/// |---|---|
/// | defaults | `decay_rate = 0.8`, `eps = 1e-30`, `min_dim_size_to_factor = 128`, `clipping_threshold = 1`, no momentum, no weight decay |
/// | slots | `v_row` for `r`, `v_col` for `c`, `v`, each of one element where it isn't used; `ema` with momentum |
/// | optax | `adafactor`; without a learning rate there, `adafactor(1.0)` here |
/// | PyTorch | `Adafactor`, which factors the last two axes of every matrix, bounds `η` by `1 / √t`, and decays by `η λ` |
/// | source | Shazeer and Stern, 2018 |
///
/// ```
/// let optimizer = nnx_core::optim::adafactor(1e-3).min_dim_size_to_factor(32).momentum(0.9);
/// # let _ = optimizer;
/// ```
#[must_use]
pub fn adafactor(learning_rate: impl Into<Schedule>) -> Adafactor {
    let moments = FactoredMoments {
        factored: true,
        min_dim_size_to_factor: 128,
        decay_rate: 0.8,
        decay_offset: 0,
        eps: 1e-30,
    };
    let direction = AdafactorDirection {
        moments,
        clipping_threshold: 1.0,
        parameter_scale: true,
        momentum: None,
    };
    Descent::named("adafactor", direction, learning_rate)
}

impl Adafactor {
    /// The size that two axes need for their second moments to be factored.
    #[must_use]
    pub fn min_dim_size_to_factor(mut self, size: usize) -> Self {
        self.direction.moments.min_dim_size_to_factor = size;
        self
    }

    /// Keeps a second moment for each element (`factored=False`).
    #[must_use]
    pub fn unfactored(mut self) -> Self {
        self.direction.moments.factored = false;
        self
    }

    /// The exponent of the decay rate `1 - t^-decay_rate` of second moments.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn decay_rate(mut self, decay_rate: f64) -> Self {
        self.direction.moments.decay_rate =
            settings::non_negative(self.name, "decay_rate", decay_rate);
        self
    }

    /// Subtracted from the step `t` in the decay rate, to start anew when a model is fine-tuned. Before that step the
    /// decay rate is 0: the second moments are those of the current gradient.
    #[must_use]
    pub fn decay_offset(mut self, steps: i64) -> Self {
        self.direction.moments.decay_offset = steps;
        self
    }

    /// Added to squared gradients.
    ///
    /// # Panics
    /// If it is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn eps(mut self, eps: f64) -> Self {
        self.direction.moments.eps = settings::non_negative(self.name, "eps", eps);
        self
    }

    /// The largest root mean square of an update; infinity clips nothing.
    ///
    /// # Panics
    /// If it is negative or NaN.
    #[must_use]
    #[track_caller]
    pub fn clipping_threshold(mut self, threshold: f64) -> Self {
        self.direction.clipping_threshold =
            settings::bound(self.name, "clipping_threshold", threshold);
        self
    }

    /// Doesn't scale updates by the root mean square of their parameter (`multiply_by_parameter_scale=False`).
    #[must_use]
    pub fn without_parameter_scale(mut self) -> Self {
        self.direction.parameter_scale = false;
        self
    }

    /// The decay rate of a moving average of updates, without bias correction. By default there is none.
    ///
    /// # Panics
    /// If it isn't in [0, 1).
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.direction.momentum = Some(settings::decay(self.name, "momentum", momentum));
        self
    }
}

impl Direction for AdafactorDirection {
    fn into_chain(optimizer: Adafactor) -> Chain {
        let decay = (optimizer.weight_decay != 0.0).then(|| optimizer.decay_transform());
        let Self { moments, clipping_threshold, parameter_scale, momentum } = optimizer.direction;
        let [v_row, v_col, v] = [0.0; 3].map(Slot::new);
        Chain::new()
            .then(ScaleByFactoredRms { moments, v_row, v_col, v })
            .then(clip_by_block_rms(clipping_threshold))
            .then(ScaleByLearningRate::upward(optimizer.learning_rate))
            .then_some(parameter_scale.then(ScaleByParamBlockRms::default))
            .then_some(momentum.map(|decay| Ema { decay, debias: false }))
            .then_some(decay)
            .then(Scale { factor: -1.0 })
    }
}
methods! { AdafactorDirection: weight_decay }

/// The first transform of [`adafactor`] (`optax.scale_by_factored_rms`).
#[derive(Debug, crate::Module)]
struct ScaleByFactoredRms {
    #[module(skip)]
    moments: FactoredMoments,
    v_row: Slot,
    v_col: Slot,
    v: Slot,
}

impl FactoredMoments {
    /// The two longest axes, the longest last, if both are long enough. Of axes of the same size, later ones count as
    /// longer.
    fn factored_axes(&self, dims: &[usize]) -> Option<[usize; 2]> {
        if !self.factored || dims.len() < 2 {
            return None;
        }
        let mut axes: Vec<usize> = (0..dims.len()).collect();
        sort_by_key(&mut axes, &|axis| dims[axis]);
        let [.., short, long] = axes[..] else { return None };
        (dims[short] >= self.min_dim_size_to_factor).then_some([short, long])
    }

    /// The shapes of `v_row`, `v_col` and `v` for a parameter.
    fn shapes(&self, dims: &[usize]) -> [Vec<usize>; 3] {
        let without = |axis: usize| {
            dims.iter().enumerate().filter(|&(i, _)| i != axis).map(|(_, &size)| size).collect()
        };
        match self.factored_axes(dims) {
            Some([short, long]) => [without(long), without(short), vec![1]],
            None => [vec![1], vec![1], dims.to_vec()],
        }
    }
}

number_functions! {
    /// `β = 1 - t^-rate` at a step, counted from 0, which is 0 before the offset; and `1 - β`.
    pub(super) struct AdafactorDecay { rate: f64, offset: i64 } "adafactor_decay"
    takes |inputs| [(Takes::Counter, 1)] gives 2;
    |count, out| {
        #[allow(clippy::cast_precision_loss, reason = "steps are far below 2^53")]
        let t = (i128::from(counted(&count[0])) - i128::from(offset) + 1).max(1) as f64;
        let decay = 1.0 - t.powf(-rate);
        out.copy_from_slice(&[decay, 1.0 - decay]);
    }
}

impl Transform for ScaleByFactoredRms {
    fn init(&mut self, params: &State) {
        let Self { moments, v_row, v_col, v } = self;
        for (i, slot) in [v_row, v_col, v].into_iter().enumerate() {
            slot.init_shaped(params, |dims| moments.shapes(dims)[i].clone());
        }
    }

    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        let Self { moments, v_row, v_col, v } = self;
        let decay = AdafactorDecay { rate: moments.decay_rate, offset: moments.decay_offset };
        let shares = numbers_of(decay, vec![updates.count()], 2);
        updates.apply_elementwise(Bounded {}, []);
        updates.map_arrays(|index, param, g| {
            let squares = g.clone().square().add_scalar(moments.eps);
            let average = |slot: &mut Slot, new: DynTensor| {
                let old = DynTensor::from(slot.array(index).clone());
                let [kept, share] = [0, 1].map(|i| factor(&shares, i, new.dtype()));
                let average = old * kept + new * share;
                slot.set(index, average.array().clone());
                average
            };
            let inverse_root = |x: DynTensor| x.powf(-0.5);
            let dims = param.dims();
            let Some([short, long]) = moments.factored_axes(&dims) else {
                return g * inverse_root(average(v, squares));
            };
            let expanded = |x: DynTensor, axis: usize| {
                let sizes: Dims = x.dims().insert_axis(axis, 1);
                x.reshape(&sizes)
            };
            let rows = average(v_row, squares.clone().mean(&[long]));
            let columns = average(v_col, squares.mean(&[short]));
            // The row means have one axis less, since the longest axis was reduced.
            let reduced = if short > long { short - 1 } else { short };
            let mean = expanded(rows.clone().mean(&[reduced]), reduced).sqrt();
            // Not the root of `rows / mean`: the quotient may underflow to 0.
            let by_row = g * expanded(inverse_root(rows), long);
            by_row * expanded(mean, long) * expanded(inverse_root(columns), short)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::reference::check;

    #[test]
    fn adafactor_of_a_vector_follows_its_formula() {
        let (mut v, mut m) = (0.0, 0.0);
        let optimizer = adafactor(0.1).decay_rate(0.6).eps(1e-3).clipping_threshold(0.8);
        check(optimizer.momentum(0.7).weight_decay(0.02), |p, g, t| {
            let beta = 1.0 - f64::from(t).powf(-0.6);
            v = beta * v + (1.0 - beta) * (g * g + 1e-3);
            let u = g / v.sqrt();
            let clipped = u / (u.abs() / 0.8).max(1.0);
            m = 0.7 * m + (1.0 - 0.7) * 0.1 * clipped * p.abs().max(1e-3);
            p - (m + 0.02 * p)
        });
    }

    #[test]
    fn the_two_longest_axes_are_factored_if_both_are_long_enough() {
        let moments = adafactor(0.1).min_dim_size_to_factor(4).direction.moments;
        assert_eq!(moments.factored_axes(&[4, 5]), Some([0, 1]));
        assert_eq!(moments.factored_axes(&[5, 4]), Some([1, 0]));
        assert_eq!(moments.factored_axes(&[4, 4, 4]), Some([1, 2]));
        assert_eq!(moments.factored_axes(&[6, 2, 5]), Some([2, 0]));
        assert_eq!(moments.factored_axes(&[100, 3]), None);
        assert_eq!(moments.factored_axes(&[100]), None);
        assert_eq!(moments.shapes(&[6, 2, 5]), [vec![2, 5], vec![6, 2], vec![1]]);
        assert_eq!(moments.shapes(&[3, 3]), [vec![1], vec![1], vec![3, 3]]);
    }
}
