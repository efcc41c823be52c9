//! Connectionist temporal classification (Graves et al., 2006): the probability of a sequence of labels, summed over
//! all ways to spread it over frames, and its gradient.
//!
//! ```text
//! states = blank, label 0, blank, label 1, .., blank           2 N + 1 of them
//! alpha = [0, -inf, -inf, ..]                                  logarithms
//! for each frame:
//!     alpha[s] = ln(e^alpha[s] + e^alpha[s - 1] + e^alpha[s - 2]) + ln p(state s in this frame)
//! loss = -ln(e^alpha[2 N] + e^alpha[2 N - 1])
//! ```
//!
//! The step from `s - 2` skips a blank. It is open for a label that differs from the one before it. The gradient
//! needs the same recursion from the end, `beta`: the probability of a state in a frame is that of `alpha + beta`.
//!
//! Changed for accuracy: logarithms are added in f64, in which sums over any number of frames, of logits of any size,
//! keep their digits. Exponentials and the logarithms of their sums, which are within 0 to ln 3, are of the element
//! type. An example is one task, with the order of frames.

#[cfg(test)]
mod tests;

use super::index::to_index;
use super::softmax::exp_shifted;
use super::{Float, parallel, vectorize_wide};

/// The logarithm of 0.
const NONE: f64 = f64::NEG_INFINITY;
/// States before the first, from which no step leads: two steps back need no check of bounds.
const BORDER: usize = 2;

/// The logits, masks and labels of a batch, in row-major order.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a, E> {
    /// `(B, T, classes)`.
    pub(crate) logits: &'a [E],
    /// `(B, T)`: whether a frame is part of the sequence or padding.
    pub(crate) frames: &'a [bool],
    /// `(B, N)`. Labels that aren't padding are valid classes.
    pub(crate) labels: &'a [i32],
    /// The number of labels of each example, without padding.
    pub(crate) lengths: &'a [usize],
    pub(crate) classes: usize,
    pub(crate) blank: usize,
}

/// The loss of each example: ∞ if there are too few frames for the labels.
pub(crate) fn ctc_losses<E: Float>(batch: Batch<'_, E>, out: &mut [E]) {
    parallel::for_chunks(out, 1, true, &|b, out| {
        let mut lattice = Lattice::new(batch.example(b));
        out[0] = vectorize_wide::<E, _>(
            #[inline(always)]
            || lattice.forward(),
        );
    });
}

/// `dy[b]` times the derivative of the loss of each example by its logits; 0 where the loss is ∞ or `dy[b]` is 0.
pub(crate) fn ctc_gradients<E: Float>(batch: Batch<'_, E>, dy: &[E], out: &mut [E]) {
    let size = out.len() / dy.len().max(1);
    parallel::for_chunks(out, size.max(1), true, &|b, out| {
        out.fill(E::ZERO);
        if dy[b] == E::ZERO {
            return;
        }
        let mut lattice = Lattice::new(batch.example(b));
        vectorize_wide::<E, _>(
            #[inline(always)]
            || {
                if lattice.forward() != -E::NEG_INFINITY {
                    lattice.backward(dy[b], out);
                }
            },
        );
    });
}

impl<'a, E> Batch<'a, E> {
    fn example(self, b: usize) -> Self {
        let row = |length: usize| length / self.lengths.len();
        let (x, t, n) = (row(self.logits.len()), row(self.frames.len()), row(self.labels.len()));
        Self {
            logits: &self.logits[b * x..][..x],
            frames: &self.frames[b * t..][..t],
            labels: &self.labels[b * n..][..self.lengths[b]],
            ..self
        }
    }
}

/// The CTC states of one example, over all frames that aren't padding.
struct Lattice<'a, E> {
    example: Batch<'a, E>,
    /// The class of each state.
    states: Vec<usize>,
    /// 0 if the state can be reached from the state two before it, else −∞.
    skip: Vec<f64>,
    /// The forward variables: a row of `BORDER + states` logarithms before the first frame and after each frame.
    alpha: Vec<f64>,
    /// The log-probability of the class of each state, a row for each frame.
    emissions: Vec<f64>,
}

impl<'a, E: Float> Lattice<'a, E> {
    fn new(example: Batch<'a, E>) -> Self {
        let label = |i: usize| to_index(example.labels[i]);
        let count = 2 * example.labels.len() + 1;
        let states: Vec<usize> =
            (0..count).map(|s| if s % 2 == 0 { example.blank } else { label(s / 2) }).collect();
        let open = |s: usize| s % 2 == 1 && s > 2 && states[s] != states[s - 2];
        let skip = (0..count).map(|s| if open(s) { 0.0 } else { NONE }).collect();
        Self { example, states, skip, alpha: vec![], emissions: vec![] }
    }

