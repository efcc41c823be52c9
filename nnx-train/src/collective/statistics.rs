//! What layers of a model have to know of other ranks.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use nnx_core::ops::Ranks;

use super::{Collective, CollectiveError};

/// The ranks as layers see them in one step.
pub(super) struct OfLayers {
    ranks: Arc<dyn Collective>,
    weight: f64,
    /// The first error. Layers go on with the values of this rank alone, and the step is given up.
    failed: Mutex<Option<CollectiveError>>,
}

impl OfLayers {
    pub(super) fn new(ranks: Arc<dyn Collective>, weight: f64) -> Self {
        Self { ranks, weight, failed: Mutex::new(None) }
    }

    /// The first error of a layer.
    pub(super) fn failed(&self) -> Option<CollectiveError> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ranks for OfLayers {
    fn rank(&self) -> usize {
        self.ranks.rank()
    }

    fn size(&self) -> usize {
        self.ranks.size()
    }

    fn weight(&self) -> f64 {
        self.weight
    }

    fn sum(&self, values: &mut [f64]) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.is_none() {
            *failed = self.ranks.all_reduce_f64(values).err();
        }
    }
}

impl fmt::Debug for OfLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfLayers").field("rank", &self.rank()).finish_non_exhaustive()
    }
}
