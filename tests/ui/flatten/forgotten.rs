//! A linear layer after a convolution, without `flatten` in between.

use nnx::prelude::*;

fn forward(layer: &Linear<dim!(64 * 7 * 7), U10>, x: Tensor![Batch, 7, 7, 64], pass: &mut Pass) {
    let _ = layer.forward(x, pass);
}

fn main() {}
