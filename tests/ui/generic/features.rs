//! Three halvings of a generic height and width, but a linear layer for two.

use nnx::prelude::*;

type Half<N> = QuotientUp<N, U2>;
type Quarter<N> = Half<Half<N>>;

#[derive(Module)]
struct Cnn<H: Size, W: Size, C: Size> {
    convs: [Conv<C, C, (U3, U3), U2>; 3],
    head: Linear<Product<Product<Quarter<H>, Quarter<W>>, C>, U10>,
}

impl<B: Dim, H: Size, W: Size, C: Size> Layer<Tensor![B, H, W, C]> for Cnn<H, W, C> {
    type Output = Tensor![B, 10];

    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let x = self.convs[0].forward(x, pass).relu();
        let x = self.convs[1].forward(x, pass).relu();
        let x = self.convs[2].forward(x, pass).relu();
        self.head.forward(x.flatten(), pass)
    }
}

fn main() {}
