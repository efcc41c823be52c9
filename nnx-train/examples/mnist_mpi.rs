//! Several processes train one network on handwritten digits, each on its part of every batch.
//!
//!     apt-get install libopenmpi-dev openmpi-bin libclang-dev
//!     cargo build --release --package nnx-train --features mpi --example mnist_mpi
//!     mpirun -n 2 target/release/examples/mnist_mpi --epochs 1 --checkpoints runs/mnist
//!
//! Without `mpirun` it runs as one process. A program for one process would differ in three lines, which are numbered.
//! See docs/distributed.md for clusters.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nnx_core::metrics::Accuracy;
use nnx_core::module::{Init, Layer, Pass};
use nnx_core::nn::{Conv, Linear, softmax_cross_entropy};
use nnx_core::optim::sgd;
use nnx_core::random::Rngs;
use nnx_core::size::{Dim, U1, U2, U3, U10, U32, U64, U128};
use nnx_core::{Module, Tensor, dim, io};
use nnx_train::{Collective, Dataset, Mnist, MpiRank, Normalize, Progress, Trainer};

#[derive(Module)]
struct Cnn {
    conv1: Conv<U1, U32, (U3, U3)>,
    conv2: Conv<U32, U64, (U3, U3)>,
    dense1: Linear<dim!(64 * 7 * 7), U128>,
    dense2: Linear<U128, U10>,
}

impl<B: Dim> Layer<Tensor![B, 28, 28, 1]> for Cnn {
    type Output = Tensor![B, 10];

    fn forward(&self, x: Tensor![B, 28, 28, 1], pass: &mut Pass) -> Self::Output {
        let x = self.conv1.forward(x, pass).relu().max_pool::<(U2, U2)>();
        let x = self.conv2.forward(x, pass).relu().max_pool::<(U2, U2)>();
        let x = self.dense1.forward(x.flatten(), pass).relu();
        self.dense2.forward(x, pass)
    }
}

/// The value behind an option, such as `--steps 100`.
fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

fn number(name: &str, default: u64) -> Result<u64, String> {
    let Some(text) = option(name) else { return Ok(default) };
    text.parse().map_err(|_| format!("{name}: expected a whole number, found `{text}`"))
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let ranks = MpiRank::start()?; // 1: this process is one of several
    let digits = Mnist::from_bytes(
        include_bytes!("../../data/mnist/train24k-images-idx3-ubyte.gz"),
        include_bytes!("../../data/mnist/train24k-labels-idx1-ubyte.gz"),
        include_bytes!("../../data/mnist/t10k-images-idx3-ubyte.gz"),
        include_bytes!("../../data/mnist/t10k-labels-idx1-ubyte.gz"),
    )?;
    let batch_size = usize::try_from(number("--batch-size", 128)?)?;
    let train = digits.train.loader(batch_size)?.shuffled(0);
    let train = train.map(|(image, label)| (Normalize::MNIST.apply(&image), label));
    let test = digits.test.loader(500)?;
    let test = test.map(|(image, label)| (Normalize::MNIST.apply(&image), label));

    let mut model = Cnn::init(&mut Rngs::new(0));
    let trainer = Trainer::new(&mut model, sgd(0.02).momentum(0.9))
        .distributed(&ranks) // 2: all of them train the model
        .stop_on_ctrl_c()
        .unit("images");
    let trainer = match option("--steps") {
        // To measure: without evaluations.
        Some(_) => trainer.steps(number("--steps", 0)?),
        None => trainer.epochs(number("--epochs", 1)?).record(Progress::new(0)).evaluate(
            &test,
            |model, pass, (images, labels), scores| {
                scores.of::<Accuracy>("accuracy").update(&model.forward(images, pass), &labels);
            },
        ),
    };
    let trainer = match option("--checkpoints") {
        Some(directory) => {
            trainer.checkpoints(directory).resume(std::env::args().any(|x| x == "--resume"))
        }
        None => trainer,
    };
    let start = Instant::now();
    let report = trainer.fit(&train, |model, pass, (images, labels)| {
        softmax_cross_entropy(model.forward(images, pass), labels).mean()
    })?;
    if ranks.rank() == 0 {
        // 3: one rank writes
        if let Some(file) = option("--save") {
            io::save(&model, file)?;
        }
        let (size, seconds) = (ranks.size(), start.elapsed().as_secs_f64());
        let accuracy =
            report.metric("accuracy").map(|x| format!(", accuracy {x:.4}")).unwrap_or_default();
        println!(
            "{size} ranks, {} steps in {seconds:.3} s, loss {:.6}{accuracy}",
            report.steps, report.loss
        );
    }
    Ok(())
}
