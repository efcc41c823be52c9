//! The part of a loader that its iterator needs, without the type of the items.

use super::source::{At, Made};
use super::{Batched, Loader, Position};
use crate::Random;

/// How a loader makes batches, without the type of the items.
pub(crate) trait Plan<B>: Send + Sync {
    fn order(&self, epoch: u64) -> Vec<usize>;
    fn batch(&self, epoch: u64, batch: u64, order: &[usize]) -> Made<B>;
    fn position(&self, epoch: u64, batch: u64) -> Position;
    fn steps(&self) -> u64;
    /// The number of threads that work ahead, and of batches ahead for each.
    fn workers(&self) -> (usize, usize);
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
        self.source.batch(&at, &order[first..last], self.on_broken)
    }

    fn position(&self, epoch: u64, batch: u64) -> Position {
        Self::position(self, epoch, batch)
    }

    fn steps(&self) -> u64 {
        Self::steps(self)
    }

    fn workers(&self) -> (usize, usize) {
        (self.workers, self.ahead)
    }
}
