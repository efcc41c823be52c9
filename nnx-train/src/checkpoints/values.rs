//! Parts of checkpoints that are values with serde's traits.

use nnx_core::io::{CheckpointPart, PartContent, PartError, Restore};

use crate::{Position, RunState};

macro_rules! values {
    ($($type:ty)*) => { $(
        impl CheckpointPart for $type {
            fn save_part(&self) -> Result<PartContent, PartError> {
                PartContent::of_value(self)
            }

            fn load_part<'a>(&'a mut self, saved: &PartContent) -> Result<Restore<'a>, PartError> {
                saved.restore_value(self)
            }
        }
    )* };
}
values! { Position RunState }
