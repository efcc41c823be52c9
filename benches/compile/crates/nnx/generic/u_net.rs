//! U-Net (Ronneberger et al., 2015) of five levels, generic in height, width and channels.

use nnx::prelude::*;

type Half<N> = QuotientUp<N, U2>;
type Twice<C> = Product<C, U2>;
type Convolutions<In, Out> = (Conv<In, Out, (U3, U3)>, Relu, Conv<Out, Out, (U3, U3)>, Relu);

/// Two convolutions and a pool.
#[derive(Module)]
pub struct Down<In: Size, C: Size> {
    convolutions: Convolutions<In, C>,
}

impl<In: Size, C: Size> Down<In, C> {
    fn forward<B: Dim, H: Size, W: Size>(
        &self,
        x: Tensor![B, H, W, In],
        pass: &mut Pass,
    ) -> (Tensor![B, H, W, C], Tensor![B, Half<H>, Half<W>, C]) {
        let skip = self.convolutions.forward(x, pass);
        (skip.clone(), skip.max_pool_with::<(U2, U2), Same>())
    }
}

/// A block of the decoder: upsamples, concatenates with the skip connection, and convolves twice.
#[derive(Module)]
pub struct Up<C: Size> {
    up: Conv<Twice<C>, C, (U2, U2)>,
    convolutions: Convolutions<Sum<C, C>, C>,
}

impl<C: Size> Up<C> {
    fn forward<B: Dim, H: Size, W: Size>(
        &self,
        skip: Tensor![B, H, W, C],
        x: Tensor![B, Half<H>, Half<W>, Twice<C>],
        pass: &mut Pass,
    ) -> Tensor![B, H, W, C] {
        let x = self.up.forward(x.resize_nearest::<(H, W)>(), pass);
        self.convolutions.forward(skip.concat::<3, _>(x), pass)
    }
}

type Times4<C> = Twice<Twice<C>>;
type Times8<C> = Twice<Times4<C>>;
type Times16<C> = Twice<Times8<C>>;

#[derive(Module)]
pub struct UNet<C: Size, Classes: Size> {
    down1: Down<U3, C>,
    down2: Down<C, Twice<C>>,
    down3: Down<Twice<C>, Times4<C>>,
    down4: Down<Times4<C>, Times8<C>>,
    down5: Down<Times8<C>, Times16<C>>,
    middle: Convolutions<Times16<C>, Twice<Times16<C>>>,
    up5: Up<Times16<C>>,
    up4: Up<Times8<C>>,
    up3: Up<Times4<C>>,
    up2: Up<Twice<C>>,
    up1: Up<C>,
    head: Conv<C, Classes, (U1, U1)>,
}

impl<B: Dim, H: Size, W: Size, C: Size, Classes: Size> Layer<Tensor![B, H, W, 3]>
    for UNet<C, Classes>
{
    type Output = Tensor![B, H, W, Classes];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        let (skip1, x) = self.down1.forward(x, pass);
        let (skip2, x) = self.down2.forward(x, pass);
        let (skip3, x) = self.down3.forward(x, pass);
        let (skip4, x) = self.down4.forward(x, pass);
        let (skip5, x) = self.down5.forward(x, pass);
        let x = self.middle.forward(x, pass);
        let x = self.up5.forward(skip5, x, pass);
        let x = self.up4.forward(skip4, x, pass);
        let x = self.up3.forward(skip3, x, pass);
        let x = self.up2.forward(skip2, x, pass);
        let x = self.up1.forward(skip1, x, pass);
        self.head.forward(x, pass)
    }
}
