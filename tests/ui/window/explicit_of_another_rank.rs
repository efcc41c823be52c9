//! Padding for two axes where the window has three.

use nnx::prelude::*;

type Padded = Explicit<(U1, U1), (U1, U1)>;

fn forward(conv: &Conv<U3, U8, (U3, U3, U3), Padded>, x: Tensor![Batch, 8, 8, 8, 3]) {
    let _ = conv.infer(x);
}

fn main() {}
