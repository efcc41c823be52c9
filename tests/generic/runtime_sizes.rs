//! Images whose height and width only the program knows: the numbers and gradients of the same model over sizes that
//! the compiler knows, bit for bit, and what the program checks.

use nnx::models::{ConvNext, UNet};
use nnx::prelude::*;

use crate::panic_of;

axis!(Height, Width);

/// A network of everything that changes height and width, generic in both without a bound.
#[derive(Module, Clone)]
struct Net<C: Size> {
    stem: Conv<U2, C, (U3, U3), U2>,
    padded: Conv<C, C, (U3, U3), U1, Circular>,
    up: ConvTranspose<C, C, (U3, U3), U2>,
    wide: ConvTranspose<C, C, (U3, U3), U2, Valid>,
    head: Conv<Sum<C, C>, U3, (U1, U1)>,
}

impl<B: Dim, H: Dim, W: Dim, C: Size> Layer<Tensor![B, H, W, 2]> for Net<C> {
    type Output = Tensor![B, H, W, 3];

    fn forward(&self, x: Tensor![B, H, W, 2], pass: &mut Pass) -> Self::Output {
        let half: Tensor![B, QuotientUp<H, U2>, QuotientUp<W, U2>, C] =
            self.stem.forward(x.clone(), pass).relu();
        let half = self.padded.forward(half, pass);
        let quarter = half.clone().max_pool_with::<(U2, U2), U2, Same>();
        let tiles: Tensor![B, { H / 2 }, { W / 2 }, 2] = x.clone().avg_pool::<(U2, U2)>();
        // Up again by four ways, each to a size of its own.
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
fn images<H: Size, W: Size, C: Size>(batch: usize) -> Tensor![Batch, H, W, C] {
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
    conv2: Conv<U8, U16, (U3, U3), U2, Symmetric>,
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

type Line = Tensor![Batch, Height, 1];

fn line(length: usize) -> Line {
    Tensor::from_shape_vec(&[1, length, 1], vec![1.0; length]).expect("a line")
}

#[test]
fn a_window_that_is_longer_than_a_runtime_axis_names_both() {
    let text = |operation: &str, length: usize, padding: &str, window: usize| {
        format!(
            "`{operation}`: the axis `Height` is {length} long{padding}, too short for a window that reaches \
             over {window} elements; take larger images, a smaller window, or a padding such as `Same`"
        )
    };
    fn of_parameter<B: Dim, H: Dim>(x: Tensor![B, H, 1]) -> Tensor![B, { H / 3 }, 1] {
        x.max_pool::<(U3,)>()
    }
    assert_eq!(panic_of(|| line(1).max_pool::<(U2,)>()), text("max_pool", 1, "", 2));
    assert_eq!(panic_of(|| line(2).min_pool::<(U3,)>()), text("min_pool", 2, "", 3));
    assert_eq!(panic_of(|| line(2).avg_pool::<(U3,)>()), text("avg_pool", 2, "", 3));
    assert_eq!(panic_of(|| of_parameter(line(2))), text("max_pool", 2, "", 3));
    let conv = Conv::<U1, U1, (U3,), U1, Valid, U2>::init(&mut Rngs::new(0));
    assert_eq!(panic_of(|| conv.infer(line(4))), text("conv", 4, "", 5));
    assert_eq!(*conv.infer(line(5)).dims(), [1, 1, 1]);
    let conv = Conv::<U1, U1, (U5,), U2, Explicit<(U1, U1)>>::init(&mut Rngs::new(0));
    assert_eq!(panic_of(|| conv.infer(line(2))), text("conv", 2, " with a padding of 2", 5));
    let conv = ConvTranspose::<U1, U1, (U6,), U2, Explicit<(U1, U1)>>::init(&mut Rngs::new(0));
    let found = panic_of(|| conv.infer(line(2)));
    assert_eq!(found, text("conv_transpose", 2, " with a padding of 2", 6));
    assert_eq!(*conv.infer(line(3)).dims(), [1, 2, 1]);
}

#[test]
fn a_concatenation_adds_up_runtime_axes_and_compares_the_others() {
    let both: Tensor![Batch, Sum<Height, Height>, 1] = line(2).concat::<1, _>(line(3));
    assert_eq!(*both.dims(), [1, 5, 1]);
    let longer: Tensor![Batch, { Height + 4 }, 1] =
        line(2).concat::<1, _>(Tensor::<shape![4, 1]>::zeros().insert_axis::<0>().into_batch());
    assert_eq!(longer.to_vec(), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(
        panic_of(|| line(2).concat::<2, _>(line(3))),
        "`concat`: the axis `Height` is 2 on one side and 3 on the other; both tensors must come from the \
         same batch"
    );
}

/// One row as a batch.
trait IntoBatch<S> {
    fn into_batch(self) -> Tensor<S>;
}
impl<A: Dim, C: Dim> IntoBatch<(Batch, A, C)> for Tensor<(U1, A, C)> {
    fn into_batch(self) -> Tensor<(Batch, A, C)> {
        self.try_into_shape().expect("any batch")
    }
}

#[test]
fn a_checked_conversion_names_the_axes_that_differ() {
    let x: Tensor![Batch, Height, Width, 1] =
        images::<U5, U4, U1>(2).try_into_shape().expect("any");
    let up = x.clone().max_pool_with::<(U2, U2), U2, Same>().upsample::<(U2, U2)>();
    assert_eq!(
        up.clone().try_like(&x).expect_err("6 isn't 5").to_string(),
        "`try_like`: axis 1, `ceil(Height / 2) * 2`: expected 5, as `Height` is there, found 6; \
         `resize_nearest_like` or `crop_or_pad_like` bring one image to the size of the other"
    );
    let known = images::<U6, U3, U2>(2);
    assert_eq!(
        up.clone().try_like(&known).expect_err("4 isn't 3").to_string(),
        "`try_like`: axis 2, `ceil(Width / 2) * 2`: expected 3, as `3` is there, found 4; \
         `resize_nearest_like` or `crop_or_pad_like` bring one image to the size of the other"
    );
    let fits: Tensor![Batch, 6, 4, 1] = up.try_like(&images::<U6, U4, U7>(2)).expect("6 and 4");
    assert_eq!(*fits.dims(), [2, 6, 4, 1]);
    let batch = panic_of(|| fits.clone().resize_nearest_like(&images::<U3, U3, U1>(1)));
    assert!(
        batch.starts_with("`resize_nearest_like`: the axis `Batch` is 2 on one side"),
        "{batch}"
    );
    let batch = panic_of(|| fits.crop_or_pad_like(&images::<U3, U3, U1>(1)));
    assert!(batch.starts_with("`crop_or_pad_like`: the axis `Batch` is 2 on one side"), "{batch}");
}

#[test]
fn a_shape_that_does_not_fit_is_told_axis_by_axis() {
    let x: Tensor![Batch, Height, Width, 3] =
        images::<U5, U4, U3>(2).try_into_shape().expect("any");
    let error = |text: &str| format!("expected a tensor of shape {text}");
    let found = x.clone().try_into_shape::<shape![2, 5, 4, 1]>().expect_err("3 isn't 1");
    assert_eq!(
        found.to_string(),
        error("(2, 5, 4, 1), found an array of shape (2, 5, 4, 3): axis 3: expected 1, found 3")
    );
    let found = x.clone().try_into_shape::<shape![Batch, Height, Height, 4]>();
    assert_eq!(
        found.expect_err("5 isn't 4").to_string(),
        error(
            "(Batch, Height, Height, 4), found an array of shape (2, 5, 4, 3): axis 2, `Height`: expected 5, as \
             axis 1 of this name is, found 4; axis 3: expected 4, found 3"
        )
    );
    let found = x.clone().try_into_shape::<shape![Batch, Height, 12]>().expect_err("3 axes");
    assert_eq!(
        found.to_string(),
        error(
            "(Batch, Height, 12), found an array of shape (2, 5, 4, 3): expected 3 axes, found 4"
        )
    );
    let text =
        "(Batch, 5, 5, 3), found an array of shape (2, 5, 4, 3): axis 2: expected 5, found 4";
    let dynamic = x.clone().into_dyn();
    let found = dynamic.clone().try_into_shape::<shape![Batch, 5, 5, 3], f32>();
    assert_eq!(found.expect_err("4 isn't 5").to_string(), error(text));
    assert_eq!(
        panic_of(|| dynamic.clone().assert_shape::<shape![Batch, 5, 5, 3], f32>()),
        error(text)
    );
    let elements = dynamic.try_into_shape::<shape![Batch, 5, 4, 3], f64>();
    assert_eq!(
        elements.expect_err("f32").to_string(),
        "expected elements of type f64, found f32: convert with `cast`"
    );
    let found = x.try_into_shape::<shape![Batch, Sum<Height, Height>, Product<Width, U3>, 3]>();
    assert_eq!(
        found.expect_err("4 isn't a multiple of 3").to_string(),
        error(
            "(Batch, Height + Height, Width * 3, 3), found an array of shape (2, 5, 4, 3): axis 2, `Width * 3`: \
             expected a multiple of 3, found 4"
        )
    );
}
