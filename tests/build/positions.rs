//! A table of 4 positions for a sequence of 6.

use nnx::prelude::*;

fn add<N: Size>(positions: &LearnedPositions<AtBuild<U4>, U8>, x: Tensor![1, { N * 2 }, 8]) {
    positions.infer(x);
}

fn main() {
    add::<U3>(&LearnedPositions::init(&mut Rngs::new(0)), Tensor::ones());
}
