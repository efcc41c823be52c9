//! A bound is missing: that the heads divide the width.

use nnx::prelude::*;

#[derive(Module)]
struct Heads<D: Size> {
    qkv: Linear<D, D>,
}

impl<B: Dim, T: Dim, D: Size> Layer<Tensor![B, T, D]> for Heads<D> {
    type Output = Tensor![B, T, 8, { D / 8 }];

    fn forward(&self, x: Tensor![B, T, D], pass: &mut Pass) -> Self::Output {
        self.qkv.forward(x, pass).unflatten::<2, U8>()
    }
}

fn main() {}
