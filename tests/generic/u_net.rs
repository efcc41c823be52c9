//! A U-Net, generic in height, width, channels and classes: down twice, up twice, with skips.

use nnx::prelude::*;

type Half<N> = QuotientUp<N, U2>;
type Double<C> = Product<C, U2>;

/// Two convolutions that keep height and width.
#[derive(Module)]
struct Convolutions<In: Size, Out: Size> {
    conv1: Conv<In, Out, (U3, U3)>,
    norm: BatchNorm<Out>,
    conv2: Conv<Out, Out, (U3, U3)>,
}

impl<B: Dim, H: Size, W: Size, In: Size, Out: Size> Layer<Tensor![B, H, W, In]>
    for Convolutions<In, Out>
{
    type Output = Tensor![B, H, W, Out];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let x = self.norm.forward(self.conv1.forward(x, pass), pass).silu();
        self.conv2.forward(x, pass).silu()
    }
}

/// A level: halve, work there, come back to the size of the skip, and both together.
#[derive(Module)]
struct Level<C: Size, Inner> {
    down: Conv<C, Double<C>, (U3, U3), (U2, U2)>,
    inner: Inner,
    merge: Convolutions<Sum<C, Double<C>>, C>,
}

impl<B, H, W, C, Inner> Layer<Tensor![B, H, W, C]> for Level<C, Inner>
where
    B: Dim,
    H: Size,
    W: Size,
    C: Size,
    Inner: Layer<
            Tensor![B, Half<H>, Half<W>, Double<C>],
            Output = Tensor![B, Half<H>, Half<W>, Double<C>],
        >,
{
    type Output = Tensor![B, H, W, C];

    fn forward(&self, skip: Tensor![B, H, W, C], pass: &mut Pass) -> Self::Output {
        let x = self.inner.forward(self.down.forward(skip.clone(), pass), pass);
        let x: Tensor![B, H, W, Double<C>] = x.resize_nearest::<(H, W)>();
        self.merge.forward(skip.concat::<3, _>(x), pass)
    }
}

/// Images to a logit for each pixel and class.
#[derive(Module)]
struct UNet<C: Size, Classes: Size> {
    first: Convolutions<U3, C>,
    levels: Level<C, Level<Double<C>, Convolutions<Double<Double<C>>, Double<Double<C>>>>>,
    last: Conv<C, Classes, (U1, U1)>,
}

fn segment<B: Dim, H: Size, W: Size, C: Size, Classes: Size>(
    net: &UNet<C, Classes>,
    x: Tensor![B, H, W, 3],
    pass: &mut Pass,
) -> Tensor![B, H, W, Classes] {
    let x = net.first.forward(x, pass);
    net.last.forward(net.levels.forward(x, pass), pass)
}

fn images<H: Size, W: Size>() -> Tensor![Batch, H, W, 3] {
    Tensor::from_vec(vec![0.5; 2 * H::USIZE * W::USIZE * 3]).expect("two images")
}

#[test]
fn the_output_has_the_size_of_the_input_whatever_it_is() {
    let net = UNet::<U4, U5>::init(&mut Rngs::new(0));
    let pass = &mut Pass::eval();
    let even: Tensor![Batch, 16, 24, 5] = segment(&net, images::<U16, U24>(), pass);
    assert_eq!(*even.dims(), [2, 16, 24, 5]);
    let odd: Tensor![Batch, 13, 7, 5] = segment(&net, images::<U13, U7>(), pass);
    assert_eq!(*odd.dims(), [2, 13, 7, 5]);
}

#[test]
fn gradients_reach_both_sides_of_the_skips() {
    let mut net = UNet::<U4, U5>::init(&mut Rngs::new(0));
    let (_, grads) = value_and_grad(&mut net, |net, pass| {
        segment(net, images::<U9, U8>(), pass).square().mean()
    })
    .expect("gradients");
    for (path, entry) in grads.iter() {
        let zero = entry.array.to_vec::<f32>().expect("f32").iter().all(|x| *x == 0.0);
        assert!(!zero, "no gradient reaches {path}");
    }
}
