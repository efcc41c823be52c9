//! Saving and loading, in the safetensors format.
//!
//! | file | holds |
//! |---|---|
//! | `checkpoint` | a model's own files: paths are names, everything has to fit |
//! | `error` | what can be wrong with a file |
//! | `foreign`, `source`, `mismatch` | files of other libraries: other names, other layouts |
//! | `file`, `header` | reading with suspicion, writing as a whole |
//! | `names` | which paths can be names, and which names paths |

mod checkpoint;
mod error;
mod file;
mod foreign;
mod header;
mod mismatch;
mod names;
mod source;

pub use checkpoint::{
    check_writable, from_file, from_file_with, load, load_of, load_state, save, save_state,
};
pub use error::CheckpointError;
pub use foreign::Foreign;
pub use mismatch::{ForeignError, ForeignMismatch};
pub use source::Source;
