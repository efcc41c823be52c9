//! Training: a small network learns to classify points of two spirals, and draws its decision regions.
//!
//!     cargo run --example 04_training

use std::f32::consts::PI;

use nnx::prelude::*;
use nnx::random::{Key, normal};

const POINTS: usize = 400;
const STEPS: u64 = 600;

/// Points (B, 2) to logits (B, 2). The fields run one after the other, and a field may be a tuple of layers.
#[derive(Module)]
#[module(sequential)]
struct Mlp {
    hidden: (Linear<U2, U32>, Tanh, Linear<U32, U32>, Tanh),
    head: Linear<U32, U2>,
}

fn main() -> Result<(), nnx::Error> {
    let (points, labels) = spirals(Key::new(0))?;
    let mut model = Mlp::init(&mut Rngs::new(0));
    println!("{} parameters, {POINTS} points", parameters(&model));

    // Warm-up and decay: the learning rate rises in the first tenth of the steps, while Adam's averages
    // are still inaccurate, and then falls to 0.
    let rate = warmup_cosine_decay(0.0, 0.02, STEPS / 10, STEPS, 0.0);
    let mut optimizer = Optimizer::new(&model, adam(rate.clone()));
    for step in 1..=STEPS {
        let (loss, gradients) = value_and_grad(&mut model, |model, pass| {
            let logits = model.forward(points.clone(), pass);
            softmax_cross_entropy(logits, labels.clone()).mean()
        })?;
        optimizer.update(&mut model, gradients)?;
        if step % 100 == 0 || step == 1 {
            // `infer` is a forward pass in evaluation mode, without gradients.
            let accuracy = 100.0 * accuracy(model.infer(points.clone()), &labels);
            let rate = rate.at(step - 1);
            println!("step {step:>3}: loss {loss:.4}, accuracy {accuracy:.1}%, rate {rate:.4}");
        }
    }

    // The accuracy on points that the model wasn't trained on.
    let (points, labels) = spirals(Key::new(1))?;
    println!("new points: accuracy {:.1}%\n", 100.0 * accuracy(model.infer(points), &labels));
    draw(&model)
}

/// Points on two spiral arms that start at the centre in opposite directions and make one and a half turns.
fn spirals(key: Key) -> Result<(Tensor![Batch, 2], Tensor![Batch; i32]), nnx::Error> {
    let noise = normal(key, 2 * POINTS);
    let mut points = Vec::new();
    let mut labels = Vec::new();
    for (i, noise) in noise.as_chunks::<2>().0.iter().enumerate() {
        let (arm, along) = (i % 2, i as f32 / POINTS as f32);
        let angle = 3.0 * PI * along + PI * arm as f32;
        points.push(along * angle.cos() + 0.02 * noise[0]);
        points.push(along * angle.sin() + 0.02 * noise[1]);
        labels.push(arm as i32);
    }
    Ok((Tensor::from_vec(points)?, Tensor::from_vec(labels)?))
}

/// The predicted class at each position of the square from -1 to 1.
fn draw(model: &Mlp) -> Result<(), nnx::Error> {
    const ROWS: usize = 24;
    const COLUMNS: usize = 2 * ROWS;
    let place = |i: usize, of: usize| 2.0 * (i as f32 + 0.5) / of as f32 - 1.0;
    let grid = (0..ROWS).flat_map(|row| {
        (0..COLUMNS).flat_map(move |column| [place(column, COLUMNS), -place(row, ROWS)])
    });
    let grid: Tensor![Batch, 2] = Tensor::from_vec(grid.collect())?;
    for row in model.infer(grid).argmax().to_vec().chunks(COLUMNS) {
        println!("{}", row.iter().map(|&class| ['.', '#'][class as usize]).collect::<String>());
    }
    Ok(())
}
