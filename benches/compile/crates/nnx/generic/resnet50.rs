//! ResNet-50 (He et al., 2016), generic in height, width, the number of channels and classes.

use nnx::prelude::*;

type Half<N> = QuotientUp<N, U2>;
type Times4<C> = Product<C, U4>;
type Twice<C> = Product<C, U2>;

/// Three convolutions with a shortcut, with strides of `S`.
#[derive(Module)]
pub struct Bottleneck<In: Size, Width: Size, S: Positive> {
    conv1: Conv<In, Width, (U1, U1)>,
    norm1: BatchNorm<Width>,
    conv2: Conv<Width, Width, (U3, U3), Strided<S>>,
    norm2: BatchNorm<Width>,
    conv3: Conv<Width, Times4<Width>, (U1, U1)>,
    norm3: BatchNorm<Times4<Width>>,
    shortcut: Conv<In, Times4<Width>, (U1, U1), Strided<S>>,
}

impl<B: Dim, H: Size, W: Size, In: Size, Width: Size, S: Positive> Layer<Tensor![B, H, W, In]>
    for Bottleneck<In, Width, S>
{
    type Output = Tensor![B, QuotientUp<H, S>, QuotientUp<W, S>, Times4<Width>];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let y = self.conv1.forward(x.clone(), pass);
        let y = self.norm1.forward(y, pass).relu();
        let y = self.conv2.forward(y, pass);
        let y = self.norm2.forward(y, pass).relu();
        let y = self.conv3.forward(y, pass);
        (self.norm3.forward(y, pass) + self.shortcut.forward(x, pass)).relu()
    }
}

/// A block with strides, and those after it.
#[derive(Module)]
pub struct Stage<In: Size, Width: Size, S: Positive, const BLOCKS: usize> {
    first: Bottleneck<In, Width, S>,
    blocks: [Bottleneck<Times4<Width>, Width, U1>; BLOCKS],
}

impl<B: Dim, H: Size, W: Size, In: Size, Width: Size, S: Positive, const BLOCKS: usize>
    Layer<Tensor![B, H, W, In]> for Stage<In, Width, S, BLOCKS>
{
    type Output = Tensor![B, QuotientUp<H, S>, QuotientUp<W, S>, Times4<Width>];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let x = self.first.forward(x, pass);
        self.blocks.forward(x, pass)
    }
}

type Stage4<Width> = Stage<Times4<Twice<Twice<Width>>>, Twice<Twice<Twice<Width>>>, U2, 2>;

#[derive(Module)]
pub struct ResNet50<Width: Size, Classes: Size> {
    stem: Conv<U3, Width, (U7, U7), Strided<U2>>,
    norm: BatchNorm<Width>,
    stage1: Stage<Width, Width, U1, 2>,
    stage2: Stage<Times4<Width>, Twice<Width>, U2, 3>,
    stage3: Stage<Times4<Twice<Width>>, Twice<Twice<Width>>, U2, 5>,
    stage4: Stage4<Width>,
    head: Linear<Times4<Twice<Twice<Twice<Width>>>>, Classes>,
}

impl<B: Dim, H: Size, W: Size, Width: Size, Classes: Size> Layer<Tensor![B, H, W, 3]>
    for ResNet50<Width, Classes>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        let x = self.stem.forward(x, pass);
        let x = self.norm.forward(x, pass).relu();
        let x = x.max_pool_with::<(U3, U3), (Strided<U2>, Same)>();
        let x: Tensor![B, Half<Half<H>>, Half<Half<W>>, Times4<Width>] =
            self.stage1.forward(x, pass);
        let x = self.stage2.forward(x, pass);
        let x = self.stage3.forward(x, pass);
        let x = self.stage4.forward(x, pass);
        self.head.forward(x.mean_axes::<(Axis<1>, Axis<2>)>(), pass)
    }
}
