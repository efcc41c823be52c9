//! A user's function with the bound that the heads divide the width.

use nnx::prelude::*;

fn attention<Heads: Size, Width: DivisibleBy<Heads>>(_: Tensor![Batch, Time, Width]) {}

fn attend(x: Tensor![Batch, Time, 768]) {
    attention::<U10, _>(x);
}

fn main() {}
