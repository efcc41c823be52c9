//! Saving and loading, in the safetensors format.
//!
//! | file | holds |
//! |---|---|
//! | `checkpoint` | a model's own files: paths are names, everything has to fit |
//! | `foreign`, `source`, `mismatch` | files of other libraries: other names, other layouts |
//! | `file` | reading with suspicion, writing whole |

mod checkpoint;
mod file;
mod foreign;
mod mismatch;
mod source;

pub use checkpoint::{
    CheckpointError, check_writable, from_file, from_file_with, load, load_of, load_state, save,
    save_state,
};
pub use foreign::Foreign;
pub use mismatch::{ForeignError, ForeignMismatch};
pub use source::Source;
