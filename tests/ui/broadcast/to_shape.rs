//! An axis of 3 doesn't broadcast to 4.

use nnx::prelude::*;

fn widen(x: Tensor![3]) {
    let _ = x.broadcast_to::<shape![2, 4]>();
}

fn main() {}
