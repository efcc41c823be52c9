//! A LoRA layer on an input of a different width.

use nnx::prelude::*;

fn forward(lora: &Lora<U64, U4, U128>, x: Tensor![Batch, 128]) {
    let _ = lora.infer(x);
}

fn main() {}
