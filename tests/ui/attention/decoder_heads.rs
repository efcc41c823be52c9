//! 10 heads don't divide the width of a decoder.

use nnx::models::DecoderBlock;
use nnx::prelude::*;

#[derive(Module)]
struct Decoder {
    block: DecoderBlock<U64, U10, U256>,
}

fn main() {}
