//! Saving and loading, in the safetensors format.
//!
//! | file | holds |
//! |---|---|
//! | `checkpoint` | a model's own files: tensors are named by paths, and all must fit |
//! | `parts` | checkpoints of a run: model, optimizer, position, values in one file |
//! | `error` | the errors |
//! | `foreign`, `source`, `mismatch` | weights of other libraries, with other names and layouts |
//! | `file`, `header` | reads files that may be untrusted |
//! | `writer` | writes files, tensor by tensor |
//! | `names` | names of tensors from paths, and limits on them |

mod checkpoint;
mod error;
mod file;
mod foreign;
mod header;
mod mismatch;
mod names;
mod parts;
mod source;
mod writer;

pub use checkpoint::{
    check_writable, from_file, from_file_with, load, load_of, load_state, save, save_state,
};
pub use error::CheckpointError;
pub use foreign::Foreign;
pub use mismatch::{ForeignError, ForeignMismatch};
pub use parts::{
    Checkpoint, CheckpointInfo, CheckpointPart, LoadParts, PartContent, PartError, PartInfo,
    Restore, SaveParts, SavedValue,
};
pub use source::Source;
