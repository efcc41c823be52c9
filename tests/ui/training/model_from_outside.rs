//! The loss is a function of the model that the gradient is taken of, not of the one around it.

use nnx::prelude::*;

fn step(model: &mut BatchNorm<U4>, x: Tensor![Batch, 4]) -> Result<f32, nnx::Error> {
    let (loss, _) = value_and_grad(model, |_, pass| model.forward(x, pass).mean())?;
    Ok(loss)
}

fn main() {}
