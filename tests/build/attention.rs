//! 3 heads of a width of 8, which is computed from a parameter.

use nnx::prelude::*;

#[derive(Module)]
struct Encoder<Heads: Size, D: Size> {
    attention: MultiHeadAttention<AtBuild<Heads>, dim!(D * 2)>,
}

fn main() {
    let _ = Encoder::<U3, U4>::init(&mut Rngs::new(0));
}
