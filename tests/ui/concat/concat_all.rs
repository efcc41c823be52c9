//! Tensors of two axes can't be concatenated along a third one.

use nnx::prelude::*;

fn concatenated(x: Tensor![2, 3], y: Tensor![2, 3]) {
    let _ = Tensor::concat_all::<2>([x, y]);
}

fn main() {}
