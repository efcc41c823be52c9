//! The forward and backward probabilities of the CTC loss as compositions of differentiable operations: for second
//! derivatives, and for users who want the probabilities. `kernel/ctc.rs` explains the recursions. Logarithms
//! throughout; −∞ is the logarithm of 0.

use super::ctc::lengths;
use super::{Comparison, DynTensor};
use crate::array::{Array, DType, Dims};

/// The lattice of states `(B, S)` over the frames of a batch, with `S = 2 N + 1`.
pub(super) struct Composed {
    /// The logits `(B, T, K)`, with 0 in frames that don't count.
    logits: DynTensor,
    /// For each frame, the mask of the examples for which it counts, `(B, S)`.
    frames: Vec<DynTensor>,
    /// The logarithms of the probabilities of the states in each frame, `(B, S)`.
    emissions: Vec<DynTensor>,
    /// The class of each state, one-hot: `(B, S, K)`.
    one_hot: DynTensor,
    /// 0 where a step from two states before is open, else −∞: `(B, S)`.
    skip: DynTensor,
    /// 0 for the last label and the last blank of each example, else −∞: `(B, S)`.
    ends: DynTensor,
    /// The mask of frames as `(B, T, K)`.
    counts: DynTensor,
}

impl Composed {
    pub(super) fn new(
        x: &DynTensor,
        frames: &DynTensor,
        labels: &DynTensor,
        label_mask: &DynTensor,
        blank: usize,
    ) -> Self {
        let (dims, dtype) = (x.dims(), x.dtype());
        let (batch, time, classes) = (dims[0], dims[1], dims[2]);
        let lengths = lengths(label_mask.array());
        let width = labels.dims()[1];
        let labels = labels.clone().cast(DType::I64).array().to_vec::<i64>().expect("cast to i64");
        let size = 2 * width + 1;
        // After the labels of an example, all states are blanks. No step leads back from them.
        let class = |b: usize, s: usize| match (s % 2, s / 2) {
            (1, i) if i < lengths[b] => usize::try_from(labels[b * width + i]).unwrap_or(blank),
            _ => blank,
        };
        let logarithms = |holds: &dyn Fn(usize, usize) -> bool| -> DynTensor {
            let each = (0..batch).flat_map(|b| (0..size).map(move |s| (b, s)));
            let each = each.map(|(b, s)| if holds(b, s) { 0.0 } else { f64::NEG_INFINITY });
            DynTensor::from(Array::filled::<f64>(each.collect(), Dims::new(&[batch, size])))
                .cast(dtype)
        };
        let skip = logarithms(&|b, s| s % 2 == 1 && s > 2 && class(b, s) != class(b, s - 2));
        let ends = logarithms(&|b, s| s == 2 * lengths[b] || s + 1 == 2 * lengths[b]);
        let index = |class: usize| i32::try_from(class).expect("an index");
        let states = (0..batch).flat_map(|b| (0..size).map(move |s| (b, s)));
        let states = states.map(|(b, s)| index(class(b, s))).collect();
        let states: DynTensor = Array::filled::<i32>(states, Dims::new(&[batch, size])).into();
        let one_hot = skip.full_like(1.0).put(states, classes);

        let counts = frames.clone().reshape(&[batch, time, 1]);
        let logits_mask = counts.clone().broadcast_to(&dims);
        let logits = logits_mask.clone().select(x.clone(), x.full_like(0.0));
        let log = logits.clone().log_softmax();
        let emissions = (0..time).map(|t| {
            let each = (0..batch).flat_map(|b| (0..size).map(move |s| (b, s)));
            let at = each.map(|(b, s)| index(b * classes + class(b, s))).collect();
            let frame = log.clone().slice(1, t, 1).reshape(&[batch * classes]);
            frame.gather(Array::filled::<i32>(at, Dims::new(&[batch, size])).into())
        });
        let emissions = emissions.collect();
        let frame =
            |t| counts.clone().slice(1, t, 1).reshape(&[batch, 1]).broadcast_to(&[batch, size]);
        let frames = (0..time).map(frame).collect();
        Self { logits, frames, emissions, one_hot, skip, ends, counts: logits_mask }
    }

    /// The logarithms of the probabilities of the states after each frame, `(B, S)`. The list begins with those before
    /// the first frame.
    pub(super) fn alphas(&self) -> Vec<DynTensor> {
        let (batch, size) = (self.skip.dims()[0], self.skip.dims()[1]);
        let start = (0..batch * size).map(|i| if i % size == 0 { 0.0 } else { f64::NEG_INFINITY });
        let start = Array::filled::<f64>(start.collect(), Dims::new(&[batch, size]));
        let mut alphas = vec![DynTensor::from(start).cast(self.skip.dtype())];
        for (emission, counts) in self.emissions.iter().zip(&self.frames) {
            let before = alphas.last().expect("the start").clone();
            let jump = moved(&before, 2) + self.skip.clone();
            let after = add_three([before.clone(), moved(&before, 1), jump]) + emission.clone();
            alphas.push(counts.clone().select(after, before));
        }
        alphas
    }

