//! A tap has a name, which `tap!` declares.

use nnx::prelude::*;

fn show(x: Tensor![Batch, 4], pass: &mut Pass) {
    pass.tap::<Tensor![Batch, 4]>(&x);
}

fn main() {}
