//! Images whose height and width only the program knows: the numbers and gradients of the same model over sizes that
//! the compiler knows, bit for bit.

use nnx::models::{ConvNext, UNet};
use nnx::prelude::*;

axis!(pub(crate) Height, pub(crate) Width);

/// A network of everything that changes height and width, generic in both without a bound.
#[derive(Module, Clone)]
struct Net<C: Size> {
    stem: Conv<U2, C, (U3, U3), Strided<U2>>,
    padded: Conv<C, C, (U3, U3), Circular>,
    up: ConvTranspose<C, C, (U3, U3), Strided<U2>>,
    wide: ConvTranspose<C, C, (U3, U3), (Strided<U2>, Valid)>,
    head: Conv<Sum<C, C>, U3, (U1, U1)>,
}

impl<B: Dim, H: Dim, W: Dim, C: Size> Layer<Tensor![B, H, W, 2]> for Net<C> {
    type Output = Tensor![B, H, W, 3];

    fn forward(&self, x: Tensor![B, H, W, 2], pass: &mut Pass) -> Self::Output {
        let half: Tensor![B, QuotientUp<H, U2>, QuotientUp<W, U2>, C] =
            self.stem.forward(x.clone(), pass).relu();
        let half = self.padded.forward(half, pass);
        let quarter = half.clone().max_pool_with::<(U2, U2), Same>();
        let tiles: Tensor![B, { H / 2 }, { W / 2 }, 2] = x.clone().avg_pool::<(U2, U2)>();
        // Upsampled in four ways, each to the size of a skip connection.
        let up = self.up.forward(quarter.clone(), pass).crop_or_pad_like(&half);
        let wide = self.wide.forward(quarter.clone(), pass).crop_or_pad_like(&half);
        let near = (quarter.upsample::<(U2, U2)>().resize_nearest_like(&half) + up) * wide;
        let near = near.resize_nearest_like(&x);
        let tiles = tiles.resize_nearest_like(&x);
        let whole =
            near.clone().concat::<3, _>(near) + tiles.sum_axes::<Axis<3>>().insert_axis::<3>();
        self.head.forward(whole, pass)
    }
}

/// Numbers without an order, of images of these sizes.
pub(crate) fn images<H: Size, W: Size, C: Size>(batch: usize) -> Tensor![Batch, H, W, C] {
    let count = batch * H::USIZE * W::USIZE * C::USIZE;
    let hashed = |i: u32| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0;
    Tensor::from_shape_vec(
        &[batch, H::USIZE, W::USIZE, C::USIZE],
        (0..u32::try_from(count).expect("a small batch")).map(hashed).collect(),
    )
    .expect("the shape")
}

/// Values and gradients of the model over sizes and over runtime axes.
fn agrees<M, C, O, H, W>(model: &M)
where
    M: Module + Clone,
    C: Size,
    O: Size,
    H: Size,
    W: Size,
    M: Layer<Tensor![Batch, H, W, C], Output = Tensor![Batch, H, W, O]>,
    M: Layer<Tensor![Batch, Height, Width, C], Output = Tensor![Batch, Height, Width, O]>,
{
    let known = images::<H, W, C>(2);
    let runtime: Tensor![Batch, Height, Width, C] =
        known.clone().try_into_shape().expect("any height and width");
    let at = (H::USIZE, W::USIZE);
    let (y, z) = (model.infer(known.clone()), model.infer(runtime.clone()));
    assert_eq!(y.dims(), z.dims(), "{at:?}");
    assert_eq!(bits(y.to_vec()), bits(z.to_vec()), "{at:?}");

    let (mut one, mut two) = (model.clone(), model.clone());
    let (loss, expected) =
        value_and_grad(&mut one, |model, pass| model.forward(known, pass).square().mean())
            .expect("gradients");
    let (same, found) =
        value_and_grad(&mut two, |model, pass| model.forward(runtime, pass).square().mean())
            .expect("gradients");
    assert_eq!(loss.to_bits(), same.to_bits(), "{at:?}");
    assert_eq!(expected.iter().count(), found.iter().count());
    for ((path, expected), (_, found)) in expected.iter().zip(found.iter()) {
        let [expected, found] =
            [expected, found].map(|entry| bits(entry.array.to_vec::<f32>().expect("f32")));
        assert_eq!(expected, found, "{path} at {at:?}");
    }
}

