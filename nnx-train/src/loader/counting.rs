//! What is counted in a batch instead of its items.

use std::sync::Arc;

use super::{Batched, Loader};

/// A unit, and how many a batch has.
pub(super) struct Counting<B> {
    unit: &'static str,
    count: Arc<dyn Fn(&B) -> usize + Send + Sync>,
}

impl<B> Clone for Counting<B> {
    fn clone(&self) -> Self {
        Self { unit: self.unit, count: Arc::clone(&self.count) }
    }
}

impl<T: Batched> Loader<T> {
    /// Counts another unit in a batch than items, for rates such as `characters` in a second, which
    /// [`Progress`](crate::Progress) shows.
    ///
    /// It is about batches as they are here: where [`map`](Self::map), [`augment`](Self::augment) or
    /// [`augment_batch`](Self::augment_batch) change them afterwards, items are counted again.
    ///
    /// ```
    /// use nnx_core::module::{Init, Layer};
    /// use nnx_core::{nn::Linear, optim::sgd, random::Rngs, size::U3};
    /// use nnx_train::{Dataset, Items, Progress, Trainer};
    ///
    /// let train = Items(vec![[1.0f32, 2.0, 3.0]; 8]).loader(2)?;
    /// let train = train.counting("numbers", |x| x.dims().elements());
    /// let mut model = Linear::<U3, U3>::init(&mut Rngs::new(0));
    /// Trainer::new(&mut model, sgd(0.1))
    ///     .record(Progress::default())
    ///     .fit(&train, |model, pass, x| model.forward(x, pass).square().mean())?;
    /// # Ok::<(), nnx_train::TrainError>(())
    /// ```
    #[must_use]
    pub fn counting(
        self,
        unit: &'static str,
        count: impl Fn(&T::Batch) -> usize + Send + Sync + 'static,
    ) -> Self {
        Self { counting: Some(Counting { unit, count: Arc::new(count) }), ..self }
    }

    pub(super) fn unit(&self) -> Option<&'static str> {
        self.counting.as_ref().map(|counting| counting.unit)
    }

    pub(super) fn count(&self, batch: &T::Batch) -> Option<usize> {
        self.counting.as_ref().map(|counting| (counting.count)(batch))
    }
}
