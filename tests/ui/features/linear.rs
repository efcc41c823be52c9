//! The layer takes 128 features, the one before gives 64.

use nnx::prelude::*;

fn forward(hidden: &Linear<U784, U64>, output: &Linear<U128, U10>, x: Tensor![Batch, 784], pass: &mut Pass) {
    let x = hidden.forward(x, pass).relu();
    let _ = output.forward(x, pass);
}

fn main() {}
