//! Two matrices have three places for a new axis: 0, 1 and 2.

use nnx::prelude::*;

fn stacked(x: Tensor![2, 3], y: Tensor![2, 3]) {
    let _ = Tensor::stack::<3>([x, y]);
}

fn main() {}
