//! Saving and loading, in the safetensors format.

mod checkpoint;
mod file;

pub use checkpoint::{
    CheckpointError, check_writable, load, load_of, load_state, save, save_state,
};
