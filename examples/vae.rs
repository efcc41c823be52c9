//! A variational autoencoder learns to generate digits: it encodes images as distributions, and decodes random
//! codes.
//!
//!     cargo run --release --example vae -- --help
//!
//! After 20 epochs the loss on test images is 96.3 nats an image, and `vae.png` has seven rows of digits. That takes under a minute on two cores.

mod support;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use nnx::io;
use nnx::models::Vae;
use nnx::prelude::*;
use nnx::random::{Key, normal};
use nnx_train::{Dataset, Trainer, evaluate, save_grid};

/// 784 pixels, 400 hidden features, a code of 20 elements.
type Model = Vae<dim!(28 * 28), U400, U20>;
type Pixels = Tensor![Batch, 784];

/// Images in a row of the picture, if the test set has as many.
const COLUMNS: usize = 10;

/// Trains a variational autoencoder on handwritten digits and draws what it has learned.
#[derive(Parser)]
struct Arguments {
    /// Passes over the training images
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    epochs: u64,
    /// Images in one step
    #[arg(long, default_value_t = 64)]
    batch_size: usize,
    /// The highest learning rate; it rises over the first tenth of the steps, then falls to 0
    #[arg(long, default_value_t = 2e-3, value_parser = support::positive, allow_negative_numbers = true)]
    learning_rate: f64,
    /// The seed of the initial weights, the order of the images, the noise and the new images
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A directory of IDX files, gzipped or not, such as Fashion-MNIST [default: MNIST, built in]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the trained model is saved
    #[arg(long, default_value = "vae.safetensors")]
    save: PathBuf,
    /// Where the picture is saved
    #[arg(long, default_value = "vae.png")]
    picture: PathBuf,
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
    io::check_writable(&arguments.picture)?;
    let data = support::images(arguments.data.as_deref(), arguments.limit)?;
    // Pixels are from 0 to 1: each is the probability that the pixel is white.
    let train = data.train.loader(arguments.batch_size)?.shuffled(arguments.seed).workers(1);
    let test = data.test.clone().loader(500)?;
    let steps = arguments.epochs * train.steps();
    let rate = warmup_cosine_decay(0.0, arguments.learning_rate, steps / 10, steps, 0.0);

    let mut model = Model::init(&mut Rngs::new(arguments.seed));
    let trainer = arguments.training.set(Trainer::new(&mut model, adam(rate)));
    // In evaluation the code is the mean of its distribution, so the loss is a little lower than with the noisy codes
    // of the definition.
    let report = trainer
        .epochs(arguments.epochs)
        .unit("images")
        .evaluate(&test, |model, pass, (images, _), scores| {
            let images: Pixels = images.flatten();
            let losses = model.forward(images.clone(), pass).negative_elbo(images);
            scores.of::<Average>("test loss").update(&losses);
        })
        .fit(&train, |model, pass, (images, _)| {
            let images: Pixels = images.flatten();
            model.forward(images.clone(), pass).negative_elbo(images).mean()
        })?;
    if !report.is_complete() {
        return Ok(());
    }
    io::save(&model, &arguments.save)?;

    let mut loaded = Model::init(&mut Rngs::new(0));
    io::load(&mut loaded, &arguments.save)?;
    let (images, _) = data.test.loader(COLUMNS)?.epoch(0).next().expect("at least one image")?;
    let images: Pixels = images.flatten();
    draw(&loaded, images, Key::new(arguments.seed), &arguments.picture)?;
    let scores = evaluate(&test, |(images, _), scores| {
        let images: Pixels = images.flatten();
        let losses = loaded.infer(images.clone()).negative_elbo(images);
        scores.of::<Average>("loss").update(&losses);
    })?;
    let loss = scores.value("loss").expect("it is measured");
    println!("saved {} and {}", arguments.save.display(), arguments.picture.display());
    println!("test loss: {loss:.2} nats an image ({} images)", test.items());
    Ok(())
}

/// A row of images, a row of their reconstructions, then five rows of new images.
fn draw(
    model: &Model,
    images: Pixels,
    key: Key,
    file: &Path,
) -> Result<(), nnx_train::PictureError> {
    let columns = images.dims()[0];
    let again = model.infer(images.clone()).logits.sigmoid();
    let codes: Tensor![Batch, 20] =
        Tensor::from_vec(normal(key, 5 * columns * 20)).expect("whole codes");
    let rows = [images, again, model.generate(codes)].map(|images| images.to_vec()).concat();
    let rows: Tensor![Batch, 28, 28] = Tensor::from_vec(rows).expect("whole images");
    save_grid(file, &rows, columns)
}
