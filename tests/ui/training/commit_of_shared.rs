//! What a training pass has collected is written to a model that may be written to.

use nnx::prelude::*;

fn answer(model: &BatchNorm<U4>, x: Tensor![Batch, 4]) -> Result<Tensor![Batch, 4], nnx::Error> {
    let mut pass = Pass::train();
    let y = model.forward(x, &mut pass);
    pass.commit(model)?;
    Ok(y)
}

fn main() {}
