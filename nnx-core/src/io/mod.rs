//! Saving and loading, in the safetensors format.

mod checkpoint;

pub use checkpoint::{CheckpointError, load, load_state, save, save_state};
