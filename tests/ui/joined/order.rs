//! Batch and time are joined, time and batch are separated.

use nnx::prelude::*;

fn back(x: Tensor![Batch, Time, 8], like: Tensor![Time, Batch, 8]) {
    let rows = x.join_axes();
    let _ = rows.separate_axes(&like);
}

fn main() {}
