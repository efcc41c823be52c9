//! Records of a run: what [`Recorder`](crate::Recorder)s write to files, and what plots and reports read.
//!
//! | file | contents |
//! |---|---|
//! | `append` | a file that grows by whole entries, also on a full disk |
//! | `file` | such a file of lines: half lines of killed processes, cutting back to a step |
//! | `json`, `csv` | JSON lines and CSV (features of these names) |
//! | `values` | the names and values that are recorded of a step and of an evaluation |
//! | `history` | curves that are read back |
//! | `tensorboard` | event files (feature of this name) |
//! | `error` | what can go wrong |

#[cfg(any(feature = "csv", feature = "json", feature = "tensorboard"))]
mod append;
#[cfg(feature = "csv")]
mod csv;
mod error;
#[cfg(any(feature = "csv", feature = "json"))]
mod file;
mod history;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "tensorboard")]
mod tensorboard;
#[cfg(any(feature = "csv", feature = "json", feature = "tensorboard"))]
mod values;

#[cfg(feature = "csv")]
pub use self::csv::CsvRecorder;
#[cfg(feature = "json")]
pub use self::json::JsonRecorder;
#[cfg(feature = "tensorboard")]
pub use self::tensorboard::{PixelChannels, TensorBoard};
pub use error::RecordError;
pub use history::{Curve, History, Note};
