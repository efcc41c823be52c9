//! The length is halved twice, but the linear layer is for one halving.

use nnx::prelude::*;

type Half<N> = QuotientUp<N, U2>;

#[derive(Module)]
struct Cnn<L: Size, C: Size> {
    convs: [Conv<C, C, (U3,), Strided<U2>>; 2],
    head: Linear<Product<Half<L>, C>, U10>,
}

impl<B: Dim, L: Size, C: Size> Layer<Tensor![B, L, C]> for Cnn<L, C> {
    type Output = Tensor![B, 10];

    fn forward(&self, x: Tensor![B, L, C], pass: &mut Pass) -> Self::Output {
        let x = self.convs[0].forward(x, pass).relu();
        let x = self.convs[1].forward(x, pass).relu();
        self.head.forward(x.flatten(), pass)
    }
}

fn main() {}
