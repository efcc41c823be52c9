//! `unname_axis` of a runtime axis, which has nothing but its name.

use nnx::prelude::*;

fn unnamed(x: Tensor![Batch, 8]) {
    let _ = x.unname_axis::<0>();
}

fn main() {}
