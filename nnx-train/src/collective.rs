//! Training on several ranks, each with a part of every batch.
//!
//! | file | contents |
//! |---|---|
//! | `collective` | what ranks do together |
//! | `error` | why they can't go on together |
//! | `threads`, `one` | ranks that are threads of one process; a process alone |
//! | `mpi`, `messages` | ranks that are processes, connected by MPI; how they add and collect |
//! | `handshake`, `variables` | whether all run the same program; the variables of one rank for all |
//! | `average`, `buckets` | means of gradients and losses over ranks; gradients fused into few messages |
//! | `statistics` | what layers of a model have to know of other ranks |
//! | `step` | one step of a trainer on several ranks |

mod average;
mod buckets;
mod error;
mod handshake;
#[cfg(feature = "mpi")]
mod messages;
#[cfg(feature = "mpi")]
mod mpi;
mod one;
mod statistics;
mod step;
mod threads;
mod variables;

pub use average::Averaged;
pub use error::CollectiveError;
pub use handshake::check_same_model;
pub(crate) use handshake::{Fact, check_same, facts_of_model};
#[cfg(feature = "mpi")]
pub use mpi::MpiRank;
pub use one::OneRank;
pub(crate) use step::Together;
pub use threads::{ThreadRank, on_threads};
pub use variables::broadcast_model;
#[cfg(feature = "checkpoints")]
pub(crate) use variables::broadcast_state;
#[cfg(feature = "checkpoints")]
pub(crate) use variables::{set_variables, variables};

/// Ranks that work together: each calls the same methods in the same order (`torch.distributed`, MPI's communicator,
/// `jax.distributed`).
///
/// Sums are in the order of the ranks, so that they have the same bits run after run, on every rank.
///
/// | engine | ranks are |
/// |---|---|
/// | [`OneRank`] | one process alone |
/// | [`on_threads`] | threads of one process |
/// | `MpiRank`, with the feature `mpi` | processes that `mpirun` has started, on one machine or on many |
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
pub trait Collective: Send + Sync {
    /// The number of this rank, from 0.
    fn rank(&self) -> usize;

    /// The number of ranks.
    fn size(&self) -> usize;

    /// Replaces values by their sums over all ranks, which give equally many.
    ///
    /// # Errors
    /// If a rank has ended, makes another call, or gave another number of values. So it is for the other methods.
    fn all_reduce(&self, values: &mut [f32]) -> Result<(), CollectiveError>;

    /// Begins an [`all_reduce`](Self::all_reduce), whose result is taken later. An engine that can sends the values while
    /// this rank computes on; by default nothing happens before [`Pending::wait`]. Results are taken in the order in which
    /// they were begun.
    fn all_reduce_ahead(&self, mut values: Vec<f32>) -> Pending<'_> {
        Pending::new(move || self.all_reduce(&mut values).map(|()| values))
    }

    /// As [`all_reduce`](Self::all_reduce) for f64. By default each rank gets the values of all, so it is for few of them.
    ///
    /// # Errors
    /// As [`all_reduce`](Self::all_reduce).
    fn all_reduce_f64(&self, values: &mut [f64]) -> Result<(), CollectiveError> {
        let own: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
        let parts = self.all_gather(&own)?;
        CollectiveError::check_lengths(parts.iter().map(Vec::len))?;
        values.fill(0.0);
        for part in parts {
            for (sum, bytes) in values.iter_mut().zip(part.as_chunks::<8>().0) {
                *sum += f64::from_ne_bytes(*bytes);
            }
        }
        Ok(())
    }

    /// What each rank gives, in the order of the ranks.
    ///
    /// # Errors
    /// As [`all_reduce`](Self::all_reduce).
    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, CollectiveError>;

    /// The bytes of rank `root`.
    ///
    /// # Errors
    /// As [`all_reduce`](Self::all_reduce).
    ///
    /// # Panics
    /// If there is no rank `root`.
    fn broadcast(&self, root: usize, bytes: &[u8]) -> Result<Vec<u8>, CollectiveError> {
        let own: &[u8] = if self.rank() == root { bytes } else { &[] };
        Ok(self.all_gather(own)?.swap_remove(root))
    }

    /// Says that this rank has failed, and makes no more calls. The call that each of the others makes now, or next, returns
    /// [`CollectiveError::Failed`] with the message, whichever call it is.
    fn fail(&self, message: &str);

    /// Waits until all ranks are here.
    ///
    /// # Errors
    /// As [`all_reduce`](Self::all_reduce).
    fn barrier(&self) -> Result<(), CollectiveError> {
        self.all_gather(&[]).map(drop)
    }
}

/// Sums that are on their way; see [`Collective::all_reduce_ahead`].
#[must_use = "the sums are there after `wait`"]
pub struct Pending<'a>(Box<dyn FnOnce() -> Result<Vec<f32>, CollectiveError> + 'a>);

impl<'a> Pending<'a> {
    /// Sums that a function waits for.
    pub fn new(wait: impl FnOnce() -> Result<Vec<f32>, CollectiveError> + 'a) -> Self {
        Self(Box::new(wait))
    }

    /// The sums.
    ///
    /// # Errors
    /// As [`Collective::all_reduce`].
    pub fn wait(self) -> Result<Vec<f32>, CollectiveError> {
        (self.0)()
    }
}

impl std::fmt::Debug for Pending<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending")
    }
}
