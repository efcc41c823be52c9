//! Several ranks train one network, each on its part of every batch: with the losses of one process, in less time.
//!
//!     cargo run --release --example data_parallel     # --help lists the options
//!
//! Two ranks on two cores are 1.7 to 1.8 times as fast as one rank on one core. The losses of 100 steps differ by 3e-7, which
//! is rounding. (Later on, steps make more of it.) All of it takes 10 seconds. One process uses all cores too, without ranks:
//! they are for models whose operations are too small for several threads, and for several machines. Ranks are threads here;
//! processes are connected by `MpiRank`, and `Trainer::distributed` is this loop: see docs/distributed.md.

mod support;

use std::error::Error;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use nnx::io;
use nnx::models::SimpleCnn;
use nnx::prelude::*;
use nnx::threads::with_threads;
use nnx_train::{Averaged, Collective, Dataset, Run, on_threads};

/// Trains a convolutional network on handwritten digits, on one rank and on several, and compares losses and times.
#[derive(Parser)]
struct Arguments {
    /// The number of ranks, each on a core
    #[arg(long, default_value = "2")]
    ranks: NonZero<usize>,
    /// Steps of training
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    steps: u64,
    /// Images in one step of all ranks together
    #[arg(long, default_value_t = 128)]
    batch_size: usize,
    /// The learning rate
    #[arg(long, default_value_t = 0.02, value_parser = support::positive, allow_negative_numbers = true)]
    learning_rate: f64,
    /// The seed of the initial weights and the order of the images
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A directory of IDX files, gzipped or not, such as Fashion-MNIST [default: MNIST, built in]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the trained model is saved
    #[arg(long, default_value = "data_parallel.safetensors")]
    save: PathBuf,
}

fn main() -> ExitCode {
    support::end(run(&Arguments::parse()).map_err(|error| error as Box<dyn Error>))
}

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn run(arguments: &Arguments) -> Fallible<()> {
    io::check_writable(&arguments.save)?;
    let (alone, seconds) = train(1, arguments)?;
    let (together, faster) = train(arguments.ranks.get(), arguments)?;
    let differences = alone.iter().zip(&together).map(|(a, b)| (a - b).abs());
    println!("largest difference of two losses: {:.1e}", differences.fold(0.0, f32::max));
    println!("speed-up: {:.2}", seconds / faster);

    let mut model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    io::load(&mut model, &arguments.save)?;
    let test = support::images(arguments.data.as_deref(), None)?.test;
    let test = test.loader(500)?.map(support::normalized);
    println!("saved {}", arguments.save.display());
    let accuracy = support::accuracy_on(&test, |images| model.infer(images))?;
    println!("test accuracy: {accuracy:.2}% ({} images)", test.items());
    Ok(())
}

/// Trains on `count` ranks, and returns the losses of all steps, and the seconds that it took.
fn train(count: usize, arguments: &Arguments) -> Fallible<(Vec<f32>, f64)> {
    let start = Instant::now();
    // Each rank computes on its own core alone.
    let ranks = on_threads(count, |ranks| with_threads(1, || losses(&ranks, arguments)));
    let ranks = ranks.into_iter().collect::<Fallible<Vec<_>>>()?;
    let seconds = start.elapsed().as_secs_f64();
    let unit = if count == 1 { "rank" } else { "ranks" };
    println!("{count} {unit}: {seconds:.2} s, last loss {:.6}", ranks[0][ranks[0].len() - 1]);
    Ok((ranks.into_iter().next().expect("at least one rank"), seconds))
}

/// Images and their labels.
type Digits = (Tensor![Batch, 28, 28, 1], Tensor![Batch; i32]);

/// Trains as one of several ranks, and returns the losses of all steps. Three lines differ from a loop of one process.
fn losses(ranks: &impl Collective, arguments: &Arguments) -> Fallible<Vec<f32>> {
    let images = support::images(arguments.data.as_deref(), None)?.train;
    let train =
        images.loader(arguments.batch_size)?.shuffled(arguments.seed).map(support::normalized);
    let train = train.sharded(ranks.rank(), ranks.size())?; // 1: a part of each batch

    let mut model = SimpleCnn::<U10>::init(&mut Rngs::new(arguments.seed));
    let mut optimizer = Optimizer::new(&model, sgd(arguments.learning_rate).momentum(0.9));
    let mut run: Run<'_, Digits> = Run::new(&train).steps(arguments.steps);
    let mut losses = Vec::new();
    while let Some((images, labels)) = run.next_batch()? {
        let count = labels.dims()[0];
        let (loss, grads) = value_and_grad(&mut model, |model, pass| {
            softmax_cross_entropy(model.forward(images, pass), labels).mean()
        })?;
        let whole = Averaged::of(ranks, loss, grads, count)?; // 2: the means over all ranks
        run.check(whole.loss, &whole.gradients, || state(&model))?;
        optimizer.update(&mut model, whole.gradients)?;
        run.step(whole.loss, &optimizer);
        losses.push(whole.loss);
    }
    run.finish();
    if ranks.rank() == 0 {
        io::save(&model, &arguments.save)?; // 3: one rank writes
    }
    Ok(losses)
}
