//! The second link takes 4 features, the first one gives 3.

use nnx::prelude::*;

#[derive(Module)]
#[module(sequential)]
struct Model {
    first: Linear<U2, U3>,
    second: Linear<U4, U2>,
    third: Linear<U2, U1>,
}

fn run(model: &Model, x: Tensor![Batch, 2]) -> Tensor![Batch, 1] {
    model.infer(x)
}

fn main() {}
