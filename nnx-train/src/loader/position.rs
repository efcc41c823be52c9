//! Where an iterator over batches is.

use serde::{Deserialize, Serialize};

use crate::{DataError, LoadingError};

/// Where an iterator over batches is: the epoch, and the next batch. Save it with serde, and go on with
/// [`Loader::resume`](crate::Loader::resume). It can be a part of a checkpoint, too: see `nnx_core::io::Checkpoint`.
///
/// The order of the items and their augmentation follow from it: there is no other random state of a loader.
///
/// It holds the settings that decide the batches, too, so that it isn't used with another loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The epoch, from 0.
    pub epoch: u64,
    /// The number of batches of this epoch that were taken.
    pub batch: u64,
    /// Number of items in the set.
    pub items: u64,
    /// Number of items in a batch.
    pub batch_size: u64,
    /// The seed of the order.
    pub seed: u64,
    /// Whether a smaller last batch is dropped.
    pub drop_last: bool,
}

impl Position {
    /// Whether this is a position of the loader that has `expected`.
    pub(crate) fn check(&self, expected: &Self) -> Result<(), DataError> {
        let settings = |position: &Self| {
            [
                ("items", position.items),
                ("the batch size", position.batch_size),
                ("the seed", position.seed),
                ("drop_last", u64::from(position.drop_last)),
            ]
        };
        for ((what, found), (_, expected)) in settings(self).into_iter().zip(settings(expected)) {
            if found != expected {
                return Err(LoadingError::Position { what, found, expected }.into());
            }
        }
        Ok(())
    }
}
