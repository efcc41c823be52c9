//! The settings that decide the order of the items.

use std::sync::Arc;

use super::{Batched, Bucketed, Loader, Sampler, Shuffled, Weighted, WithReplacement};
use crate::{DataError, LoadingError};

impl<T: Batched> Loader<T> {
    /// In random order, each item once in an epoch, in another order each epoch: that of epoch e depends on
    /// `seed + e`.
    #[must_use]
    pub fn shuffled(self, seed: u64) -> Self {
        self.sampled(seed, Shuffled)
    }

    /// As many items in an epoch as the set has, each drawn at random from the whole set, with replacement.
    #[must_use]
    pub fn with_replacement(self, seed: u64) -> Self {
        self.sampled(seed, WithReplacement)
    }

    /// As [`with_replacement`](Self::with_replacement), with a weight for each item (PyTorch's
    /// `WeightedRandomSampler`).
    ///
    /// # Errors
    /// A different number of weights than items, a weight that is negative or not finite, or weights of sum 0.
    pub fn weighted(self, seed: u64, weights: &[f64]) -> Result<Self, DataError> {
        self.check_count("weights", weights.len())?;
        let sampler = Weighted::new(weights)?;
        Ok(self.sampled(seed, sampler))
    }

    /// [`weighted`](Self::weighted), with weights that draw each class equally often. `classes` has the class of each
    /// item, from [`Dataset::keys`](crate::Dataset::keys).
    ///
    /// ```
    /// use nnx_train::{Dataset, Items};
    ///
    /// // 90 zeros and 10 ones.
    /// let labels: Items<i32> = (0..100).map(|i| i32::from(i % 10 == 0)).collect();
    /// let classes = labels.keys(|label| *label)?;
    /// let balanced = labels.loader(100)?.balanced(0, &classes)?;
    /// let ones: i32 = balanced.epoch(0).next().unwrap()?.to_vec().iter().sum();
    /// assert!((35..65).contains(&ones));
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If the number of classes isn't that of the items.
    pub fn balanced<K: Ord>(self, seed: u64, classes: &[K]) -> Result<Self, DataError> {
        self.check_count("classes", classes.len())?;
        let sampler = Weighted::balanced(classes)?;
        Ok(self.sampled(seed, sampler))
    }

    /// As [`shuffled`](Self::shuffled), but items of similar length share a batch, so that [`Padded`](crate::Padded)
    /// batches have little padding. `lengths` has the length of each item, from [`Dataset::keys`](crate::Dataset::keys). The shuffled items
    /// are sorted by length in pools of 50 batches, then cut into batches, whose order is shuffled.
    ///
    /// # Errors
    /// A different number of lengths than items.
    pub fn bucketed(self, seed: u64, lengths: &[usize]) -> Result<Self, DataError> {
        self.check_count("lengths", lengths.len())?;
        let sampler = Bucketed::new(lengths, self.size);
        Ok(self.sampled(seed, sampler))
    }

    /// In the order of a sampler of your own.
    #[must_use]
    pub fn sampled(self, seed: u64, sampler: impl Sampler + 'static) -> Self {
        // Another order.
        let digests = self.digests.map(|_| Arc::default());
        Self { seed, sampler: Arc::new(sampler), digests, ..self }
    }

    fn check_count(&self, what: &'static str, found: usize) -> Result<(), DataError> {
        if found == self.len {
            return Ok(());
        }
        Err(LoadingError::Count { what, found, len: self.len }.into())
    }
}
