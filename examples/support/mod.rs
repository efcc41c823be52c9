//! Shared by the examples: the images of digits, the accuracy on them, options of training, numbers on the command
//! line, and the exit of the program; data that is made up or painted.
#![allow(dead_code, reason = "each example takes what it needs")]

pub(crate) mod made_up;
pub(crate) mod paintings;

use std::error::Error;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use nnx::prelude::*;
use nnx_train::{
    DataError, Dataset, Image, ImageSet, Label, Loader, Mnist, Normalize, Progress, Subset,
    Trainer, evaluate,
};

/// How a run is saved and tried.
#[derive(Args)]
pub(crate) struct Training {
    /// A directory for checkpoints, which are saved after each evaluation, at the end and at Ctrl-C [default: none]
    #[arg(long)]
    checkpoints: Option<PathBuf>,
    /// Also save a checkpoint each time this many steps are done [default: none]
    #[arg(long, requires = "checkpoints")]
    save_every: Option<NonZero<u64>>,
    /// Resumes from the last checkpoint
    #[arg(long, requires = "checkpoints")]
    resume: bool,
    /// Tries two steps, and saves nothing
    #[arg(long)]
    dry_run: bool,
}

impl Training {
    /// A trainer with these options, and with progress on standard error.
    pub(crate) fn set<'a, M: Module>(&self, trainer: Trainer<'a, M>) -> Trainer<'a, M> {
        let trainer = trainer.record(Progress::new(0)).dry_run(self.dry_run).stop_on_ctrl_c();
        let Some(directory) = &self.checkpoints else { return trainer };
        let trainer = trainer.checkpoints(directory).resume(self.resume);
        match self.save_every {
            Some(steps) => trainer.save_every_steps(steps.get()),
            None => trainer,
        }
    }
}

/// The images to train on, and those to test with.
pub(crate) struct Images {
    pub(crate) train: Subset<ImageSet<U28, U28, U10>>,
    pub(crate) test: ImageSet<U28, U28, U10>,
}

/// A normalised image and its class.
pub(crate) type Example<Classes> = (Tensor![28, 28, 1], Label<Classes>);

/// The images of a directory of IDX files, or MNIST, which is built into the program: 24,000 digits to train
/// on, of which `limit` keeps the first, and 10,000 to test with.
pub(crate) fn images(
    directory: Option<&Path>,
    limit: Option<NonZero<usize>>,
) -> Result<Images, DataError> {
    let data = match directory {
        Some(directory) => Mnist::from_directory(directory)?,
        None => Mnist::from_bytes(
            include_bytes!("../../data/mnist/train24k-images-idx3-ubyte.gz"),
            include_bytes!("../../data/mnist/train24k-labels-idx1-ubyte.gz"),
            include_bytes!("../../data/mnist/t10k-images-idx3-ubyte.gz"),
            include_bytes!("../../data/mnist/t10k-labels-idx1-ubyte.gz"),
        )?,
    };
    Ok(Images { train: data.train.take(limit.map_or(usize::MAX, NonZero::get)), test: data.test })
}

/// The pixels as input of the model.
pub(crate) fn normalized<Classes>(
    (image, label): (Image<U28, U28>, Label<Classes>),
) -> Example<Classes> {
    (Normalize::MNIST.apply(&image), label)
}

/// The share of images that a model classifies correctly, in percent. `logits` applies the model to a batch.
pub(crate) fn accuracy_on<Classes: Size>(
    images: &Loader<Example<Classes>>,
    logits: impl Fn(Tensor![Batch, 28, 28, 1]) -> Tensor![Batch, Classes],
) -> Result<f32, DataError> {
    let mut accuracy = Accuracy::new();
    evaluate(images, |(images, labels), _| accuracy.update(&logits(images), &labels))?;
    Ok(100.0 * accuracy.compute())
}

/// A finite number above 0, such as a learning rate.
pub(crate) fn positive(text: &str) -> Result<f64, &'static str> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && number.is_finite());
    number.ok_or("expected a finite number above 0")
}

/// Ends the program. An error is printed as one line on standard error.
pub(crate) fn end(result: Result<(), Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
