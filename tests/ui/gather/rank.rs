//! A gather whose result would have too many axes: the indices have rank 4.

use nnx::prelude::*;

fn look_up(table: Tensor![1000, 64], tokens: Tensor![Batch, Time, 2, 2; i32]) {
    let _ = table.gather(tokens);
}

fn main() {}
