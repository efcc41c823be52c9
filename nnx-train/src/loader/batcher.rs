//! How one batch is made: items are read, changed, and collated.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::{Collate, DataError, Dataset, OnBroken, Random, Skipped};

/// The place of a batch: seed, epoch, and its number in the epoch.
pub(crate) struct At {
    pub(super) seed: u64,
    pub(super) epoch: u64,
    /// The number of the batch in its epoch.
    pub(super) batch: u64,
    /// The position of its first item in the epoch.
    pub(super) first: u64,
}

/// A batch, or none if all its items are left out.
pub(crate) struct Made<B> {
    pub(super) batch: Result<Option<B>, DataError>,
    /// The items in it.
    pub(super) items: usize,
    pub(super) skipped: Skipped,
}

/// Makes items and batches. Types of data sets and functions are erased, so that a loader has the types of its items
/// and batches only.
pub(super) trait Batcher<T, B>: Send + Sync {
    fn item(&self, index: usize, random: &mut Random) -> Result<T, DataError>;

    fn finish(&self, items: Vec<T>, random: &mut Random) -> Result<B, DataError>;

    fn batch(&self, at: &At, indices: &[usize], on_broken: OnBroken) -> Made<B> {
        let mut skipped = Skipped::default();
        let batch = self.read(at, indices, on_broken, &mut skipped);
        let items = indices.len() - usize::try_from(skipped.count()).unwrap_or(indices.len());
        Made { batch, items, skipped }
    }

    fn read(
        &self,
        at: &At,
        indices: &[usize],
        on_broken: OnBroken,
        skipped: &mut Skipped,
    ) -> Result<Option<B>, DataError> {
        let mut items = Vec::with_capacity(indices.len());
        for (position, &index) in (at.first..).zip(indices) {
            let mut random = Random::at(at.seed, at.epoch, position);
            items.extend(skipped.note_or(on_broken, self.item(index, &mut random))?);
        }
        if items.is_empty() {
            return Ok(None);
        }
        // A random stream of its own: the streams of the items have small numbers.
        let mut random = Random::at(at.seed, at.epoch, u64::MAX - at.batch);
        self.finish(items, &mut random).map(Some)
    }
}

/// The items of a set as they are.
pub(super) fn of_set<D: Dataset<Item: Collate> + 'static>(
    set: D,
) -> Arc<dyn Batcher<D::Item, <D::Item as Collate>::Batch>> {
    struct OfSet<D>(D);
    impl<D: Dataset<Item: Collate>> Batcher<D::Item, <D::Item as Collate>::Batch> for OfSet<D> {
        fn item(&self, index: usize, _: &mut Random) -> Result<D::Item, DataError> {
            self.0.get(index)
        }

        fn finish(
            &self,
            items: Vec<D::Item>,
            _: &mut Random,
        ) -> Result<<D::Item as Collate>::Batch, DataError> {
            D::Item::collate(items)
        }
    }
    Arc::new(OfSet(set))
}

/// Items changed by a function.
pub(super) fn augmented<T: 'static, B: 'static, U: Collate + 'static>(
    inner: Arc<dyn Batcher<T, B>>,
    function: impl Fn(T, &mut Random) -> U + Send + Sync + 'static,
) -> Arc<dyn Batcher<U, U::Batch>> {
    struct Augmented<T, B, F>(Arc<dyn Batcher<T, B>>, F);
    impl<T, B, U: Collate, F: Fn(T, &mut Random) -> U + Send + Sync> Batcher<U, U::Batch>
        for Augmented<T, B, F>
    {
        fn item(&self, index: usize, random: &mut Random) -> Result<U, DataError> {
            Ok((self.1)(self.0.item(index, random)?, random))
        }

        fn finish(&self, items: Vec<U>, _: &mut Random) -> Result<U::Batch, DataError> {
            U::collate(items)
        }
    }
    Arc::new(Augmented(inner, function))
}

/// Batches changed by a function.
pub(super) fn augmented_batch<T: 'static, B: 'static, C: 'static>(
    inner: Arc<dyn Batcher<T, B>>,
    function: impl Fn(B, &mut Random) -> C + Send + Sync + 'static,
) -> Arc<dyn Batcher<T, C>> {
    struct AugmentedBatch<T, B, C, F>(Arc<dyn Batcher<T, B>>, F, PhantomData<fn(B) -> C>);
    impl<T, B, C, F: Fn(B, &mut Random) -> C + Send + Sync> Batcher<T, C>
        for AugmentedBatch<T, B, C, F>
    {
        fn item(&self, index: usize, random: &mut Random) -> Result<T, DataError> {
            self.0.item(index, random)
        }

        fn finish(&self, items: Vec<T>, random: &mut Random) -> Result<C, DataError> {
            Ok((self.1)(self.0.finish(items, random)?, random))
        }
    }
    Arc::new(AugmentedBatch(inner, function, PhantomData))
}
