//! A convolutional network learns handwritten digits: the model, its forward pass, the loop.
//!
//!     cargo run --release --example mnist -- --help

mod support;

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use nnx::io;
use nnx::prelude::*;
use nnx_train::{Dataset, Trainer};

/// Images (B, 28, 28, 1) to logits (B, Classes). With 64 * 5 * 5 below it doesn't compile.
#[derive(Module)]
struct SimpleCnn<Classes: Size> {
    conv1: Conv<U1, U32, (U3, U3)>,
    conv2: Conv<U32, U64, (U3, U3)>,
    dense1: Linear<dim!(64 * 7 * 7), U128>,
    dense2: Linear<U128, Classes>,
}

impl<B: Dim, Classes: Size> Layer<Tensor![B, 28, 28, 1]> for SimpleCnn<Classes> {
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) -> Self::Output {
        let x = self.conv1.forward(x, pass).relu().max_pool::<(U2, U2)>(); // (B, 14, 14, 32)
        let x = self.conv2.forward(x, pass).relu().max_pool::<(U2, U2)>(); // (B, 7, 7, 64)
        let x = self.dense1.forward(x.flatten(), pass).relu(); // (B, 128)
        self.dense2.forward(x, pass)
    }
}

/// Trains a convolutional network on handwritten digits and reports its accuracy on the test images.
#[derive(Parser)]
struct Arguments {
    /// Passes over the training images
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    epochs: u64,
    /// Images in one step
    #[arg(long, default_value_t = 64)]
    batch_size: usize,
    /// The highest learning rate; it rises over the first fifth of the steps, then falls to 0
    #[arg(long, default_value_t = 3e-3, value_parser = support::positive, allow_negative_numbers = true)]
    learning_rate: f64,
    /// The seed of the initial weights and the order of the images
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A directory of IDX files, gzipped or not, such as Fashion-MNIST [default: MNIST, built in]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the trained model is saved
    #[arg(long, default_value = "mnist.safetensors")]
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
    let data = support::images(arguments.data.as_deref(), arguments.limit)?;
    let train = data.train.loader(arguments.batch_size)?.shuffled(arguments.seed);
    let train = train
        .augment(|(image, label), random| (image.random_shift(2, random), label))
        .map(support::normalized)
        .workers(1);
    let test = data.test.loader(500)?.map(support::normalized);
    let steps = arguments.epochs * train.steps();
    let rate = warmup_cosine_decay(0.0, arguments.learning_rate, steps / 5, steps, 0.0);

    let mut model = SimpleCnn::<U10>::init(&mut Rngs::new(arguments.seed));
    let trainer = arguments.training.set(Trainer::new(&mut model, adam(rate)));
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

    let mut loaded = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    io::load(&mut loaded, &arguments.save)?;
    let accuracy = support::accuracy_on(&test, |images| loaded.infer(images))?;
    println!("saved {}", arguments.save.display());
    println!("test accuracy: {accuracy:.2}% ({} images)", test.items());
    Ok(())
}