fn bits(numbers: Vec<f32>) -> Vec<u32> {
    numbers.into_iter().map(f32::to_bits).collect()
}

/// Calls a function for heights and widths, even and odd ones.
macro_rules! for_sizes {
    ($function:ident $arguments:tt $model:expr; $($height:ident $width:ident),*) => { $(
        for_sizes!(@call $function $arguments $model; $height $width);
    )* };
    (@call $function:ident [$($argument:ty),*] $model:expr; $height:ident $width:ident) => {
        $function::<$($argument,)* $height, $width>($model)
    };
}

#[test]
fn every_way_to_change_a_size_gives_the_bits_of_known_sizes() {
    let model = Net::<U4>::init(&mut Rngs::new(0));
    for_sizes!(agrees [Net<U4>, U2, U3] &model; U2 U2, U3 U2, U4 U7, U5 U5, U8 U12, U9 U6, U13 U17);
}

#[test]
fn a_u_net_over_runtime_sizes_gives_the_bits_of_known_sizes() {
    let model = UNet::<U3, U1, U2>::init(&mut Rngs::new(0));
    for_sizes!(agrees [UNet<U3, U1, U2>, U1, U3] &model; U1 U1, U2 U3, U7 U5, U16 U12, U13 U20, U17 U16);
}

/// A convolutional network as one writes it, for images of any size.
#[derive(Module, Clone)]
struct Cnn {
    conv1: Conv<U3, U8, (U3, U3)>,
    conv2: Conv<U8, U16, (U3, U3), (Strided<U2>, Symmetric)>,
    norm: BatchNorm<U16>,
    head: Linear<U16, U10>,
}

impl<B: Dim, H: Dim, W: Dim> Layer<Tensor![B, H, W, 3]> for Cnn {
    type Output = Tensor![B, 10];

    fn forward(&self, x: Tensor![B, H, W, 3], pass: &mut Pass) -> Self::Output {
        let x = self.conv1.forward(x, pass).relu().max_pool::<(U2, U2)>();
        let x = self.conv2.forward(x, pass);
        let x = self.norm.forward(x, pass).relu();
        self.head.forward(x.mean_axes::<(Axis<1>, Axis<2>)>(), pass)
    }
}

#[test]
fn a_convolutional_network_classifies_images_of_any_size() {
    /// The logits, and the gradients of their squares.
    fn run<H: Dim, W: Dim>(model: &Cnn, x: Tensor![Batch, H, W, 3]) -> Vec<Vec<u32>> {
        let mut model = model.clone();
        let logits = model.infer(x.clone()).to_vec();
        let (_, gradients) =
            value_and_grad(&mut model, |model, pass| model.forward(x, pass).square().mean())
                .expect("gradients");
        let arrays = gradients.iter().map(|(_, entry)| entry.array.to_vec().expect("f32"));
        [logits].into_iter().chain(arrays).map(bits).collect()
    }
    fn check<H: Size, W: Size>(model: &Cnn) {
        let known = images::<H, W, U3>(3);
        let runtime: Tensor![Batch, Height, Width, 3] =
            known.clone().try_into_shape().expect("any height and width");
        let found = run(model, runtime);
        assert_eq!(found.len(), 1 + 8);
        assert_eq!(run(model, known), found);
    }
    let model = Cnn::init(&mut Rngs::new(0));
    check::<U2, U3>(&model);
    check::<U7, U8>(&model);
    check::<U11, U5>(&model);
}

#[test]
fn models_of_the_crate_take_images_of_any_size() {
    let model = ConvNext::<U4, U4>::init(&mut Rngs::new(0));
    let known = images::<U32, U64, U3>(1);
    let runtime: Tensor![Batch, Height, Width, 3] = known.clone().try_into_shape().expect("any");
    assert_eq!(bits(model.infer(known).to_vec()), bits(model.infer(runtime).to_vec()));
}
