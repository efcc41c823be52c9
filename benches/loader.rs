//! The cost of a loader: training steps on batches of a loader, compared with steps on one batch that is in memory.
//!
//!     cargo bench --bench loader
//!
//! Both take turns, so that other work on the machine slows them alike.

use std::time::{Duration, Instant};

use nnx::models::SimpleCnn;
use nnx::prelude::*;
use nnx_train::{Dataset, Loader, Mnist, Normalize};

type Batched = (Tensor![Batch, 28, 28, 1], Tensor![Batch; i32]);

/// Steps per measurement, and measurements.
const STEPS: usize = 25;
const TURNS: usize = 12;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = Mnist::from_directory(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist"))?;
    // Like the example mnist: shuffled, shifted and normalised.
    let loader = data.train.loader(64)?.shuffled(0);
    let loader = loader
        .augment(|(image, label), random| (image.random_shift(2, random), label))
        .map(|(image, label)| (Normalize::MNIST.apply(&image), label))
        .drop_last()?;
    for workers in [0, 1, 2] {
        let share = share(&loader.clone().workers(workers))?;
        println!("{workers} workers: {share:.3} of the steps without a loader");
    }
    Ok(())
}

/// Steps in a second with the loader, as a share of those without. The median of the turns.
fn share<T: nnx_train::Batched<Batch = Batched>>(
    loader: &Loader<T>,
) -> Result<f64, Box<dyn std::error::Error>> {
    let mut model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let mut step = |(images, labels): Batched| -> Result<(), nnx::Error> {
        let (_, grads) = value_and_grad(&mut model, |model, pass| {
            softmax_cross_entropy(model.forward(images, pass), labels).mean()
        })?;
        optimizer.update(&mut model, grads)
    };
    let mut batches = loader.from_step(0);
    let fixed = batches.next().expect("there is no end")?;
    let mut ratios = Vec::new();
    for _ in 0..TURNS {
        let start = Instant::now();
        for _ in 0..STEPS {
            step(fixed.clone())?;
        }
        let without = start.elapsed();
        let start = Instant::now();
        for batch in batches.by_ref().take(STEPS) {
            step(batch?)?;
        }
        ratios.push(ratio(without, start.elapsed()));
    }
    ratios.sort_by(f64::total_cmp);
    Ok(ratios[TURNS / 2])
}

fn ratio(without: Duration, with: Duration) -> f64 {
    without.as_secs_f64() / with.as_secs_f64()
}