    /// For each frame, the log-probabilities of the rest of the sequence after it, starting from each state (`beta`).
    fn betas(&self) -> Vec<DynTensor> {
        let mut betas = vec![self.ends.clone()];
        for (emission, counts) in self.emissions.iter().zip(&self.frames).skip(1).rev() {
            let after = betas.last().expect("the end").clone();
            let onward = after.clone() + emission.clone();
            let jump = moved_back(&(onward.clone() + self.skip.clone()), 2);
            let before = add_three([onward.clone(), moved_back(&onward, 1), jump]);
            betas.push(counts.clone().select(before, after));
        }
        betas.reverse();
        betas
    }

    /// The logarithm of the probability of each sequence of labels, from the last of [`alphas`](Self::alphas).
    pub(super) fn log_likelihood(&self, last: &DynTensor) -> DynTensor {
        (last + &self.ends).logsumexp()
    }

    /// The logarithms of the probabilities of the blanks `(B, T, N + 1)` and of the labels `(B, T, N)` after each frame.
    pub(super) fn forward_probabilities(&self) -> [DynTensor; 2] {
        let (dims, size) = (self.logits.dims(), self.skip.dims()[1]);
        let (batch, time, blanks) = (dims[0], dims[1], size / 2 + 1);
        // One state is added, so that each blank is followed by a label.
        let row = |alpha: &DynTensor| alpha.clone().pad(1, 0, 1).reshape(&[batch, 1, blanks, 2]);
        let rows: Vec<DynTensor> = self.alphas()[1..].iter().map(row).collect();
        let pairs = if rows.is_empty() {
            self.skip.full_like(0.0).slice(0, 0, 0).reshape(&[batch, 0, blanks, 2])
        } else {
            DynTensor::concat(rows, 1).expect("one for each frame")
        };
        let [blank, label] =
            [0, 1].map(|i| pairs.clone().slice(3, i, 1).reshape(&[batch, time, blanks]));
        [blank, label.slice(2, 0, blanks - 1)]
    }

    /// `g` times the derivative of the losses by the logits; 0 where the loss is ∞.
    pub(super) fn gradient(&self, g: &DynTensor) -> DynTensor {
        let dims = self.logits.dims();
        let (batch, size) = (dims[0], self.skip.dims()[1]);
        let alphas = self.alphas();
        let total = self.log_likelihood(&alphas[alphas.len() - 1]);
        let possible =
            total.clone().compare(Comparison::Greater, total.full_like(f64::NEG_INFINITY));
        let total = possible.clone().select(total.clone(), total.full_like(0.0));
        let total = total.reshape(&[batch, 1]);
        let g = possible.select(g.clone(), g.full_like(0.0)).reshape(&[batch, 1, 1]);
        let share = |(alpha, beta): (&DynTensor, DynTensor)| {
            let share = (&(alpha + &beta) - &total).exp();
            share.reshape(&[batch, 1, size])
        };
        let shares: Vec<DynTensor> = alphas[1..].iter().zip(self.betas()).map(share).collect();
        if shares.is_empty() {
            return self.logits.full_like(0.0);
        }
        let shares = DynTensor::concat(shares, 1).expect("one for each frame");
        let slope = self.logits.clone().softmax() - shares.matmul(self.one_hot.clone());
        let slope = self.counts.clone().select(slope.clone(), slope.full_like(0.0));
        slope.weighted(g)
    }
}

/// The rows, moved by `steps` to higher indices, with −∞ before them.
fn moved(x: &DynTensor, steps: usize) -> DynTensor {
    let (size, border) = (x.dims()[1], x.full_like(f64::NEG_INFINITY));
    if size <= steps {
        return border;
    }
    let parts = vec![border.slice(1, 0, steps), x.clone().slice(1, 0, size - steps)];
    DynTensor::concat(parts, 1).expect("rows")
}

/// The rows, moved by `steps` to lower indices, and filled up with −∞.
fn moved_back(x: &DynTensor, steps: usize) -> DynTensor {
    let (size, border) = (x.dims()[1], x.full_like(f64::NEG_INFINITY));
    if size <= steps {
        return border;
    }
    let parts = vec![x.clone().slice(1, steps, size - steps), border.slice(1, 0, steps)];
    DynTensor::concat(parts, 1).expect("rows")
}

/// `ln(e^a + e^b + e^c)`.
fn add_three(terms: [DynTensor; 3]) -> DynTensor {
    let dims = terms[0].dims();
    let column = dims.insert_axis(dims.len(), 1);
    let columns = terms.into_iter().map(|x| x.reshape(&column)).collect();
    DynTensor::concat(columns, dims.len()).expect("columns").logsumexp()
}
