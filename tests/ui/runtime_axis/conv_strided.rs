//! A convolution over time with a stride of 2 returned as `Time`: the axis is now half as long.

use nnx::prelude::*;

fn forward(conv: &Conv<U16, U8, (U3,), Strided<U2>>, x: Tensor![Batch, Time, 16]) -> Tensor![Batch, Time, 8] {
    conv.infer(x)
}

fn main() {}
