//! A convolutional network learns handwritten digits: the model, its forward pass, the loop.
//!
//!     cargo run --release --example mnist -- --help

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use nnx::io;
use nnx::prelude::*;
use nnx_train::{Accuracy, ImageSet, LossGuard, Mnist, Progress};

/// Images (B, 28, 28, 1) to logits (B, Classes). Write 64 * 5 * 5 below, and it doesn't compile.
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
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// Images in one step
    #[arg(long, default_value_t = 64)]
    batch_size: usize,
    /// The highest learning rate; it rises over the first epoch and falls to 0 over the others
    #[arg(long, default_value_t = 3e-3)]
    learning_rate: f64,
    /// Fixes the first weights and the order of the images
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A directory of IDX files, gzipped or not, such as Fashion-MNIST [default: MNIST, built in]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the trained model is saved
    #[arg(long, default_value = "mnist.safetensors")]
    save: PathBuf,
    /// Stop after so many steps
    #[arg(long, hide = true)]
    max_steps: Option<usize>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    io::check_writable(&arguments.save)?;
    let data = match &arguments.data {
        Some(directory) => Mnist::from_directory(directory)?,
        None => Mnist::from_bytes(
            include_bytes!("../data/mnist/train24k-images-idx3-ubyte.gz"),
            include_bytes!("../data/mnist/train24k-labels-idx1-ubyte.gz"),
            include_bytes!("../data/mnist/t10k-images-idx3-ubyte.gz"),
            include_bytes!("../data/mnist/t10k-labels-idx1-ubyte.gz"),
        )?,
    };
    let train = data.train.batches(arguments.batch_size)?.random_shift(2)?;
    let steps = arguments.epochs * train.steps();
    let rate = warmup_cosine_decay(0.0, arguments.learning_rate, train.steps() as u64, steps as u64, 0.0);

    let mut model = SimpleCnn::<U10>::init(&mut Rngs::new(arguments.seed));
    let mut optimizer = Optimizer::new(&model, adam(rate));
    let (mut progress, mut guard) = (Progress::new(steps), LossGuard::new());
    for epoch in 0..arguments.epochs as u64 {
        for batch in train.shuffled(arguments.seed + epoch) {
            let (images, labels) = batch.into_tensors();
            let count = images.dims()[0];
            let (loss, grads) = value_and_grad(&mut model, |model, pass| {
                softmax_cross_entropy(model.forward(images, pass), labels).mean()
            })?;
            guard.check(optimizer.step() as usize, loss)?;
            optimizer.update(&mut model, grads)?;
            progress.step(loss, count);
        }
        progress.finish_epoch(format!("test accuracy {:.2}%", accuracy_on(&data.test, &model)));
    }
    io::save(&model, &arguments.save)?;

    let mut loaded = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    io::load(&mut loaded, &arguments.save)?;
    println!("saved {}", arguments.save.display());
    println!("test accuracy: {:.2}% ({} images)", accuracy_on(&data.test, &loaded), data.test.len());
    Ok(())
}

/// The share of images that the model classifies correctly, in percent.
fn accuracy_on(set: &ImageSet<28, 28, 10>, model: &SimpleCnn<U10>) -> f32 {
    let mut accuracy = Accuracy::new();
    for batch in set.batches(500.min(set.len())).expect("a size within the set").in_order() {
        let (images, labels) = batch.into_tensors();
        accuracy.update(&model.infer(images).argmax().to_vec(), &labels.to_vec());
    }
    100.0 * accuracy.compute()
}
