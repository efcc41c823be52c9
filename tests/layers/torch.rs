//! Layers that PyTorch has and Flax doesn't, against PyTorch in f64.

use nnx::io::{Foreign, Source};
use nnx::prelude::*;

use crate::case::Case;
use crate::golden::{Errors, Golden};

fn case(name: &'static str) -> Case {
    Case::of_torch("torch", name)
}

fn check<S: Shape, O: Shape, M>(name: &'static str, mut layer: M)
where
    M: Module + Layer<Tensor<S>, Output = Tensor<O>>,
{
    case(name).load(&mut layer);
    case(name).check::<M, S, O>(&mut layer);
}

#[test]
fn channels_become_pixels_in_the_order_of_pytorch() {
    type Small = shape![2, 3, 2, 12];
    check::<Small, shape![2, 6, 4, 3], _>("pixel shuffle", PixelShuffle::<(U2, U2)>::new());
    type Large = shape![2, 6, 4, 3];
    check::<Large, Small, _>("pixel unshuffle", PixelUnshuffle::<(U2, U2)>::new());
}

#[test]
fn images_are_resized_as_by_interpolate_without_aligned_corners() {
    let sharp = Interpolation::linear().antialias(false);
    check::<shape![2, 7, 2], shape![2, 12, 2], _>(
        "resize linear antialias=false 12",
        Resize::<(U12,)>::new().by(sharp),
    );
    check::<shape![2, 7, 2], shape![2, 3, 2], _>(
        "resize linear antialias=false 3",
        Resize::<(U3,)>::new().by(sharp),
    );
    type Photo = shape![1, 5, 8, 2];
    check::<Photo, shape![1, 9, 5, 2], _>(
        "resize bilinear antialias=false 9x5",
        Resize::<(U9, U5)>::new().by(sharp),
    );
    check::<Photo, shape![1, 2, 11, 2], _>(
        "resize bilinear antialias=true 2x11",
        Resize::<(U2, U11)>::new(),
    );
    check::<shape![1, 3, 4, 5, 1], shape![1, 5, 2, 7, 1], _>(
        "resize trilinear antialias=false 5x2x7",
        Resize::<(U5, U2, U7)>::new().by(sharp),
    );
    let cubic = Interpolation::torch_bicubic();
    check::<Photo, shape![1, 9, 5, 2], _>(
        "resize bicubic antialias=false 9x5",
        Resize::<(U9, U5)>::new().by(cubic),
    );
    check::<Photo, shape![1, 2, 3, 2], _>(
        "resize bicubic antialias=false 2x3",
        Resize::<(U2, U3)>::new().by(cubic),
    );
    check::<shape![1, 1, 2, 2], shape![1, 4, 5, 2], _>(
        "resize bicubic antialias=false 4x5",
        Resize::<(U4, U5)>::new().by(cubic),
    );
    check::<Photo, shape![1, 9, 3, 2], _>(
        "resize bicubic antialias=true 9x3",
        Resize::<(U9, U3)>::new().by(Interpolation::cubic()),
    );
}

#[test]
fn a_slope_for_each_channel() {
    check::<shape![Batch, 3, 4], shape![Batch, 3, 4], _>("prelu", ChannelPRelu::<U4>::new(0.25));
}

/// PyTorch's padding p is `r - 1 - p` zeros on both sides, of an effective kernel size r, and its output padding are that
/// many zeros more after the image.
#[test]
fn output_padding_is_explicit_padding_after_the_image() {
    type Padding = Explicit<(U1, U2), (U1, U2)>;
    check::<shape![2, 4, 3, 2], shape![2, 8, 6, 5], _>(
        "conv_transpose stride=2 padding=1 output_padding=1 dilation=1",
        ConvTranspose::<U2, U5, (U3, U3), (OutIn, Padding, Strided<U2>)>::init(&mut Rngs::new(0)),
    );
    type Wide = Explicit<(U2, U4), (U2, U4)>;
    check::<shape![2, 4, 3, 2], shape![2, 14, 11, 5], _>(
        "conv_transpose stride=3 padding=0 output_padding=2 dilation=1",
        ConvTranspose::<U2, U5, (U3, U3), (OutIn, Wide, Strided<U3>)>::init(&mut Rngs::new(0)),
    );
    type Narrow = Explicit<(U2, U3), (U2, U3)>;
    type Dilated = (OutIn, Narrow, Strided<U2>, KernelDilation<U2>);
    check::<shape![2, 4, 3, 2], shape![2, 8, 6, 5], _>(
        "conv_transpose stride=2 padding=2 output_padding=1 dilation=2",
        ConvTranspose::<U2, U5, (U3, U3), Dilated>::init(&mut Rngs::new(0)),
    );
}

/// The gradient of a maximum that rows share isn't compared: PyTorch gives it to the first row.
#[test]
fn bags_of_embeddings() {
    for (name, at_offsets, mode) in [
        ("embedding bag sum", "embedding bag sum offsets", BagMode::Sum),
        ("embedding bag mean", "embedding bag mean offsets", BagMode::Mean),
        ("embedding bag max", "embedding bag max offsets", BagMode::Max),
    ] {
        let mut bags = EmbeddingBag::<U7, U4>::init(&mut Rngs::new(0)).mode(mode);
        let golden = case(name);
        golden.load(&mut bags);
        let indices: Tensor![3, 4; i32] = golden.input(0);
        golden.check_with(&mut bags, (), |bags, (), pass| bags.forward(indices.clone(), pass));

        let golden = case(at_offsets);
        let (indices, offsets): (Tensor![12; i32], Tensor![5; i32]) =
            (golden.input(0), golden.input(1));
        golden.check_with(&mut bags, (), |bags, (), pass| {
            bags.at_offsets(indices.clone(), &offsets, pass)
        });
    }
}

#[test]
fn the_state_dict_of_a_gru_loads() {
    #[derive(Module)]
    struct Model {
        gru: Rnn<TorchGruCell<U3, U4>>,
    }
    let names = Foreign::new(|path| {
        let path = path.to_string();
        match path.strip_prefix("gru/cell/")? {
            "dense_i/kernel" => Some(Source::named("gru.weight_ih_l0").permute(&[1, 0])),
            "dense_i/bias" => Some(Source::named("gru.bias_ih_l0")),
            "dense_h/kernel" => Some(Source::named("gru.weight_hh_l0").permute(&[1, 0])),
            "dense_h/bias" => Some(Source::named("gru.bias_hh_l0")),
            _ => None,
        }
    });
    let names = names.ignoring(|name| name.starts_with("case/"));
    let mut model = Model::init(&mut Rngs::new(0));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/");
    names
        .load(&mut model, format!("{folder}torch_gru.safetensors"))
        .expect("all tensors are there");

    let golden = Golden::open("torch_gru");
    let mut errors = Errors::of("torch_gru", 1e-5);
    let x: Tensor![2, 5, 3] = golden.tensor("case/input");
    let cotangent: Tensor![2, 5, 4] = golden.tensor("case/cotangent");
    let y = model.gru.infer(x.clone());
    errors.compare("output", &y.to_vec(), &golden.numbers("case/output"));
    let slope = gradient(|x| (model.gru.infer(x) * cotangent.clone()).sum(), x.clone());
    errors.compare("input gradient", &slope.to_vec(), &golden.numbers("case/input gradient"));
    let grads = grad(&mut model, |model, pass| {
        (model.gru.forward(x.clone(), pass) * cotangent.clone()).sum()
    });
    let grads = grads.expect("gradients");
    for (path, name) in [("dense_i/bias", "bias_ih_l0"), ("dense_h/bias", "bias_hh_l0")] {
        let path = nnx::module::Path::parse(&format!("gru/cell/{path}"));
        let found = grads.get(&path).expect("a gradient").array.to_vec::<f32>().expect("f32");
        errors.compare(name, &found, &golden.numbers(&format!("case/gradient/gru.{name}")));
    }
}
