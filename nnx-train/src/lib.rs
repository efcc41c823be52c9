//! Tools for training programs: data sets, batches, progress.
//!
//! | step | types |
//! |---|---|
//! | read IDX files, from disk or embedded | [`Dataset`], [`ImageSet`], [`IdxImages`], [`IdxLabels`] |
//! | make shuffled, normalised batches | [`Batches`], [`Epoch`], [`ImageBatch`], [`Normalize`] |
//! | read a text, and sample windows of it | [`TextSet`], [`Vocabulary`], [`TextWindows`], [`TextBatch`] |
//! | stop when the loss is NaN or infinite | [`LossGuard`] |
//! | measure the model | [`nnx_core::metrics`] |
//! | show the progress | [`Progress`] |
//! | save images as a PNG | [`save_grid`] |
//!
//! The size of an image and the number of classes are part of the type, so a data set is checked
//! once, when it is read. Files are treated as untrusted: whatever they contain, the result is a data set, or
//! a [`DataError`] or [`TextError`] that says which file, what was expected, what was found and what to do.
//!
//! Letters in shapes: B batch, H height, W width, T time.
//!
//! ```
//! use nnx_core::metrics::Average;
//! use nnx_core::size::U2;
//! use nnx_train::{ImageSet, LossGuard};
//!
//! // Four images of 2 × 2 pixels in two classes: dark and light.
//! let set = ImageSet::<U2, U2, U2>::new([[0; 4], [255; 4], [9; 4], [240; 4]].concat(), vec![0, 1, 0, 1])?;
//!
//! let batches = set.batches(2)?;
//! let mut guard = LossGuard::new();
//! let mut loss = Average::new();
//! for epoch in 0..3 {
//!     for batch in batches.shuffled(epoch) {
//!         // A model would turn batch.pixels() and batch.labels() into a loss here.
//!         let batch_loss = 1.0 / (epoch + 1) as f32;
//!         loss.update_mean(guard.check(batch_loss)?, batch.len());
//!     }
//! }
//! assert!(loss.compute() < 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod batch;
mod batches;
mod dataset;
mod directory;
mod epoch;
mod error;
mod gzip;
mod idx;
mod image_set;
mod loss;
mod normalize;
#[cfg(feature = "pictures")]
mod picture;
mod progress;
mod shift;
mod source;
mod text;

pub use batch::{ImageBatch, Tensors};
pub use batches::Batches;
pub use dataset::{Dataset, Mnist};
pub use epoch::Epoch;
pub use error::DataError;
pub use idx::{IdxImages, IdxLabels};
pub use image_set::ImageSet;
pub use loss::{LossGuard, TrainError};
pub use normalize::Normalize;
#[cfg(feature = "pictures")]
pub use picture::{PictureError, save_grid};
pub use progress::Progress;
pub use text::{
    RandomWindows, TextBatch, TextError, TextSet, TextTensors, TextWindows, Vocabulary,
    WindowsInOrder,
};

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
