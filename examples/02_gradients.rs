//! Gradients of functions: of a curve, of a gradient, and of a loss that fits a line to points.
//!
//!     cargo run --example 02_gradients

use nnx::prelude::*;
use nnx::random::{Key, normal, uniform};
use nnx::tensor::{gradient, value_and_gradient};

fn main() -> Result<(), nnx::Error> {
    derivatives();
    linear_regression()
}

/// f(x) = sin x, its derivative cos x, and its second derivative -sin x.
fn derivatives() {
    // `gradient` differentiates a function whose result is a scalar. To differentiate an elementwise
    // function at many points, sum its results: each derivative depends on its own point only.
    let f = |x: Tensor![6]| x.sin().sum();
    let slope = |x| gradient(f, x);
    // The gradient of a function is a function of tensors, so it has a gradient, too.
    let curvature = |x| gradient(|x| slope(x).sum(), x);

    let x = Tensor::from([0.5, 1.0, 1.5, 2.0, 2.5, 3.0]);
    println!("     x   sin x      f'     f''");
    let columns = [x.clone(), x.clone().sin(), slope(x.clone()), curvature(x)];
    let columns = columns.map(|column| column.to_vec());
    for row in 0..6 {
        let [x, f, slope, curvature] = columns.each_ref().map(|column| column[row]);
        println!("{x:>6.2}{f:>8.3}{slope:>8.3}{curvature:>8.3}");
    }
}

/// Fits y = a x + b to noisy points of y = 3 x - 1, by gradient descent on the mean squared error.
fn linear_regression() -> Result<(), nnx::Error> {
    const POINTS: usize = 100;
    // Random numbers come from keys, as in JAX: the same key gives the same array on every machine.
    let [for_x, for_noise] = Key::new(0).split(2)[..] else { unreachable!("two keys") };
    let x = uniform(for_x, POINTS, -1.0, 1.0);
    let noise = normal(for_noise, POINTS);
    let y = x.iter().zip(noise).map(|(x, noise)| 3.0 * x - 1.0 + 0.1 * noise).collect();

    // A column of x and a column of ones: one matrix product computes all predictions a x + b.
    let inputs: Tensor![Batch, 2] = Tensor::from_vec(x.iter().flat_map(|&x| [x, 1.0]).collect())?;
    let targets: Tensor![Batch, 1] = Tensor::from_vec(y)?;

    let mut line: Tensor![2, 1] = Tensor::zeros();
    println!("\n  step    loss       a       b");
    for step in 0..=60 {
        // A clone shares the elements, like an `Arc`, and copies none.
        let mean_squared_error = |line: Tensor![2, 1]| {
            let predictions = inputs.clone().matmul(line);
            (predictions - &targets).square().mean()
        };
        let (loss, slope) = value_and_gradient(mean_squared_error, line.clone());
        if step % 10 == 0 {
            let (loss, ab) = (loss.item(), line.to_vec());
            println!("{step:>6}{loss:>8.4}{:>8.3}{:>8.3}", ab[0], ab[1]);
        }
        // A step of gradient descent. Optimizers (04_training) do this better.
        line -= slope * 0.3;
    }
    Ok(())
}
