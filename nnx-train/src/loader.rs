//! Batches of a data set, epoch after epoch.
//!
//! | file | contents |
//! |---|---|
//! | `loader` | the settings of a loader |
//! | `order`, `sampler` | the order of the items: shuffled, weighted, bucketed |
//! | `batched` | the type of the batches of a loader |
//! | `counting` | a unit that is counted instead of items |
//! | `changes` | functions of items and of batches, augmentation |
//! | `batcher` | how one batch is made: items, augmentation, tensors |
//! | `batches`, `plan` | the iterator over batches, and what it knows of its loader |
//! | `prefetch` | threads that make batches ahead |
//! | `digests` | digests of the order and of some items, for positions |
//! | `position`, `resume` | where an iterator is, to be saved; iterators from there on |

mod batched;
mod batcher;
mod batches;
mod changes;
mod counting;
mod digests;
mod order;
mod plan;
mod position;
mod prefetch;
mod resume;
mod sampler;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub use batched::{Batched, Changed};
use batcher::Batcher;
pub use batches::Batches;
use counting::Counting;
use digests::Digests;
pub(crate) use plan::{EveryNth, Plan};
pub use position::Position;
pub use sampler::{Bucketed, InOrder, Sampler, Shuffled, Weighted, WithReplacement};

use crate::{Collate, DataError, Dataset, LoadingError, OnBroken};

/// Batches of a data set (PyTorch's and grain's `DataLoader`): the order of the items, augmentation, tensors,
/// threads that work ahead.
///
/// By default items come in the order of the set, the last batch is smaller if the size doesn't divide the set,
/// and batches are made when they are asked for, on the thread that asks.
///
/// `T` is the item, of which batches are made by [`Collate`]; the type of a batch is `T::Batch`. Behind
/// [`augment_batch`](Self::augment_batch) it is `Changed<T, B>` for batches `B`.
///
/// ```
/// use nnx_core::{Tensor, size::Batch};
/// use nnx_train::{Dataset, Items};
///
/// let numbers: Items<f32> = (0..5).map(|i| i as f32).collect();
/// let train = numbers.loader(2)?.shuffled(7).workers(1);
/// for epoch in 0..3 {
///     for batch in train.epoch(epoch) {
///         let x: Tensor![Batch] = batch?;
///         assert!(x.dims()[0] <= 2);
///     }
/// }
/// assert_eq!(train.steps(), 3);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
///
/// # Determinism
/// The order of epoch e depends on `seed + e`, the number of items and the sampler only. Augmentation of an item
/// depends on the seed, the epoch and the position of the item in it. Neither depends on the number of workers or
/// on the machine; the order doesn't depend on the batch size either.
pub struct Loader<T: Batched> {
    batcher: Arc<dyn Batcher<T::Item, T::Batch>>,
    len: usize,
    size: usize,
    seed: u64,
    sampler: Arc<dyn Sampler>,
    drop_last: bool,
    workers: usize,
    ahead: usize,
    on_broken: OnBroken,
    /// Sharding: the rank whose part of each batch is loaded, and the number of ranks.
    shard: (usize, usize),
    /// Digests for positions, made when one is saved; none if items aren't compared.
    digests: Option<Arc<OnceLock<Digests>>>,
    /// What is counted in a batch instead of items.
    counting: Option<Counting<T::Batch>>,
}

impl<T: Collate + 'static> Loader<T> {
    /// Batches of `size` items of a set.
    ///
    /// # Errors
    /// A size of 0, or a set without items.
    pub fn new(set: impl Dataset<Item = T> + 'static, size: usize) -> Result<Self, DataError> {
        let len = set.len();
        if len == 0 {
            return Err(LoadingError::Empty.into());
        }
        if size == 0 {
            return Err(LoadingError::BatchSize { len }.into());
        }
        Ok(Self {
            batcher: batcher::of_set(set),
            len,
            size,
            seed: 0,
            sampler: Arc::new(InOrder),
            drop_last: false,
            workers: 0,
            ahead: 2,
            on_broken: OnBroken::Fail,
            shard: (0, 1),
            digests: Some(Arc::default()),
            counting: None,
        })
    }
}

