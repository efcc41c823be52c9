//! The loss uses the captured model instead of its argument.

use nnx::prelude::*;

fn step(model: &mut BatchNorm<U4>, x: Tensor![Batch, 4]) -> Result<f32, nnx::Error> {
    let (loss, _) = value_and_grad(model, |_, pass| model.forward(x, pass).mean())?;
    Ok(loss)
}

fn main() {}
