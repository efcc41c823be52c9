//! Changes of items and batches: functions of each, and augmentation at random.

use std::sync::Arc;

use super::{Batched, Batcher, Changed, Loader, batcher};
use crate::{Collate, Random};

impl<T: Collate + 'static> Loader<T> {
    /// Changes each item by a function, such as a normalisation.
    #[must_use]
    pub fn map<U: Collate + 'static>(
        self,
        function: impl Fn(T) -> U + Send + Sync + 'static,
    ) -> Loader<U> {
        self.augment(move |item, _| function(item))
    }

    /// Changes each item at random, for training: the function draws from a stream that depends on the seed, the
    /// epoch and the position of the item in the epoch. A loader for evaluation leaves this out.
    ///
    /// ```
    /// use nnx_train::{Dataset, Items};
    ///
    /// let numbers = Items(vec![1.0f32; 4]);
    /// let noisy = numbers.loader(4)?.augment(|x, random| x + 0.1 * random.normal() as f32);
    /// let batch = |epoch| noisy.epoch(epoch).next().unwrap().unwrap().to_vec();
    /// assert_eq!(batch(0), batch(0));
    /// assert_ne!(batch(0), batch(1));
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    #[must_use]
    pub fn augment<U: Collate + 'static>(
        self,
        function: impl Fn(T, &mut Random) -> U + Send + Sync + 'static,
    ) -> Loader<U> {
        let batcher = batcher::augmented(Arc::clone(&self.batcher), function);
        self.with_batcher(batcher)
    }
}

impl<T: Batched> Loader<T> {
    /// Changes each batch by a function, such as [`mixup`](crate::mixup), with a stream that depends on the seed, the
    /// epoch and the number of the batch in the epoch.
    #[must_use]
    pub fn augment_batch<C: Send + 'static>(
        self,
        function: impl Fn(T::Batch, &mut Random) -> C + Send + Sync + 'static,
    ) -> Loader<Changed<T::Item, C>> {
        let batcher = batcher::augmented_batch(Arc::clone(&self.batcher), function);
        self.with_batcher(batcher)
    }

    /// The same settings with another way to make batches.
    pub(super) fn with_batcher<U: Batched>(
        &self,
        batcher: Arc<dyn Batcher<U::Item, U::Batch>>,
    ) -> Loader<U> {
        let Self { len, size, seed, drop_last, workers, ahead, on_broken, shard, .. } = *self;
        let sampler = Arc::clone(&self.sampler);
        // The items are others, and so are their digests.
        let digests = self.digests.as_ref().map(|_| Arc::default());
        Loader {
            batcher,
            len,
            size,
            seed,
            sampler,
            drop_last,
            workers,
            ahead,
            on_broken,
            shard,
            digests,
            // `counting` takes batches of the old type.
            counting: None,
        }
    }
}
