//! Softmax cross-entropy of classes over rows, and its gradient.

use super::Float;
use super::index::to_index;
use super::reduce::sum;
use super::softmax::{exp_shifted, for_each_row, map_rows};

/// Elements per row: the cross-entropy, and what is saved for backward in addition to the logits, the maximum and the sum of
/// `exp(x - max)`.
pub(crate) const ROW: usize = 3;

/// `-log_softmax(x[r, ·])[labels[r]]`, ∞ if the logit of the label is −∞; and the saved elements.
pub(crate) fn cross_entropy_rows<E: Float>(
    x: &[E],
    width: usize,
    labels: &[i32],
    out: &mut [[E; ROW]],
) {
    map_rows(
        x,
        width,
        out,
        #[inline(always)]
        |r, row, terms| {
            let max = exp_shifted(row, terms);
            let (x, total) = (row[to_index(labels[r])], sum(terms));
            let value = if x == E::NEG_INFINITY { -x } else { total.ln() - (x - max) };
            [value, max, total]
        },
    );
}

/// `out[r, ·] = dy[r] (softmax(x[r, ·]) - one_hot(labels[r]))`, from the saved elements; 0 if `dy[r]` is 0.
pub(crate) fn cross_entropy_gradient_rows<E: Float>(
    x: &[E],
    labels: &[i32],
    rows: &[[E; ROW]],
    dy: &[E],
    out: &mut [E],
) {
    let width = x.len() / labels.len().max(1);
    for_each_row(
        x,
        width,
        out,
        #[inline(always)]
        |r, row, out| {
            if dy[r] == E::ZERO {
                return out.fill(E::ZERO);
            }
            let [_, max, total] = rows[r];
            // In a row of −∞ only, all exponentials are 0.
            let scale = if total == E::ZERO { E::ZERO } else { dy[r] / total };
            for (out, &x) in out.iter_mut().zip(row) {
                *out = (x - max).exp_to_0() * scale;
            }
            let label = &mut out[to_index(labels[r])];
            *label = *label - dy[r];
        },
    );
}
