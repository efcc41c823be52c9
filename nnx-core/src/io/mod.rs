//! Saving and loading, in the safetensors format; weights of other libraries, from safetensors and npz files.
//!
//! | file | holds |
//! |---|---|
//! | `checkpoint` | a model's own files: tensors are named by paths, and all must fit |
//! | `parts` | checkpoints of a run: model, optimizer, position, values in one file |
//! | `program` | files of programs |
//! | `error` | the errors |
//! | `foreign`, `loading`, `source`, `mismatch`, `report` | weights of other libraries, with other names and layouts |
//! | `naming`, `torch` | how other libraries name and lay out the variables of layers |
//! | `weights` | an open file of weights, of either format |
//! | `elements`, `half` | element types of files, and their exact conversion |
//! | `npy`, `npz`, `archive` | NumPy's files, and zip archives |
//! | `export` | weights for other programs, as halves on demand |
//! | `file`, `header` | reads files that may be untrusted |
//! | `other_format` | what a file is that isn't safetensors, for messages |
//! | `writer` | writes files, tensor by tensor |
//! | `names` | names of tensors from paths, and limits on them |

mod archive;
mod checkpoint;
mod checksum;
mod elements;
mod error;
mod export;
mod file;
mod foreign;
mod half;
mod header;
mod loading;
mod mismatch;
mod names;
mod naming;
mod npy;
mod npz;
mod other_format;
mod parts;
mod program;
mod report;
mod source;
mod torch;
mod weights;
mod writer;

pub use checkpoint::{
    check_writable, from_file, from_file_with, load, load_of, load_state, save, save_state,
};
pub use elements::FileType;
pub use error::CheckpointError;
pub use export::Export;
pub use foreign::Foreign;
pub use mismatch::{ForeignError, ForeignMismatch};
pub use npy::NpyArray;
pub use npz::NpzFile;
pub use parts::{
    Checkpoint, CheckpointInfo, CheckpointPart, LoadParts, PartContent, PartError, PartInfo,
    Restore, SaveParts, SavedValue,
};
pub use program::{Length, ProgramFileError, SymbolicError, SymbolicPlan, SymbolicProgram};
pub use report::{ForeignReport, UsedTensor};
pub use source::Source;
