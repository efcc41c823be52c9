//! Digests of the order and of some items: by them a saved position notices another sampler or other data.

use super::{Batched, Loader};
use crate::{Collate as _, Digest, Random};

/// The digests of one loader.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digests {
    pub(super) order: u64,
    pub(super) contents: u64,
}

/// The most items that are read.
const MOST: usize = 8;

impl<T: Batched> Loader<T> {
    pub(super) fn digests(&self) -> Digests {
        Digests { order: self.order_digest(), contents: self.contents_digest() }
    }

    /// The digest of the first epoch's order, which depends on the sampler and all its settings.
    pub(super) fn order_digest(&self) -> u64 {
        let order = self.sampler.order(self.len, &mut Random::new(self.seed));
        let mut digest = Digest::new();
        order.iter().for_each(|index| digest.number(*index as u64));
        digest.value()
    }

    /// The digest of up to eight items, spread from the first to the last, as the first epoch changes them.
    fn contents_digest(&self) -> u64 {
        let count = self.len.min(MOST);
        let mut digest = Digest::new();
        for place in 0..count {
            let index = place * (self.len - 1) / (count - 1).max(1);
            match self.batcher.item(index, &mut Random::at(self.seed, 0, index as u64)) {
                Ok(item) => item.digest(&mut digest),
                // It is broken in the next run, too.
                Err(_) => digest.number(u64::MAX),
            }
        }
        digest.value()
    }
}
