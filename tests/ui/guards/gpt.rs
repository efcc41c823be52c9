//! A model of nnx-models asks that its context holds the sequence.

use nnx::models::Gpt;
use nnx::prelude::*;

#[derive(Module)]
struct Model<Context: Size> {
    body: Gpt<U256, Context, U64, U4>,
}

impl<T: Dim, Context: Size> Layer<Tensor![Batch, T; i32]> for Model<Context> {
    type Output = Tensor![Batch, T, 256];

    fn forward(&self, x: Tensor![Batch, T; i32], pass: &mut Pass) -> Self::Output {
        self.body.forward(x, pass)
    }
}

fn main() {}