impl<T: Batched> Loader<T> {
    /// Drops the last batch of an epoch if it is smaller than the others. A shuffled epoch drops other items each
    /// time. Don't use it for evaluation, which needs all items.
    ///
    /// # Errors
    /// If that would leave no batch.
    pub fn drop_last(self) -> Result<Self, DataError> {
        if self.size > self.len {
            return Err(LoadingError::NoBatch { size: self.size, len: self.len }.into());
        }
        Ok(Self { drop_last: true, ..self })
    }

    /// Makes batches ahead on this number of threads, two for each thread. Batches are the same, in the same order,
    /// for any number. 0, the default, makes each batch when it is asked for.
    ///
    /// The threads run while an iterator is alive, in addition to those of the model. One is enough where making a
    /// batch takes less time than a step of training.
    #[must_use]
    pub fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// Makes at most this number of batches ahead for each worker: 2 by default. More need more memory, and
    /// help where some batches take much longer than others.
    #[must_use]
    pub fn ahead(self, batches: usize) -> Self {
        Self { ahead: batches.max(1), ..self }
    }

    /// The part of each batch that one of several ranks trains on: consecutive items, equally many for each rank or one
    /// more (`DistributedSampler` in PyTorch, which splits the epoch instead of the batches). The order of the items,
    /// their augmentation, and the number of steps don't depend on the number of ranks, but for a last batch with fewer items
    /// than ranks, which is left out.
    ///
    /// ```
    /// use nnx_train::{Dataset, Items};
    ///
    /// let loader = (0..8).collect::<Items<i32>>().loader(4)?.shuffled(1);
    /// let first = |loader: &nnx_train::Loader<i32>| loader.epoch(0).next().unwrap().unwrap().to_vec();
    /// let whole = first(&loader);
    /// assert_eq!(first(&loader.clone().sharded(0, 2)?), whole[..2]);
    /// assert_eq!(first(&loader.sharded(1, 2)?), whole[2..]);
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If a batch, or the set, has fewer items than there are ranks.
    ///
    /// # Panics
    /// If there is no such rank.
    #[doc(alias = "DistributedSampler")]
    #[track_caller]
    pub fn sharded(self, rank: usize, ranks: usize) -> Result<Self, DataError> {
        assert!(
            rank < ranks,
            "sharded: rank {rank} of {ranks}; ranks are from 0 to less than {ranks}"
        );
        if self.size.min(self.len) < ranks {
            return Err(LoadingError::Shards { size: self.size, len: self.len, ranks }.into());
        }
        Ok(Self { shard: (rank, ranks), ..self })
    }

    /// Items aren't compared when a position of this loader is saved and resumed, for sets that make them anew each time.
    /// Otherwise up to eight items are read once, to be compared by their [digest](Collate::digest), so that a run isn't
    /// resumed with other data by mistake.
    #[must_use]
    pub fn without_digest(self) -> Self {
        Self { digests: None, ..self }
    }

    /// Leaves out items that can't be read. The batch has fewer items then; a batch of none is left out.
    /// [`Batches::skipped`] counts them. Otherwise the first is an error.
    #[must_use]
    pub fn skip_broken(self) -> Self {
        Self { on_broken: OnBroken::Skip, ..self }
    }

    /// The batches of an epoch, counted from 0.
    #[must_use]
    pub fn epoch(&self, epoch: u64) -> Batches<T::Batch> {
        Batches::new(self.plan(), epoch, 0, false)
    }

    /// The number of batches in an epoch.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.items().div_ceil(self.size) as u64
    }

    /// The number of items in an epoch: all, without a dropped last batch.
    #[must_use]
    pub fn items(&self) -> usize {
        let last = self.len % self.size;
        let is_dropped = self.drop_last || last < self.shard.1;
        self.len - if is_dropped { last } else { 0 }
    }

    /// The number of items in a batch that isn't the last.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.size
    }

    pub(crate) fn plan(&self) -> Arc<dyn Plan<T::Batch>> {
        Arc::new(self.clone())
    }
}

impl<T: Batched> Clone for Loader<T> {
    fn clone(&self) -> Self {
        Self {
            digests: self.digests.clone(),
            counting: self.counting.clone(),
            ..self.with_batcher(Arc::clone(&self.batcher))
        }
    }
}

/// Says the settings, not the items.
impl<T: Batched> fmt::Debug for Loader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader")
            .field("items", &self.len)
            .field("batch_size", &self.size)
            .field("sampler", &self.sampler)
            .field("seed", &self.seed)
            .field("drop_last", &self.drop_last)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}
