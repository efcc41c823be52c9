//! `unstack` into a wrong number of tensors: the axis has 3 elements.

use nnx::prelude::*;

fn columns(x: Tensor![Batch, 3]) {
    let [_first, _second] = x.unstack::<1, 2>();
}

fn main() {}
