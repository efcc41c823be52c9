//! Residual stages, generic in height, width, channels and the number of blocks.

use nnx::models::ResidualBlock;
use nnx::prelude::*;

type Half<N> = QuotientUp<N, U2>;
type Halving<In, Out, Window> = Conv<In, Out, (Window, Window), Strided<U2>>;

/// Halves height and width with a projection in the skip connection, followed by all other blocks.
#[derive(Module)]
struct Stage<In: Size, Out: Size, const BLOCKS: usize> {
    down: Halving<In, Out, U3>,
    shortcut: Halving<In, Out, U1>,
    blocks: [ResidualBlock<Out>; BLOCKS],
}

impl<B: Dim, H: Size, W: Size, In: Size, Out: Size, const BLOCKS: usize> Layer<Tensor![B, H, W, In]>
    for Stage<In, Out, BLOCKS>
{
    type Output = Tensor![B, Half<H>, Half<W>, Out];

    fn forward(&self, x: Tensor![B, H, W, In], pass: &mut Pass) -> Self::Output {
        let y = self.down.forward(x.clone(), pass) + self.shortcut.forward(x, pass);
        self.blocks.forward(y, pass)
    }
}

/// Five stages, and the mean over space.
#[derive(Module)]
struct Network<C: Size, Classes: Size> {
    stages: Stages<C>,
    head: Linear<C, Classes>,
}
type Stages<C> = (Stage<U3, C, 1>, Stage<C, C, 2>, Stage<C, C, 1>, Stage<C, C, 0>, Stage<C, C, 1>);

impl<B: Dim, H: Size, W: Size, C: Size, Classes: Size> Layer<Tensor![B, H, W, 3]>
    for Network<C, Classes>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        let x: Tensor![B, Half<Half<Half<Half<Half<H>>>>>, Half<Half<Half<Half<Half<W>>>>>, C] =
            self.stages.forward(x, pass);
        self.head.forward(x.mean_axes::<(Axis<1>, Axis<2>)>(), pass)
    }
}

fn images<H: Size, W: Size>() -> Tensor![Batch, H, W, 3] {
    Tensor::from_vec(vec![0.5; 2 * H::USIZE * W::USIZE * 3]).expect("two images")
}

#[test]
fn the_shapes_halve_five_times_whatever_they_are() {
    let rngs = &mut Rngs::new(0);
    let stages = Stages::<U4>::init(rngs);
    let small: Tensor![Batch, 1, 2, 4] = stages.infer(images::<U32, U64>());
    assert_eq!(*small.dims(), [2, 1, 2, 4]);
    let odd: Tensor![Batch, 2, 4, 4] = stages.infer(images::<U33, U100>());
    assert_eq!(*odd.dims(), [2, 2, 4, 4]);
}

#[test]
fn one_model_takes_images_of_any_size_and_trains() {
    let mut model = Network::<U4, U10>::init(&mut Rngs::new(0));
    let labels: Tensor![Batch; i32] = Tensor::from_vec(vec![3, 7]).expect("two labels");
    let large: Tensor![Batch, 10] = model.infer(images::<U65, U48>());
    assert_eq!(*large.dims(), [2, 10]);
    let mut optimizer = Optimizer::new(&model, adam(1e-2));
    let mut losses = Vec::new();
    for _ in 0..8 {
        let (loss, grads) = value_and_grad(&mut model, |model, pass| {
            softmax_cross_entropy(model.forward(images::<U32, U32>(), pass), labels.clone()).mean()
        })
        .expect("gradients");
        optimizer.update(&mut model, grads).expect("an update");
        losses.push(loss);
    }
    assert!(losses[7] < losses[0], "{losses:?}");
}

#[test]
fn the_parameters_are_counted_by_the_compiler() {
    const BLOCK: usize = 2 * (9 * 16 * 16 + 16) + 2 * 2 * 16;
    const _: () = assert!(ResidualBlock::<U16>::PARAMETERS == BLOCK);
    let model = Stages::<U16>::init(&mut Rngs::new(0));
    assert_eq!(parameters(&model), Stages::<U16>::PARAMETERS);
}

/// Three unpadded layers in a row over axes of any kind, without a bound on their output sizes.
#[derive(Module)]
struct Unpadded {
    first: Conv<U1, U2, (U5, U5), GenericValid>,
    pool: MaxPool<(U3, U3), (Strided<U2>, GenericValid)>,
    second: Conv<U2, U3, (U3, U3), (Strided<U2>, GenericValid)>,
}

type Left<N> = Windows<Windows<Windows<N, U5, U1>, U3, U2>, U3, U2>;

impl<B: Dim, H: Dim, W: Dim> Layer<Tensor![B, H, W, 1]> for Unpadded {
    type Output = Tensor![B, Left<H>, Left<W>, 3];

    fn forward(&self, x: Tensor![B, H, W, 1], pass: &mut Pass) -> Self::Output {
        let x = self.first.forward(x, pass).relu();
        self.second.forward(self.pool.forward(x, pass), pass)
    }
}

#[test]
fn unpadded_layers_in_a_row_need_no_bound_and_agree_for_sizes_and_runtime_axes() {
    axis!(Height, Width);
    let model = Unpadded::init(&mut Rngs::new(0));
    let pixels: Vec<f32> = (0..17 * 20).map(|i| (i % 13) as f32 / 13.0).collect();
    let known: Tensor![Batch, 17, 20, 1] = Tensor::from_vec(pixels.clone()).expect("an image");
    let runtime: Tensor![Batch, Height, Width, 1] =
        Tensor::from_shape_vec(&[1, 17, 20, 1], pixels).expect("an image");
    let known: Tensor![Batch, 2, 3, 3] = model.infer(known);
    let runtime = model.infer(runtime);
    assert_eq!(*runtime.dims(), [1, 2, 3, 3]);
    assert_eq!(runtime.to_vec(), known.to_vec());
}

#[test]
#[should_panic(
    expected = "the axis `Height` is 4 long, too short for a window that reaches over 5 elements"
)]
fn a_window_that_does_not_fit_a_runtime_axis_is_refused() {
    axis!(Height, Width);
    let small: Tensor![Batch, Height, Width, 1] =
        Tensor::from_shape_vec(&[1, 4, 9, 1], vec![0.0; 36]).expect("an image");
    drop(Unpadded::init(&mut Rngs::new(0)).infer(small));
}
