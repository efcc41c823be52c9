//! A pass committed to a model that is borrowed immutably.

use nnx::prelude::*;

fn answer(model: &BatchNorm<U4>, x: Tensor![Batch, 4]) -> Result<Tensor![Batch, 4], nnx::Error> {
    let mut pass = Pass::train();
    let y = model.forward(x, &mut pass);
    pass.commit(model)?;
    Ok(y)
}

fn main() {}
