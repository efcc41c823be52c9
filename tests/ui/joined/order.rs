//! Batch and time are merged, time and batch are unmerged.

use nnx::prelude::*;

fn back(x: Tensor![Batch, Time, 8], like: Tensor![Time, Batch, 8]) {
    let rows = x.merge_axes();
    let _ = rows.unmerge_axes(&like);
}

fn main() {}
