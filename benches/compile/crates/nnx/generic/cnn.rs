//! A convolutional network, generic in height, width, channels and classes: a convolution and a pool, several times,
//! and a linear layer on the flattened image.

use nnx::prelude::*;

type Half<N> = QuotientUp<N, U2>;
/// As many halves as there are pools.
type Halved<N> = Half<N>;

#[derive(Module)]
pub struct Cnn<H: Size, W: Size, C: Size, Classes: Size> {
    conv0: Conv<C, C, (U3, U3)>,
    head: Linear<Product<Product<Halved<H>, Halved<W>>, C>, Classes>,
}

impl<B: Dim, H: Size, W: Size, C: Size, Classes: Size> Layer<Tensor![B, H, W, C]>
    for Cnn<H, W, C, Classes>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let x = self.conv0.forward(x, pass).relu().max_pool_with::<(U2, U2), Same>();
        self.head.forward(x.flatten(), pass)
    }
}
