//! Where an iterator over batches is.

use serde::{Deserialize, Serialize};

use crate::{DataError, LoadingError};

/// Where an iterator over batches is: the epoch, and the next batch. Save it with serde, and go on with
/// [`Loader::resume`](crate::Loader::resume). It can be a part of a checkpoint, too: see `nnx_core::io::Checkpoint`.
///
/// The order of the items and their augmentation follow from it: there is no other random state of a loader.
///
/// It holds the settings that decide the batches, too, and digests of the order and of a few items, so that it isn't used
/// with another loader or with other data.
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
    /// A digest of the order of an epoch, which differs where the sampler or its settings, such as weights, do. None in a
    /// position that an earlier version has saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u64>,
    /// A digest of up to eight items, the first and the last among them. None in a position that an earlier version has
    /// saved, and with [`Loader::without_digest`](crate::Loader::without_digest).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<u64>,
}

impl Position {
    /// Whether this is a position of the loader that has `expected`.
    pub(crate) fn check(&self, expected: &Self) -> Result<(), DataError> {
        for ((what, found), (_, expected)) in self.settings().into_iter().zip(expected.settings()) {
            if found != expected {
                return Err(LoadingError::Position { what, found, expected }.into());
            }
        }
        let differ = |left: Option<u64>, right: Option<u64>| {
            left.zip(right).is_some_and(|(left, right)| left != right)
        };
        if differ(self.order, expected.order) {
            return Err(LoadingError::PositionOrder.into());
        }
        if differ(self.contents, expected.contents) {
            return Err(LoadingError::PositionContents.into());
        }
        Ok(())
    }

    fn settings(&self) -> [(&'static str, u64); 4] {
        [
            ("items", self.items),
            ("the batch size", self.batch_size),
            ("the seed", self.seed),
            ("drop_last", u64::from(self.drop_last)),
        ]
    }

    /// What all ranks that train together have in common.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let settings = self.settings().map(|(what, value)| (what, value.to_string()));
        let digest =
            |digest: Option<u64>| digest.map_or("unknown".to_owned(), |x| format!("{x:016x}"));
        let digests =
            [("an order of the digest", self.order), ("items of the digest", self.contents)];
        settings.into_iter().chain(digests.map(|(what, of)| (what, digest(of)))).collect()
    }
}
