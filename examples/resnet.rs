//! A residual network learns to classify clothes (Fashion-MNIST), or digits if Fashion-MNIST isn't installed.
//!
//!     cargo run --release --example resnet -- --help
//!
//! On Debian and Ubuntu the images come with `apt-get install dataset-fashion-mnist`. Two epochs of all 60,000
//! reach 90% of the 10,000 test images, in five and a half minutes of processor time.

mod support;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use nnx::io;
use nnx::models::{BasicBlock, ConvNorm, Projected};
use nnx::prelude::*;
use nnx_train::{Dataset, Trainer};

/// Two residual blocks: the first halves height and width, the second keeps them.
type Halving<In, Out> = (BasicBlock<In, Out, U2, Projected<In, Out, U2>>, BasicBlock<Out>);

/// Images (B, 28, 28, 1) to logits (B, Classes). The usual stem halves the image twice; small images don't need it.
#[derive(Module)]
#[module(sequential)]
struct ResNet<Classes: Size> {
    stem: (ConvNorm<U1, U16, U3>, Relu),
    stage1: BasicBlock<U16>,   // (B, 28, 28, 16)
    stage2: Halving<U16, U32>, // (B, 14, 14, 32)
    stage3: Halving<U32, U64>, // (B, 7, 7, 64)
    pool: GlobalAvgPool,       // (B, 64)
    head: Linear<U64, Classes>,
}
type Model = ResNet<U10>;

/// The directory of Debian's package `dataset-fashion-mnist`.
const FASHION: &str = "/usr/share/datasets/fashion-mnist";

/// Trains a residual network on Fashion-MNIST and reports its accuracy on the test images.
#[derive(Parser)]
struct Arguments {
    /// Passes over the training images
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    epochs: u64,
    /// Images in one step
    #[arg(long, default_value_t = 64)]
    batch_size: usize,
    /// The peak learning rate: a linear warm-up over the first fifth of the steps, then a cosine decay to 0
    #[arg(long, default_value_t = 3e-3, value_parser = support::positive, allow_negative_numbers = true)]
    learning_rate: f64,
    /// The seed of the initial weights and the order of the images
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A directory of IDX files, gzipped or not [default: Fashion-MNIST if installed, else MNIST, built in]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the trained model is saved
    #[arg(long, default_value = "resnet.safetensors")]
    save: PathBuf,
    /// The number of training images to use, for a quick try [default: all]
    #[arg(long)]
    limit: Option<NonZero<usize>>,
    #[command(flatten)]
    training: support::Training,
}

fn main() -> ExitCode {
    support::end(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    io::check_writable(&arguments.save)?;
    let installed = Path::new(FASHION).is_dir().then(|| Path::new(FASHION));
    let directory = arguments.data.as_deref().or(installed);
    let data = support::images(directory, arguments.limit)?;
    let train = data.train.loader(arguments.batch_size)?.shuffled(arguments.seed);
    let train = train
        .augment(|(image, label), random| (image.random_shift(2, random), label))
        .map(support::normalized)
        .workers(1);
    let test = data.test.loader(500)?.map(support::normalized);
    let from = directory.map_or("MNIST, built in".into(), |path| path.display().to_string());
    println!("{} images from {from}", train.items());

    let steps = arguments.epochs * train.steps();
    let rate = warmup_cosine_decay(0.0, arguments.learning_rate, steps / 5, steps, 0.0);
    let mut model = Model::init(&mut Rngs::new(arguments.seed));
    let trainer = arguments.training.set(Trainer::new(&mut model, adamw(rate)));
    let report = trainer
        .epochs(arguments.epochs)
        .unit("images")
        .evaluate(&test, |model, pass, (images, labels), scores| {
            scores.of::<Accuracy>("test accuracy").update(&model.forward(images, pass), &labels);
        })
        .fit(&train, |model, pass, (images, labels)| {
            softmax_cross_entropy(model.forward(images, pass), labels).mean()
        })?;
    if !report.is_complete() {
        return Ok(());
    }
    io::save(&model, &arguments.save)?;

    let loaded: Model = io::from_file(&arguments.save)?;
    let accuracy = support::accuracy_on(&test, |images| loaded.infer(images))?;
    println!("saved {}", arguments.save.display());
    println!("test accuracy: {accuracy:.2}% ({} images)", test.items());
    Ok(())
}
