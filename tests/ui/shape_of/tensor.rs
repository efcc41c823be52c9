//! `shape_of!` in the middle of a chain, by value and by reference.

use nnx::prelude::*;

fn chain(conv: &Conv<U1, U32, (U3, U3)>, x: Tensor![Batch, 28, 28, 1], pass: &mut Pass) {
    let _ = shape_of!(conv.forward(x, pass).relu().max_pool::<(U2, U2)>()).flatten();
}

fn reference(labels: &Tensor![Batch; i32]) {
    shape_of!(labels);
}

fn twice(x: Tensor![Batch, 8; f64]) {
    shape_of!(x);
    let _ = x;
}

fn main() {}
