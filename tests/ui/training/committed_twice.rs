//! A pass committed twice.

use nnx::prelude::*;

fn run(model: &mut BatchNorm<U4>, x: Tensor![Batch, 4]) -> Result<(), nnx::Error> {
    let mut pass = Pass::train();
    let _ = model.forward(x.clone(), &mut pass);
    pass.commit(model)?;
    let _ = model.forward(x, &mut pass);
    Ok(())
}

fn main() {}
