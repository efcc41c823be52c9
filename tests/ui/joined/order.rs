//! Batch and time are joined, time and batch are separated.

use nnx::prelude::*;

fn back(x: Tensor![Batch, Time, 8], like: Tensor![Time, Batch, 8]) {
    let rows = x.merge_axes();
    let _ = rows.unmerge_axes(&like);
}

fn main() {}
