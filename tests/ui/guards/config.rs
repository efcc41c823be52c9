//! A trait of sizes states each size, but not what divides what.

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
