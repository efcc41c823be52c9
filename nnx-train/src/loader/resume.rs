//! Iterators that begin within the batches of a loader: at a step, or where another one has stopped.

use super::{Batched, Batches, Loader, Position};
use crate::DataError;

impl<T: Batched> Loader<T> {
    /// The batches of all epochs from `step` on, without an end; step 0 is the first. Take as many as you need.
    ///
    /// ```
    /// use nnx_train::{Dataset, Items};
    ///
    /// let loader = Items(vec![1i32, 2, 3]).loader(2)?.shuffled(0);
    /// let all: Vec<_> = loader.from_step(0).take(6).map(|batch| batch.unwrap().to_vec()).collect();
    /// let rest: Vec<_> = loader.from_step(3).take(3).map(|batch| batch.unwrap().to_vec()).collect();
    /// assert_eq!(all[3..], rest);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    #[must_use]
    pub fn from_step(&self, step: u64) -> Batches<T::Batch> {
        let steps = self.steps();
        Batches::new(self.plan(), step / steps, step % steps, true)
    }

    /// The rest of an epoch from a position on, which [`Batches::position`] gave.
    ///
    /// ```
    /// use nnx_train::{Dataset, Items, Position};
    ///
    /// let loader = (0..100).collect::<Items<i32>>().loader(10)?.shuffled(0);
    /// let mut whole = loader.epoch(3);
    /// whole.by_ref().take(4).for_each(drop);
    /// let saved = serde_json::to_string(&whole.position())?;
    ///
    /// let position: Position = serde_json::from_str(&saved)?;
    /// let resumed = loader.resume(&position)?;
    /// for (left, right) in whole.zip(resumed) {
    ///     assert_eq!(left?.to_vec(), right?.to_vec());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A position of a loader with another number of items, batch size, seed, treatment of the last batch or order, or with
    /// other items.
    pub fn resume(&self, position: &Position) -> Result<Batches<T::Batch>, DataError> {
        position.check(&self.position_to_save(0, 0))?;
        Ok(Batches::new(self.plan(), position.epoch, position.batch, false))
    }

    pub(super) fn position(&self, epoch: u64, batch: u64) -> Position {
        let Self { len, size, seed, drop_last, .. } = *self;
        let (items, batch_size) = (len as u64, size as u64);
        Position { epoch, batch, items, batch_size, seed, drop_last, order: None, contents: None }
    }

    /// As [`position`](Self::position), with digests of the order and of some items.
    pub(super) fn position_to_save(&self, epoch: u64, batch: u64) -> Position {
        let digests = self.digests.as_ref().map(|digests| digests.get_or_init(|| self.digests()));
        let order = digests.map_or_else(|| self.order_digest(), |digests| digests.order);
        let contents = digests.map(|digests| digests.contents);
        Position { order: Some(order), contents, ..self.position(epoch, batch) }
    }
}
