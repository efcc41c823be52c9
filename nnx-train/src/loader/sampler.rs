//! The order of the items of an epoch.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::{DataError, LoadingError, Random};

/// Which items an epoch has, in which order (PyTorch's `Sampler`, grain's `IndexSampler`).
///
/// ```
/// use nnx_train::{Dataset, Items, Random, Sampler};
///
/// /// From the last item to the first.
/// #[derive(Debug)]
/// struct Backwards;
///
/// impl Sampler for Backwards {
///     fn order(&self, len: usize, _: &mut Random) -> Vec<usize> {
///         (0..len).rev().collect()
///     }
/// }
///
/// let loader = Items(vec![1i32, 2, 3]).loader(3)?.sampled(0, Backwards);
/// assert_eq!(loader.epoch(0).next().unwrap()?.to_vec(), [3, 2, 1]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
pub trait Sampler: Debug + Send + Sync {
    /// The indices of an epoch: `len` of them, each below `len`, drawn from a stream that depends on the seed and the
    /// epoch. An index that is too large becomes an error of the batch.
    fn order(&self, len: usize, random: &mut Random) -> Vec<usize>;
}

/// In the order of the set.
#[derive(Clone, Copy, Debug)]
pub struct InOrder;

impl Sampler for InOrder {
    fn order(&self, len: usize, _: &mut Random) -> Vec<usize> {
        (0..len).collect()
    }
}

/// Each item once, in random order.
#[derive(Clone, Copy, Debug)]
pub struct Shuffled;

impl Sampler for Shuffled {
    fn order(&self, len: usize, random: &mut Random) -> Vec<usize> {
        let mut order: Vec<usize> = (0..len).collect();
        random.shuffle(&mut order);
        order
    }
}

/// Each item is drawn at random, with replacement.
#[derive(Clone, Copy, Debug)]
pub struct WithReplacement;

impl Sampler for WithReplacement {
    fn order(&self, len: usize, random: &mut Random) -> Vec<usize> {
        (0..len).map(|_| random.below(len)).collect()
    }
}

/// Each item is drawn by weights, with replacement.
#[derive(Clone, Debug)]
pub struct Weighted {
    /// The sum of the weights up to each item, itself included.
    sums: Vec<f64>,
}

impl Weighted {
    /// By a weight for each item.
    ///
    /// # Errors
    /// A weight that is negative or not finite, or weights whose sum is 0 or not finite.
    pub fn new(weights: &[f64]) -> Result<Self, DataError> {
        let mut sum = 0.0;
        let mut sums = Vec::with_capacity(weights.len());
        for (index, &weight) in weights.iter().enumerate() {
            sum += weight;
            sums.push(sum);
            let last = index + 1 == weights.len();
            if !(weight >= 0.0 && sum.is_finite()) || (last && sum == 0.0) {
                return Err(LoadingError::Weight { weight, index }.into());
            }
        }
        Ok(Self { sums })
    }

    /// By the inverse of the number of items of each item's class.
    ///
    /// # Errors
    /// None, where there is at least one item.
    pub fn balanced<K: Ord>(classes: &[K]) -> Result<Self, DataError> {
        let mut counts: BTreeMap<&K, f64> = BTreeMap::new();
        for class in classes {
            *counts.entry(class).or_default() += 1.0;
        }
        let weights: Vec<f64> = classes.iter().map(|class| 1.0 / counts[class]).collect();
        Self::new(&weights)
    }
}

impl Sampler for Weighted {
    fn order(&self, len: usize, random: &mut Random) -> Vec<usize> {
        let total = self.sums.last().copied().unwrap_or(0.0);
        let draw = |_| {
            let target = total * random.uniform();
            // The first item whose cumulative weight is above the target, so that an item of weight 0 is never drawn.
            self.sums.partition_point(|&sum| sum <= target).min(self.sums.len().saturating_sub(1))
        };
        (0..len).map(draw).collect()
    }
}

/// Items of similar length in the same batch; see [`Loader::bucketed`](crate::Loader::bucketed).
#[derive(Clone, Debug)]
pub struct Bucketed {
    lengths: Vec<usize>,
    size: usize,
}

impl Bucketed {
    /// The batches of one pool, in which items are sorted.
    const POOL: usize = 50;

    /// By the length of each item, for batches of `size`.
    #[must_use]
    pub fn new(lengths: &[usize], size: usize) -> Self {
        Self { lengths: lengths.to_vec(), size: size.max(1) }
    }
}

impl Sampler for Bucketed {
    fn order(&self, len: usize, random: &mut Random) -> Vec<usize> {
        let mut order = Shuffled.order(len, random);
        for pool in order.chunks_mut(self.size.saturating_mul(Self::POOL)) {
            pool.sort_by_key(|&index| self.lengths.get(index).copied().unwrap_or(0));
        }
        // A smaller last batch stays last, so that all other batches are full.
        let whole = order.len() / self.size * self.size;
        let last = order.split_off(whole);
        let mut batches: Vec<&[usize]> = order.chunks(self.size).collect();
        random.shuffle(&mut batches);
        let mut order = batches.concat();
        order.extend(last);
        order
    }
}
