//! A function of one's own that asks for heads that divide the width.

use nnx::prelude::*;

fn attention<Heads: Size, Width: DivisibleBy<Heads>>(_: Tensor![Batch, Time, Width]) {}

fn attend(x: Tensor![Batch, Time, 768]) {
    attention::<U10, _>(x);
}

fn main() {}
