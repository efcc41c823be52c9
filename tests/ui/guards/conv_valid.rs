//! A bound is missing: that the window fits into the image.

use nnx::prelude::*;

#[derive(Module)]
struct Stem<C: Size> {
    conv: Conv<U3, C, (U3, U3), Valid>,
}

impl<B: Dim, H: Size, W: Size, C: Size> Layer<Tensor![B, H, W, 3]> for Stem<C> {
    type Output = Tensor![B, { H - 2 }, { W - 2 }, C];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        self.conv.forward(x, pass)
    }
}

fn main() {}
