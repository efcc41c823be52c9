//! A training step writes to the model, which here is only borrowed for reading.

use nnx::prelude::*;

type Model = Linear<U4, U2>;

fn loss(model: &Model, pass: &mut Pass) -> Tensor![] {
    model.forward(Tensor::from([1.0, 2.0, 3.0, 4.0]), pass).mean()
}

fn step(model: &Model) {
    let _ = value_and_grad(model, loss);
}

fn main() {}
