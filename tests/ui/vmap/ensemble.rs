//! The members are the first axis of what an ensemble returns.

use nnx::prelude::*;

fn logits(nets: &Ensemble<Linear<U3, U2>, U4>, x: Tensor![Batch, 3]) -> Tensor![Batch, 2] {
    nets.infer(x)
}

fn main() {}
