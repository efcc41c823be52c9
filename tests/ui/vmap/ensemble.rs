//! The output of an ensemble has the members as its first axis.

use nnx::prelude::*;

fn logits(nets: &Ensemble<Linear<U3, U2>, U4>, x: Tensor![Batch, 3]) -> Tensor![Batch, 2] {
    nets.infer(x)
}

fn main() {}
