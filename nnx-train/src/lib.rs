//! Tools for training programs: data sets, batches, progress.
//!
//! | step | types |
//! |---|---|
//! | items by index, and sets made of others | [`Dataset`], [`Items`], [`Subset`], [`TensorRows`] |
//! | batches: shuffled, augmented, made ahead by threads | [`Loader`], [`Batches`], [`Position`], [`Sampler`] |
//! | typed tensors of a batch | [`Collate`], [`Batched`], [`Label`], [`Sequence`], [`Padded`], [`Plain`] |
//! | images | [`Image`], [`Normalize`]; IDX files: [`ImageSet`], [`Mnist`], [`IdxImages`], [`IdxLabels`] |
//! | texts | [`TextSet`], [`Tokenizer`], [`Vocabulary`], [`Words`], [`ByteTokens`] |
//! | random changes for training | methods of [`Image`] and [`Sequence`], [`mixup`], [`Random`] |
//! | broken input | [`DataError`], [`OnBroken`], [`Skipped`] |
//! | train one model; a loop by hand | [`Trainer`]; [`Run`], [`LossGuard`] |
//! | when to stop, which model is the best | [`Interrupt`], [`Goal`] |
//! | measure the model | [`Scores`], [`evaluate`], [`nnx_core::metrics`] |
//! | watch a run | [`Recorder`] |
//! | train on several ranks | [`Trainer::distributed`], [`Collective`], [`on_threads`], [`Averaged`] |
//! | a directory of checkpoints, written in the background | [`CheckpointManager`], [`saved_checkpoints`] |
//! | show the progress | [`Progress`] |
//! | record a run | [`JsonRecorder`], [`CsvRecorder`], [`TensorBoard`]; read it back: [`History`] |
//! | draw a run, a model, images | [`Plot`], [`HtmlReport`], [`save_grid`] |
//!
//! Sizes of images, numbers of classes and columns are part of the types, so data is checked once, when it is
//! read. Files are treated as untrusted: whatever they contain, the result is data, or a [`DataError`] that says
//! which file, where in it, what was expected, what was found and what to do.
//!
//! Letters in shapes: B batch, H height, W width, C channels, T time, N features.
//!
//! ```
//! use nnx_core::metrics::Average;
//! use nnx_core::size::U2;
//! use nnx_train::{Dataset, ImageSet, LossGuard};
//!
//! // Four images of 2 × 2 pixels in two classes: dark and light.
//! let set = ImageSet::<U2, U2, U2>::new([[0; 4], [255; 4], [9; 4], [240; 4]].concat(), vec![0, 1, 0, 1])?;
//!
//! let batches = set.loader(2)?.shuffled(0);
//! let mut guard = LossGuard::new();
//! let mut loss = Average::new();
//! for epoch in 0..3 {
//!     for batch in batches.epoch(epoch) {
//!         let (images, labels) = batch?;
//!         // A model would turn images and labels into a loss here.
//!         let batch_loss = 1.0 / (epoch + 1) as f32;
//!         loss.update_mean(guard.check(batch_loss)?, labels.dims()[0]);
//!         # let _ = images;
//!     }
//! }
//! assert!(loss.compute() < 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

// The derive macro writes paths `::nnx_train::..`, which must resolve in this crate too.
extern crate self as nnx_train;

#[cfg(feature = "checkpoints")]
mod checkpoints;
#[cfg(any(feature = "images", feature = "wav"))]
mod class_folder;
mod collate;
mod collective;
mod dataset;
mod directory;
mod error;
mod goal;
mod gzip;
#[cfg(feature = "report")]
mod html_report;
mod idx;
mod image;
mod image_set;
mod interrupt;
mod loader;
mod loss;
mod mixup;
mod normalize;
#[cfg(feature = "npy")]
mod npy;
mod numbers;
#[cfg(feature = "pictures")]
mod picture;
#[cfg(feature = "plots")]
mod plots;
#[cfg(any(feature = "pictures", feature = "plots", feature = "tensorboard"))]
mod png;
mod progress;
mod random;
mod reader;
mod record;
mod recorders;
mod run;
mod scores;
mod series;
mod skipped;
mod table;
mod text;
mod train_test;
mod trainer;
#[cfg(feature = "wav")]
mod wav;

#[cfg(feature = "checkpoints")]
pub use checkpoints::{
    CheckpointManager, ManagerError, Resumed, SavedCheckpoint, SkippedCheckpoint, saved_checkpoints,
};
pub use collate::{Collate, Digest, Label, Padded, Plain, Row, Sequence};
#[cfg(feature = "mpi")]
pub use collective::MpiRank;
pub use collective::{
    Averaged, Collective, CollectiveError, OneRank, Pending, ThreadRank, broadcast_model,
    check_same_model, on_threads,
};
pub use dataset::{Cache, Concat, Dataset, Items, Map, Subset, TensorRows, TryMap, Zip};
pub use error::{DataError, IdxError, LoadingError, Malformed, TextError, TrainError};
pub use goal::{Best, Goal};
#[cfg(feature = "report")]
pub use html_report::HtmlReport;
pub use idx::{IdxImages, IdxLabels};
pub use image::Image;
#[cfg(feature = "images")]
pub use image::{Channels, Fit, ImageFolder};
pub use image_set::ImageSet;
pub use interrupt::Interrupt;
pub use loader::{
    Batched, Batches, Bucketed, Changed, InOrder, Loader, Position, Sampler, Shuffled, Weighted,
    WithReplacement,
};
pub use loss::{LossGuard, NotFinite};
pub use mixup::mixup;
pub use nnx_derive::Collate;
pub use normalize::Normalize;
#[cfg(feature = "npy")]
pub use npy::{read_npy, read_npz, write_npy};
#[cfg(feature = "pictures")]
pub use picture::{PictureError, save_grid};
#[cfg(feature = "plots")]
pub use plots::{Plot, PlotError};
pub use progress::Progress;
pub use random::Random;
pub use record::{Ended, Evaluated, Recorder, Started, Stepped, Stop};
#[cfg(feature = "csv")]
pub use recorders::CsvRecorder;
#[cfg(feature = "json")]
pub use recorders::JsonRecorder;
pub use recorders::{Curve, History, Note, RecordError};
#[cfg(feature = "tensorboard")]
pub use recorders::{PixelChannels, TensorBoard};
pub use run::{Report, Run, RunState};
pub use scores::{Scores, evaluate};
pub use skipped::{OnBroken, Skipped};
#[cfg(feature = "csv")]
pub use table::Csv;
#[cfg(feature = "json")]
pub use table::JsonLines;
#[cfg(feature = "parquet")]
pub use table::Parquet;
pub use table::{Categories, CategoryNames, CategoryNumbers, Rows, Standardize};
#[cfg(feature = "bpe")]
pub use text::Bpe;
pub use text::{ByteTokens, TextChunks, TextSet, TextWindows, Tokenizer, Vocabulary, Words};
pub use train_test::{Mnist, TrainTest};
pub use trainer::Trainer;
#[cfg(feature = "wav")]
pub use wav::{WavFolder, Wave};

/// What the derive macro names.
#[doc(hidden)]
pub mod __private {
    pub use nnx_core::ops::DynTensor;
    pub use nnx_core::tensor::Tensors;
}

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
