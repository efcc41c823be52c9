//! Pipelines of layers, checked from end to end; models behind trait objects, and conversions back.

use std::collections::BTreeMap;

use nnx::array::Array;
use nnx::models::SimpleCnn;
use nnx::module::{ErasedModel, TypedModel};
use nnx::prelude::*;

type Pixels = Tensor![Batch, 28, 28; u8];
type Images = Tensor![Batch, 28, 28, 1];
type Logits = Tensor![Batch, 10];

/// Bytes to grey values within 0 to 1.
#[derive(Module)]
struct Preprocess;

impl Layer<Pixels> for Preprocess {
    type Output = Images;
    fn forward(&self, x: Pixels, _: &mut Pass) -> Images {
        (x.cast::<f32>() / 255.0).insert_axis::<3>().reshape()
    }
}

/// The digit of the largest logit.
#[derive(Module)]
struct Postprocess;

impl Layer<Logits> for Postprocess {
    type Output = Tensor![Batch; i32];
    fn forward(&self, x: Logits, _: &mut Pass) -> Self::Output {
        x.argmax()
    }
}

/// A function that takes any classifier of such images.
fn accuracy(
    model: &impl Layer<Images, Output = Logits>,
    images: Images,
    labels: Tensor![Batch; i32],
) -> f32 {
    nnx::prelude::accuracy(model.infer(images), &labels)
}

fn cnn() -> SimpleCnn<U10> {
    SimpleCnn::init(&mut Rngs::new(0))
}

fn images(count: usize) -> Images {
    Tensor::from_vec(vec![0.25; count * 28 * 28]).expect("whole images")
}

#[test]
fn a_function_takes_any_layer_of_its_shapes() {
    let labels: Tensor![Batch; i32] = cnn().infer(images(2)).argmax();
    assert!((accuracy(&cnn(), images(2), labels.clone()) - 1.0).abs() < f32::EPSILON);
    let boxed: Box<dyn Layer<Images, Output = Logits>> = Box::new(cnn());
    assert!((accuracy(&boxed, images(2), labels) - 1.0).abs() < f32::EPSILON);
}

#[test]
fn preprocessing_model_and_postprocessing_are_one_layer() {
    let pipeline = (Preprocess, cnn(), Postprocess);
    let pixels: Pixels = Tensor::from_vec(vec![64; 3 * 28 * 28]).expect("whole images");
    let digits: Tensor![Batch; i32] = pipeline.infer(pixels);
    let grey = Tensor::from_vec(vec![64.0 / 255.0; 3 * 28 * 28]).expect("whole images");
    let expected: Tensor![Batch; i32] = cnn().infer(grey).argmax();
    assert_eq!(digits.to_vec(), expected.to_vec());
}

#[test]
fn layers_of_different_types_fit_into_one_list() {
    type Dense = (Flatten, Linear<dim!(28 * 28), U10>);
    let dense = Dense::init(&mut Rngs::new(1));
    let models: Vec<Box<dyn Layer<Images, Output = Logits>>> =
        vec![Box::new(cnn()), Box::new(dense)];
    let sizes: Vec<_> = models.iter().map(|model| model.infer(images(2)).dims().to_vec()).collect();
    assert_eq!(sizes, [[2, 10], [2, 10]]);
}

/// Type-erased layers: their parameters have the same paths as before.
#[test]
fn an_erased_model_is_a_module() {
    let model = cnn();
    let before = state(&model);
    let mut erased = ErasedModel::new::<Images>(model);
    assert_eq!(parameters(&erased), 421_642);
    let paths = |state: &State| state.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>();
    assert_eq!(paths(&state(&erased)), paths(&before));
    let other = state(&SimpleCnn::<U10>::init(&mut Rngs::new(1)));
    update(&mut erased, &other).expect("the same paths and shapes");
    let back: SimpleCnn<U10> = erased.downcast::<Images, _>().expect("it is one");
    let kernel = nnx::module::Path::parse("dense2/kernel");
    let array = |state: &State| state.get(&kernel).expect("a kernel").array.clone();
    assert_eq!(array(&state(&back)), array(&other));
}

