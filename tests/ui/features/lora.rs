//! The adaptation is of another width than the layer that it stands beside.

use nnx::prelude::*;

fn forward(lora: &Lora<U64, U4, U128>, x: Tensor![Batch, 128]) {
    let _ = lora.infer(x);
}

fn main() {}
