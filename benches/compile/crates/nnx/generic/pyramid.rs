//! A feature pyramid (Lin et al., 2017): maps of four sizes, each joined with the next smaller one, generic in
//! height, width and channels; then all of them as one row of features.

use nnx::prelude::*;

type Half<N> = QuotientUp<N, U2>;
type Down<In, Out> = Conv<In, Out, (U3, U3), Strided<U2>>;
type Cells<H, W> = Product<H, W>;
type All<H, W> = Sum<
    Sum<Sum<Cells<Half<H>, Half<W>>, Cells<Half<Half<H>>, Half<Half<W>>>>, Third<H, W>>,
    Cells<Half<Half<Half<Half<H>>>>, Half<Half<Half<Half<W>>>>>,
>;
type Third<H, W> = Cells<Half<Half<Half<H>>>, Half<Half<Half<W>>>>;

#[derive(Module)]
pub struct Pyramid<H: Size, W: Size, C: Size, Classes: Size> {
    down1: Down<U3, C>,
    down2: Down<C, C>,
    down3: Down<C, C>,
    down4: Down<C, C>,
    head: Linear<Product<All<H, W>, C>, Classes>,
}

impl<B: Dim, H: Size, W: Size, C: Size, Classes: Size> Layer<Tensor![B, H, W, 3]>
    for Pyramid<H, W, C, Classes>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        let x1 = self.down1.forward(x, pass).relu();
        let x2 = self.down2.forward(x1.clone(), pass).relu();
        let x3 = self.down3.forward(x2.clone(), pass).relu();
        let x4 = self.down4.forward(x3.clone(), pass).relu();
        let x3 = x3 + x4.clone().resize_nearest::<(Half<Half<Half<H>>>, Half<Half<Half<W>>>)>();
        let x2 = x2 + x3.clone().resize_nearest::<(Half<Half<H>>, Half<Half<W>>)>();
        let x1 = x1 + x2.clone().resize_nearest::<(Half<H>, Half<W>)>();
        let x12 = x1.flatten_axes::<1>().concat::<1, _>(x2.flatten_axes::<1>());
        let x123 = x12.concat::<1, _>(x3.flatten_axes::<1>());
        let all = x123.concat::<1, _>(x4.flatten_axes::<1>());
        self.head.forward(all.flatten(), pass)
    }
}
