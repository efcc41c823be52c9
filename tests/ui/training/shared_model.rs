//! A training step on a model that is borrowed immutably.

use nnx::prelude::*;

type Model = Linear<U4, U2>;

fn loss(model: &Model, pass: &mut Pass) -> Tensor![] {
    model.forward(Tensor::from([1.0, 2.0, 3.0, 4.0]), pass).mean()
}

fn step(model: &Model) {
    let _ = value_and_grad(model, loss);
}

fn main() {}
