//! Zeros of a batch, whose size the compiler doesn't know.

use nnx::prelude::*;

fn main() {
    let _ = <Tensor![Batch, 8]>::zeros();
}
