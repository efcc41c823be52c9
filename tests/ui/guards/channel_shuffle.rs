//! A bound is missing: that the groups divide the channels.

use nnx::prelude::*;

fn shuffled<B: Dim, C: Size, G: Size>(x: Tensor![B, C]) {
    let _ = ChannelShuffle::<G>::new().infer(x);
}

fn main() {}
