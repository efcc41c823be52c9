//! Training on several ranks, each with a part of every batch.
//!
//! | file | contents |
//! |---|---|
//! | `collective` | what ranks do together |
//! | `threads` | ranks that are threads of one process |
//! | `average` | means of gradients and losses over ranks, in one message |

mod average;
mod threads;

pub use average::Averaged;
pub use threads::{ThreadRank, on_threads};

/// Ranks that work together: each calls the same methods in the same order (`torch.distributed`, MPI's communicator,
/// `jax.distributed`).
///
/// Sums are in the order of the ranks, so that they have the same bits run after run, on every rank.
///
/// ```
/// use nnx_train::{Collective, on_threads};
///
/// let sums = on_threads(3, |rank| {
///     let mut values = [rank.rank() as f32, 1.0];
///     rank.all_reduce(&mut values)?;
///     Ok::<_, nnx_train::CollectiveError>(values)
/// });
/// for sum in sums {
///     assert_eq!(sum?, [3.0, 3.0]);
/// }
/// # Ok::<(), nnx_train::CollectiveError>(())
/// ```
pub trait Collective {
    /// The number of this rank, from 0.
    fn rank(&self) -> usize;

    /// The number of ranks.
    fn size(&self) -> usize;

    /// Replaces values by their sums over all ranks, which give equally many.
    ///
    /// # Errors
    /// If a rank has ended, or passed a different number of values. The same is true of the other methods.
    fn all_reduce(&self, values: &mut [f32]) -> Result<(), CollectiveError>;

    /// The bytes of each rank, in the order of the ranks.
    ///
    /// # Errors
    /// As [`all_reduce`](Self::all_reduce).
    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, CollectiveError>;

    /// The bytes of rank `root`.
    ///
    /// # Errors
    /// As [`all_reduce`](Self::all_reduce).
    fn broadcast(&self, root: usize, bytes: &[u8]) -> Result<Vec<u8>, CollectiveError> {
        let own: &[u8] = if self.rank() == root { bytes } else { &[] };
        Ok(self.all_gather(own)?.swap_remove(root))
    }

    /// Waits until all ranks are here.
    ///
    /// # Errors
    /// As [`all_reduce`](Self::all_reduce).
    fn barrier(&self) -> Result<(), CollectiveError> {
        self.all_gather(&[]).map(drop)
    }
}

/// Why ranks can't continue together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CollectiveError {
    /// A rank has ended while others wait for it.
    #[error("rank {rank} of {size} has ended while the others wait for it; its own error says why")]
    Lost {
        /// The rank.
        rank: usize,
        /// The number of ranks.
        size: usize,
    },

    /// The ranks pass different numbers of values.
    #[error(
        "rank {rank} gives {found} bytes where rank 0 gives {expected}; all ranks need the same model, and the same \
         calls in the same order"
    )]
    Lengths {
        /// The rank.
        rank: usize,
        /// The number of bytes of rank 0.
        expected: usize,
        /// Its number of bytes.
        found: usize,
    },
}
