//! A pool without padding as a layer, over a height that is a parameter.

use nnx::prelude::*;

type Pool = MaxPool<(U2,)>;

fn half<H: Size>(pool: &Pool, x: Tensor![Batch, H, 8]) -> Tensor![Batch, Quotient<H, U2>, 8] {
    pool.infer(x)
}

fn main() {}
