//! Saving and loading, in the safetensors format.
//!
//! | file | holds |
//! |---|---|
//! | `checkpoint` | a model's own files: tensors are named by paths, and all must fit |
//! | `error` | the errors |
//! | `foreign`, `source`, `mismatch` | weights of other libraries, with other names and layouts |
//! | `file`, `header` | reads files that may be untrusted; writes files atomically |
//! | `names` | names of tensors from paths, and limits on them |

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
