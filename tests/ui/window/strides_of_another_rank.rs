//! Strides of one axis for a window over two; `U2` without parentheses is for both.

use nnx::prelude::*;

fn forward(conv: &Conv<U3, U8, (U3, U3), Strided<(U2,)>>, x: Tensor![Batch, 8, 8, 3]) {
    let _ = conv.infer(x);
}

fn main() {}
