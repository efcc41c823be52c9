//! A process alone.

use super::{Collective, CollectiveError};

/// The only rank: a program for several ranks, run by one process.
///
/// ```
/// use nnx_train::{Collective, OneRank};
///
/// let mut values = [1.5];
/// OneRank.all_reduce(&mut values)?;
/// assert_eq!((values, OneRank.size()), ([1.5], 1));
/// # Ok::<(), nnx_train::CollectiveError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OneRank;

impl Collective for OneRank {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn all_reduce(&self, _: &mut [f32]) -> Result<(), CollectiveError> {
        Ok(())
    }

    fn all_gather(&self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, CollectiveError> {
        Ok(vec![bytes.to_vec()])
    }

    /// There is nobody to tell.
    fn fail(&self, _: &str) {}
}
