//! Four heads of 16 features are 64, not 128.

use nnx::prelude::*;

fn joined(x: Tensor![Batch, Time, 4, 16]) -> Tensor![Batch, Time, 128] {
    x.flatten_axes_to::<2, U128>()
}

fn main() {}
