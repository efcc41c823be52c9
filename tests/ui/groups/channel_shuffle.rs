//! 4 groups of 6 channels.

use nnx::prelude::*;

fn forward(x: Tensor![Batch, 8, 8, 6]) {
    let _ = ChannelShuffle::<U4>::new().infer(x);
}

fn main() {}
