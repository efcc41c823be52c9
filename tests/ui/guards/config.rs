//! A trait bundles sizes, but doesn't state that one divides another.

use nnx::prelude::*;

trait Config {
    type Heads: Size;
    type Width: Size;
}

#[derive(Module)]
struct Block<C: Config> {
    attention: MultiHeadAttention<C::Heads, C::Width>,
}

fn main() {}
