//! The part of a loader that its iterator needs, without the type of the items.

use std::sync::Arc;

use super::batcher::{At, Made};
use super::{Batched, Loader, Position};
use crate::{DataError, LoadingError, Random};

/// How a loader makes batches, without the type of the items.
pub(crate) trait Plan<B>: Send + Sync {
    fn order(&self, epoch: u64) -> Vec<usize>;
    fn batch(&self, epoch: u64, batch: u64, order: &[usize]) -> Made<B>;
    fn position(&self, epoch: u64, batch: u64) -> Position;
    /// As `position`, with digests: some items are read for them, once.
    fn position_to_save(&self, epoch: u64, batch: u64) -> Position;
    fn steps(&self) -> u64;
    /// The unit that is counted in a batch instead of items, and how many a batch has.
    fn unit(&self) -> Option<&'static str>;
    fn count(&self, batch: &B) -> Option<usize>;
    /// The number of threads that work ahead, and of batches ahead for each.
    fn workers(&self) -> (usize, usize);
    /// The rank whose part of each batch is given, and the number of ranks.
    fn shard(&self) -> (usize, usize);
    /// The part of one of several ranks.
    fn sharded(&self, rank: usize, ranks: usize) -> Result<Arc<dyn Plan<B>>, DataError>;
}

/// Erases the type of the items: an iterator knows that of the batches alone.
impl<T: Batched> Plan<T::Batch> for Loader<T> {
    fn order(&self, epoch: u64) -> Vec<usize> {
        let mut random = Random::new(self.seed.wrapping_add(epoch));
        let mut order = self.sampler.order(self.len, &mut random);
        order.truncate(self.items());
        order
    }

    fn batch(&self, epoch: u64, batch: u64, order: &[usize]) -> Made<T::Batch> {
        // A sampler of the user may give fewer indices than it should.
        let first = order.len().min(batch as usize * self.size);
        let last = order.len().min(first + self.size);
        let (rank, ranks) = self.shard;
        let cut = |rank| first + (last - first) * rank / ranks;
        let (first, last) = (cut(rank), cut(rank + 1));
        let at = At { seed: self.seed, epoch, batch, first: first as u64 };
        let mut made = self.batcher.batch(&at, &order[first..last], self.on_broken);
        if ranks > 1 && matches!(made.batch, Ok(None)) {
            // The others have items, and would wait for this rank.
            let skipped = made.skipped.to_string();
            made.batch = Err(LoadingError::EmptyPart { rank, ranks, skipped }.into());
        }
        made
    }

    fn position(&self, epoch: u64, batch: u64) -> Position {
        Self::position(self, epoch, batch)
    }

    fn position_to_save(&self, epoch: u64, batch: u64) -> Position {
        Self::position_to_save(self, epoch, batch)
    }

    fn steps(&self) -> u64 {
        Self::steps(self)
    }

    fn unit(&self) -> Option<&'static str> {
        Self::unit(self)
    }

    fn count(&self, batch: &T::Batch) -> Option<usize> {
        Self::count(self, batch)
    }

    fn workers(&self) -> (usize, usize) {
        (self.workers, self.ahead)
    }

    fn shard(&self) -> (usize, usize) {
        self.shard
    }

    fn sharded(&self, rank: usize, ranks: usize) -> Result<Arc<dyn Plan<T::Batch>>, DataError> {
        Ok(Arc::new(self.clone().sharded(rank, ranks)?))
    }
}

/// Each `ranks`-th batch of a plan, from that of number `rank` on: an evaluation on several ranks leaves no item out.
pub(crate) struct EveryNth<B> {
    pub(crate) plan: Arc<dyn Plan<B>>,
    pub(crate) rank: u64,
    pub(crate) ranks: u64,
}

impl<B: 'static> Plan<B> for EveryNth<B> {
    fn order(&self, epoch: u64) -> Vec<usize> {
        self.plan.order(epoch)
    }

    fn batch(&self, epoch: u64, batch: u64, order: &[usize]) -> Made<B> {
        self.plan.batch(epoch, batch * self.ranks + self.rank, order)
    }

    fn position(&self, epoch: u64, batch: u64) -> Position {
        self.plan.position(epoch, batch)
    }

    fn position_to_save(&self, epoch: u64, batch: u64) -> Position {
        self.plan.position_to_save(epoch, batch)
    }

    fn steps(&self) -> u64 {
        self.plan.steps().saturating_sub(self.rank).div_ceil(self.ranks)
    }

    fn unit(&self) -> Option<&'static str> {
        self.plan.unit()
    }

    fn count(&self, batch: &B) -> Option<usize> {
        self.plan.count(batch)
    }

    fn workers(&self) -> (usize, usize) {
        self.plan.workers()
    }

    fn shard(&self) -> (usize, usize) {
        self.plan.shard()
    }

    fn sharded(&self, rank: usize, ranks: usize) -> Result<Arc<dyn Plan<B>>, DataError> {
        self.plan.sharded(rank, ranks)
    }
}
