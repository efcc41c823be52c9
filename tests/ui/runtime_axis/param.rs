//! Weights over a batch, whose size the compiler doesn't know.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    offset: Param<(Batch, U8)>,
}

fn make<M: Init>() -> M {
    M::init(&mut Rngs::new(0))
}

fn main() {
    let _: Model = make();
}
