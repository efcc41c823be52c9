//! Normalizations.

use nnx::prelude::*;
use nnx::random::init;

use crate::case::Case;

/// A scale and a bias that start away from 1 and 0.
pub(crate) fn started() -> NormOptions {
    NormOptions::default().scale(init::uniform(2.0)).bias(init::normal(0.5))
}

/// The options by their names in the goldens.
pub(crate) fn options() -> [(&'static str, NormOptions); 6] {
    [
        ("default", NormOptions::default()),
        ("started", started()),
        ("no scale", started().without_scale()),
        ("no bias", started().without_bias()),
        ("neither", started().without_scale().without_bias()),
        ("epsilon", started().epsilon(0.1)),
    ]
}

fn case(name: String) -> Case {
    Case::open("normalization", name.leak())
}

fn layer_norm<S: Shape>(name: &str, options: &NormOptions)
where
    LayerNorm<U5>: Layer<Tensor<S>, Output = Tensor<S>>,
{
    let mut layer = LayerNorm::<U5>::with(options, &mut Rngs::new(0));
    case(format!("layer norm {name}")).check::<_, S, S>(&mut layer);
}

#[test]
fn layer_norm_under_all_options() {
    for (name, options) in options() {
        layer_norm::<shape![Batch, 3, 5]>(name, &options);
    }
}

#[test]
fn layer_norm_of_any_rank() {
    layer_norm::<shape![5]>("rank=1", &started());
    layer_norm::<shape![Batch, 5]>("rank=2", &started());
    layer_norm::<shape![Batch, Time, 4, 5]>("rank=4", &started());
}

#[test]
fn layer_norm_is_right_far_from_zero() {
    let norm = LayerNorm::<U3>::init(&mut Rngs::new(0));
    let (y, slope) = value_and_gradient(
        |x| {
            let y = norm.infer(x);
            (y * Tensor::from([1.0, 2.0, 4.0])).sum()
        },
        Tensor::from([10000.0, 10001.0, 10003.0]),
    );
    // (-4/3, -1/3, 5/3) / sqrt(14/9), summed with weights.
    let expected = (-4.0 / 3.0 - 2.0 / 3.0 + 20.0 / 3.0) / (14.0f64 / 9.0).sqrt();
    assert!((f64::from(y.item()) - expected).abs() < 1e-5, "{y:?} instead of {expected}");
    // The weights are parallel to x, so y doesn't depend on the scale of x.
    assert!(slope.to_vec().iter().all(|slope| slope.abs() < 0.1), "{slope:?}");
}

#[test]
fn layer_norm_over_two_axes_is_that_over_their_product() {
    let mut rngs = Rngs::new(0);
    let two = LayerNorm::<(U3, U4)>::init(&mut rngs);
    let one = LayerNorm::<U12>::init(&mut rngs);
    assert_eq!(*two.scale.as_ref().expect("a scale").value().dims(), [3, 4]);
    let x: Tensor![Batch, 3, 4] =
        Tensor::from_vec((0..24u8).map(|i| f32::from(i * 7 % 11)).collect()).expect("two examples");
    let flat = one.infer(x.clone().flatten());
    assert_eq!(two.infer(x.clone()).to_vec(), flat.to_vec());
    let rms = RmsNorm::<(U3, U4)>::init(&mut rngs).infer(x.clone());
    assert_eq!(rms.to_vec(), RmsNorm::<U12>::init(&mut rngs).infer(x.flatten()).to_vec());
}

#[test]
fn rms_norm_under_all_options() {
    let options = [
        ("default", NormOptions::default()),
        ("started", started()),
        ("no scale", started().without_scale()),
        ("epsilon", NormOptions::default().epsilon(0.1)),
    ];
    for (name, options) in options {
        let mut layer = RmsNorm::<U5>::with(&options, &mut Rngs::new(0));
        case(format!("rms norm {name} rank=1")).check::<_, shape![5], _>(&mut layer);
        let mut layer = RmsNorm::<U5>::with(&options, &mut Rngs::new(0));
        case(format!("rms norm {name} rank=3")).check::<_, shape![Batch, 3, 5], _>(&mut layer);
    }
}

fn batch_norm<S: Shape>(name: &str, mut layer: BatchNorm<U4>)
where
    BatchNorm<U4>: Layer<Tensor<S>, Output = Tensor<S>>,
{
    case(format!("batch norm {name}")).check::<_, S, S>(&mut layer);
}

#[test]
fn batch_norm_under_all_options() {
    for (name, options) in options() {
        batch_norm::<shape![Batch, 4]>(name, BatchNorm::with(&options, &mut Rngs::new(0)));
    }
}

#[test]
fn batch_norm_over_any_leading_axes() {
    let layer = || BatchNorm::with(&started(), &mut Rngs::new(0));
    batch_norm::<shape![Batch, 3, 4]>("shape=2x3x4", layer());
    batch_norm::<shape![Batch, 3, 2, 4]>("shape=2x3x2x4", layer());
    batch_norm::<shape![Batch, Time, 3, 2, 4]>("shape=2x2x3x2x4", layer());
}

#[test]
fn batch_norm_of_one_example_is_its_bias() {
    let layer = BatchNorm::with(&started(), &mut Rngs::new(0));
    batch_norm::<shape![Batch, 4]>("shape=1x4", layer);
}

#[test]
fn batch_norm_of_any_momentum() {
    let layer = |momentum| BatchNorm::with(&started(), &mut Rngs::new(0)).momentum(momentum);
    batch_norm::<shape![Batch, 4]>("momentum=0.0", layer(0.0));
    batch_norm::<shape![Batch, 4]>("momentum=0.5", layer(0.5));
    batch_norm::<shape![Batch, 4]>("momentum=0.9", layer(0.9));
    batch_norm::<shape![Batch, 4]>("momentum=1.0", layer(1.0));
}

#[test]
fn batch_norm_may_use_its_running_statistics_in_training() {
    let layer = BatchNorm::with(&started(), &mut Rngs::new(0)).use_running_average();
    batch_norm::<shape![Batch, 4]>("running average", layer);
}

/// Exact equality: the values minus their mean are integers.
#[test]
fn all_normalizations_are_right_far_from_zero() {
    let rngs = &mut Rngs::new(0);
    let at = |offset: f32| -> Tensor![1, 3, 2] {
        let pixel = |a: f32, b: f32| [offset + a, offset + b];
        Tensor::from([[pixel(0.0, 1.0), pixel(1.0, 5.0), pixel(2.0, 6.0)]])
    };
    let far = 1e6;
    let norm = BatchNorm::<U2>::init(rngs);
    let train = |x| norm.forward(x, &mut Pass::train()).to_vec();
    assert_eq!(train(at(0.0)), train(at(far)), "BatchNorm");
    let norm = GroupNorm::<U2, U2>::init(rngs);
    assert_eq!(norm.infer(at(0.0)).to_vec(), norm.infer(at(far)).to_vec(), "GroupNorm");
    let norm = InstanceNorm::<U2>::init(rngs);
    assert_eq!(norm.infer(at(0.0)).to_vec(), norm.infer(at(far)).to_vec(), "InstanceNorm");
}

/// The error is that of rounding the input, and not that of a difference of two large products.
#[test]
fn batch_norm_in_evaluation_is_right_far_from_zero() {
    let mut norm = BatchNorm::<U1>::init(&mut Rngs::new(0));
    norm.mean.replace(Tensor::from([10000.0]));
    let x: Tensor![Batch, 1] = Tensor::from_vec(vec![9999.0, 10000.0, 10002.0]).expect("three");
    let factor = 1.00001f32.powf(-0.5);
    assert_eq!(norm.infer(x).to_vec(), [-factor, 0.0, 2.0 * factor]);
}

#[test]
fn statistics_of_one_number_without_epsilon_give_the_bias() {
    let options = || started().epsilon(0.0);
    let rngs = &mut Rngs::new(0);
    let pixel: Tensor![1, 1, 2] = Tensor::from([[[3.0, -5.0]]]);
    let norm = InstanceNorm::<U2>::with(&options(), rngs);
    assert_eq!(norm.infer(pixel.clone()).to_vec(), bias_of(&norm.bias));
    let norm = GroupNorm::<U2, U2>::with(&options(), rngs);
    assert_eq!(norm.infer(pixel.clone()).to_vec(), bias_of(&norm.bias));
    let norm = LayerNorm::<U1>::with(&options(), rngs);
    assert_eq!(norm.infer(Tensor::from([7.0])).to_vec(), bias_of(&norm.bias));

    // Also in evaluation, where the running variance is 0.
    let mut norm = BatchNorm::<U2>::with(&options(), rngs).momentum(0.0);
    let mut pass = Pass::train();
    let y = norm.forward(pixel.clone(), &mut pass);
    pass.commit(&mut norm).expect("nothing failed");
    assert_eq!(y.to_vec(), bias_of(&norm.bias));
    assert_eq!(norm.var.value().to_vec(), [0.0, 0.0]);
    assert_eq!(norm.infer(pixel).to_vec(), bias_of(&norm.bias));
}

fn bias_of<S: Shape>(bias: &Option<Param<S>>) -> Vec<f32> {
    bias.as_ref().expect("a bias").value().to_vec()
}

#[test]
fn an_empty_batch_leaves_the_statistics() {
    let mut norm = BatchNorm::<U2>::init(&mut Rngs::new(0));
    let mut pass = Pass::train();
    let empty: Tensor![Batch, 2] = Tensor::from_vec(vec![]).expect("no example");
    assert!(norm.forward(empty, &mut pass).to_vec().is_empty());
    pass.commit(&mut norm).expect("nothing failed");
    assert_eq!(norm.mean.value().to_vec(), [0.0, 0.0]);
    assert_eq!(norm.var.value().to_vec(), [1.0, 1.0]);
}

#[test]
fn a_layer_that_is_called_twice_in_a_pass_updates_twice() {
    let mut norm = BatchNorm::<U1>::init(&mut Rngs::new(0)).momentum(0.5);
    let x: Tensor![Batch, 1] = Tensor::from_vec(vec![3.0, 5.0]).expect("two examples");
    let mut pass = Pass::train();
    let _ = norm.forward(x.clone(), &mut pass);
    let _ = norm.forward(x, &mut pass);
    assert_eq!(norm.mean.value().to_vec(), [0.0], "a pass changes nothing before it is committed");
    pass.commit(&mut norm).expect("nothing failed");
    assert_eq!(norm.mean.value().to_vec(), [3.0]);
}

#[test]
#[should_panic(expected = "expected a finite number of at least 0, found -1")]
fn a_negative_epsilon_is_refused() {
    let _ = NormOptions::default().epsilon(-1.0);
}

#[test]
#[should_panic(expected = "within 0 to 1; found 1.5")]
fn a_momentum_above_1_is_refused() {
    let _ = BatchNorm::<U2>::init(&mut Rngs::new(0)).momentum(1.5);
}
