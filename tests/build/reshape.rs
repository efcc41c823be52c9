//! 6 elements reshaped to (4, 2), which has 8.

use nnx::prelude::*;

fn pairs<B: Dim, N: Size>(x: Tensor![B, { N * 2 }]) -> Tensor![B, 4, 2] {
    x.reshape_at_build()
}

fn main() {
    pairs::<U5, U3>(Tensor::ones());
}
