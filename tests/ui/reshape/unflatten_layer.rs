//! 100 features as an image of 96 elements.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 100]) {
    let _ = Unflatten::<(U4, U4, U6)>::new().infer(x);
}

fn main() {}
