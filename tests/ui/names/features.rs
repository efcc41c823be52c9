//! A layer takes the axis that it names, not another of the same size.

use nnx::prelude::*;

axis!(Embed = 64, Hidden = 64);

fn twice(layer: &Linear<Embed, Hidden>, x: Tensor![Batch, Embed]) {
    let _ = layer.infer(layer.infer(x));
}

fn main() {}
