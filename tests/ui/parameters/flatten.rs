//! The linear layer is for the whole image, but a pool halves the image before.

use nnx::prelude::*;

fn logits<H: Size, W: Size, C: Size>(
    head: &Linear<dim!(H * W * C), U10>,
    x: Tensor![Batch, H, W, C],
) -> Tensor![Batch, 10] {
    let x = x.max_pool::<(U2, U2)>();
    head.infer(x.flatten())
}

fn main() {}
