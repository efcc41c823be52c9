//! A bound is missing: that the stride isn't 0.

use nnx::prelude::*;

#[derive(Module)]
struct Stem<P: Size> {
    conv: Conv<U3, U8, (U3, U3), Strided<P>>,
}

impl<B: Dim, H: Dim, W: Dim, P: Size> Layer<Tensor![B, H, W, 3]> for Stem<P> {
    type Output = Tensor![B, QuotientUp<H, P>, QuotientUp<W, P>, 8];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        self.conv.forward(x, pass)
    }
}

fn main() {}
