//! Masks and biases of attention scores.

use std::f64::consts::LOG2_E;
use std::ops::Range;

use crate::kernel::Float;

/// A tensor (batch, heads, time, keys) with any strides: 0 along axes that repeat.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strided<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) strides: [usize; 4],
}

impl<T: Copy> Strided<'_, T> {
    /// `scores = f(scores, self)`, for consecutive keys, the first of which is at the index `at`.
    #[inline(always)]
    fn zip<E: Copy>(&self, at: [usize; 4], scores: &mut [E], f: impl Fn(E, T) -> E) {
        let start: usize = at.iter().zip(self.strides).map(|(at, step)| at * step).sum();
        match self.strides[3] {
            1 => {
                let row = &self.data[start..][..scores.len()];
                scores.iter_mut().zip(row).for_each(|(score, &x)| *score = f(*score, x));
            }
            step => {
                for (i, score) in scores.iter_mut().enumerate() {
                    *score = f(*score, self.data[start + i * step]);
                }
            }
        }
    }
}

/// The masks and biases that are applied to scores before the softmax.
#[derive(Debug, Clone, Default)]
pub(crate) struct TileMask<'a, E> {
    /// If given, query t attends to the keys up to `start + t` alone.
    pub(crate) causal: Option<usize>,
    /// Where it is false, the query doesn't attend to the key.
    pub(crate) allowed: Vec<Strided<'a, bool>>,
    /// Added to the scores.
    pub(crate) added: Vec<Strided<'a, E>>,
}

impl<E: Float> TileMask<'_, E> {
    /// The number of keys, from the first on, to which at least one query of a tile attends.
    pub(super) fn end(&self, queries: &Range<usize>, keys: usize) -> usize {
        self.causal.map_or(keys, |start| keys.min(start.saturating_add(queries.end)))
    }

    /// Applies the masks to the scores of one query, for consecutive keys from `first` on. Scores are in the units of
    /// [`LOG2_E`].
    #[inline(always)]
    pub(super) fn apply(&self, [batch, head, query]: [usize; 3], first: usize, scores: &mut [E]) {
        let at = [batch, head, query, first];
        let unit = E::from_f64(LOG2_E);
        for added in &self.added {
            added.zip(at, scores, |score, added| score + in_units(added, unit));
        }
        for allowed in &self.allowed {
            let closed = E::NEG_INFINITY;
            allowed.zip(at, scores, |score, open| if open { score } else { closed });
        }
        if let Some(start) = self.causal {
            let open = (start + query + 1).saturating_sub(first).min(scores.len());
            scores[open..].fill(E::NEG_INFINITY);
        }
    }
}

/// `x unit`, finite where x is: a mask may be the smallest number, and a query all of whose keys have it attends to all of
/// them alike.
#[inline(always)]
fn in_units<E: Float>(x: E, unit: E) -> E {
    let y = x * unit;
    if y.abs() > E::MAX && x.abs() <= E::MAX { E::MAX.copysign(x) } else { y }
}
