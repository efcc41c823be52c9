//! A field of a field, without its initial value.

use nnx::prelude::*;

#[derive(Module)]
struct Block {
    rate: f32,
}

#[derive(Module)]
struct Model {
    blocks: [Block; 2],
}

fn make<M: Init>() -> M {
    M::init(&mut Rngs::new(0))
}

fn main() {
    let _: Model = make();
}