#[test]
fn erased_models_fit_into_a_map_and_check_their_input() {
    let mut models = BTreeMap::new();
    models.insert("cnn", ErasedModel::new::<Images>(cnn()));
    models
        .insert("line", ErasedModel::new::<Tensor![3]>(Linear::<U3, U2>::init(&mut Rngs::new(0))));
    let grey = Array::new(vec![0.25f32; 2 * 28 * 28], &[2, 28, 28, 1]).expect("two images");
    let expected = cnn().infer(images(2));
    let found = models["cnn"].infer(grey.clone().into()).expect("images");
    assert_eq!(found.array(), expected.array());
    let error = models["line"].infer(grey.into()).expect_err("four axes aren't one");
    assert_eq!(
        error.to_string(),
        "expected a tensor of shape (3,), found an array of shape (2, 28, 28, 1): expected 1 axis, found 4"
    );
    let bytes = Array::new(vec![1u8; 3], &[3]).expect("three bytes");
    let error = models["line"].infer(bytes.into()).expect_err("bytes aren't f32");
    assert_eq!(error.to_string(), "expected elements of type f32, found u8: convert with `cast`");
}

#[test]
fn the_way_back_to_a_layer_is_checked_and_loses_nothing() {
    let erased = ErasedModel::new::<Images>(cnn());
    let error = erased.typed::<Images, Tensor![Batch, 100]>().expect_err("ten classes");
    assert_eq!(
        error.to_string(),
        "expected a model from (Batch, 28, 28, 1) f32 to (Batch, 100) f32, \
         found one from (Batch, 28, 28, 1) f32 to (Batch, 10) f32"
    );
    let layer: TypedModel<Images, Logits> = error.model.typed().expect("these are its shapes");
    let labels: Tensor![Batch; i32] = layer.infer(images(2)).argmax();
    assert!((accuracy(&layer, images(2), labels) - 1.0).abs() < f32::EPSILON);
}

#[test]
fn the_way_back_to_a_model_is_checked_and_loses_nothing() {
    let erased = ErasedModel::new::<Images>(cnn());
    let error = erased.downcast::<Images, Linear<U3, U2>>().map(|_| ()).expect_err("a network");
    let text = error.to_string();
    assert!(text.starts_with("expected a model of type nnx_core::nn::linear::Linear<"), "{text}");
    assert!(
        text.ends_with("found one from (Batch, 28, 28, 1) f32 to (Batch, 10) f32 of another type"),
        "{text}"
    );
    assert_eq!(parameters(&error.model), 421_642);
}

#[test]
fn gradients_flow_through_an_erased_model() {
    let mut erased = ErasedModel::new::<Tensor![3]>(Linear::<U3, U2>::init(&mut Rngs::new(0)));
    let (_, gradients) = value_and_grad(&mut erased, |model, pass| {
        let x = Tensor::<(U3,)>::from([1.0, 2.0, 3.0]);
        let y = model.forward(x.into_dyn(), pass)?;
        Ok::<_, nnx::Error>(Tensor::<(U2,)>::try_from(y)?.sum())
    })
    .expect("a gradient");
    let kernel = gradients.get(&nnx::module::Path::parse("kernel")).expect("of the kernel");
    assert_eq!(kernel.array.to_vec::<f32>().expect("f32"), [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
}

#[test]
fn a_tuple_holds_sixteen_layers() {
    type Two = Linear<U2, U2>;
    #[derive(Module)]
    #[rustfmt::skip]
    struct Deep {
        layers: (
            Two, Relu, Two, Relu, Two, Relu, Two, Relu, Two, Relu, Two, Relu, Two, Relu, Two, Relu,
        ),
    }
    const { assert!(Deep::PARAMETERS == 8 * (2 * 2 + 2)) };
    let model = Deep::init(&mut Rngs::new(0));
    assert_eq!(parameters(&model), Deep::PARAMETERS);

    let (a, _, b, _, c, _, d, _, e, _, f, _, g, _, h, _) = &model.layers;
    let x: Tensor![3, 2] = Tensor::from([[1.0, -2.0], [0.5, 4.0], [-3.0, 1.5]]);
    let expected =
        [a, b, c, d, e, f, g, h].iter().fold(x.clone(), |x, layer| layer.infer(x).relu());
    assert_eq!(model.layers.infer(x).to_vec(), expected.to_vec());
}

#[test]
fn a_list_holds_layers_of_different_types() {
    type Wide = Tensor![Batch, 2];
    let dense = Linear::<U2, U2>::init(&mut Rngs::new(0));
    let layers = vec![TypedModel::<Wide, Wide>::new(dense.clone()), TypedModel::new(Relu)];
    let x: Wide = Tensor::from_vec(vec![1.0, -2.0, 0.5, 4.0]).expect("two rows");
    assert_eq!(layers.infer(x.clone()).to_vec(), dense.infer(x).relu().to_vec());
    assert_eq!(parameters(&layers), 6);
}