    /// The offsets in the logits of the frames that aren't padding.
    fn frames(&self) -> Vec<usize> {
        let counts = self.example.frames.iter().enumerate().filter(|(_, counts)| **counts);
        counts.map(|(t, _)| t * self.example.classes).collect()
    }

    /// Computes `emissions` and `alpha`. Returns the loss.
    #[inline(always)]
    fn forward(&mut self) -> E {
        let (count, classes) = (self.states.len(), self.example.classes);
        let width = BORDER + count;
        let frames = self.frames();
        let mut terms = vec![E::ZERO; classes];
        self.emissions = vec![0.0; frames.len() * count];
        self.alpha = vec![NONE; (frames.len() + 1) * width];
        self.alpha[BORDER] = 0.0;
        for (i, start) in frames.into_iter().enumerate() {
            let row = &self.example.logits[start..][..classes];
            let max = exp_shifted(row, &mut terms);
            let total = super::reduce::sum(&terms).ln().to_f64();
            let emissions = &mut self.emissions[i * count..][..count];
            for (emission, &class) in emissions.iter_mut().zip(&self.states) {
                *emission = row[class].to_f64() - max.to_f64() - total;
            }
            let (before, after) = self.alpha.split_at_mut((i + 1) * width);
            let (before, after) = (&before[i * width..], &mut after[BORDER..width]);
            add_three::<E>([&before[BORDER..], &before[1..], before], &self.skip, after);
            after.iter_mut().zip(&*emissions).for_each(|(after, emission)| *after += *emission);
        }
        let [last, other] = [1, 2].map(|i| self.alpha[self.alpha.len() - i]);
        let mut total = [0.0];
        add_three::<E>([&[last], &[other], &[NONE]], &[0.0], &mut total);
        E::from_f64(-total[0])
    }

    /// `out` = `dy` times the gradient, after [`forward`](Self::forward).
    #[inline(always)]
    fn backward(&self, dy: E, out: &mut [E]) {
        let (count, classes) = (self.states.len(), self.example.classes);
        let width = BORDER + count;
        // The backward variables of the states after a frame: `beta` without the emissions of that frame, `onward` with
        // them and with the border at the end.
        let mut beta = vec![NONE; count];
        beta[count - count.min(2)..].fill(0.0);
        let mut onward = vec![NONE; width];
        let mut skip = self.skip[count.min(2)..].to_vec();
        skip.resize(count, NONE);
        let mut share = vec![E::ZERO; count];
        let frames = self.frames();
        for (i, start) in frames.into_iter().enumerate().rev() {
            let alpha = &self.alpha[(i + 1) * width + BORDER..][..count];
            for ((onward, &alpha), &beta) in onward.iter_mut().zip(alpha).zip(&beta) {
                *onward = alpha + beta;
            }
            let max = onward[..count].iter().copied().fold(NONE, f64::max);
            for (share, onward) in share.iter_mut().zip(&onward) {
                *share = E::from_f64(onward - max).exp();
            }
            let scale = dy / super::reduce::sum(&share);

            let row = &self.example.logits[start..][..classes];
            let out = &mut out[start..][..classes];
            exp_shifted(row, out);
            let own = dy / super::reduce::sum(out);
            out.iter_mut().for_each(|out| *out = *out * own);
            for (&class, &share) in self.states.iter().zip(&share) {
                out[class] = out[class] - share * scale;
            }

            let emissions = &self.emissions[i * count..][..count];
            for ((onward, emission), beta) in onward.iter_mut().zip(emissions).zip(&beta) {
                *onward = emission + beta;
            }
            add_three::<E>([&onward, &onward[1..], &onward[BORDER..]], &skip, &mut beta);
        }
    }
}

/// `out = ln(e^x0 + e^x1 + e^(x2 + skip))`; −∞ of −∞ alone.
#[inline(always)]
fn add_three<E: Float>([stay, next, jump]: [&[f64]; 3], skip: &[f64], out: &mut [f64]) {
    let n = out.len();
    let (stay, next, jump, skip) = (&stay[..n], &next[..n], &jump[..n], &skip[..n]);
    for s in 0..n {
        let (a, b, c) = (stay[s], next[s], jump[s] + skip[s]);
        let max = a.max(b).max(c);
        let max = if max == NONE { 0.0 } else { max };
        let term = |x: f64| E::from_f64(x - max).exp();
        out[s] = max + (term(a) + term(b) + term(c)).ln().to_f64();
    }
}
