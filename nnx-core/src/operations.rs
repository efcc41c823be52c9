//! The table of all that programs in files may have, from the floors that have some of it.

use crate::{nn, ops, optim};

impl ops::Operations {
    /// All operations of the library.
    #[must_use]
    pub fn new() -> Self {
        let layers = nn::operation_rows().chain(optim::operation_rows());
        Self::of(ops::operation_rows().chain(layers))
    }
}

impl Default for ops::Operations {
    fn default() -> Self {
        Self::new()
    }
}
