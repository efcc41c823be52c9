//! Activations with options, and dropout. Those without options: `tests/flax/functions.rs`.

use nnx::nn::bounds::SharesMask;
use nnx::prelude::*;

use crate::case::Case;

fn case(name: String) -> Case {
    Case::open("activation", name.leak())
}

type Points = shape![Batch, 4];

#[test]
fn elu_and_celu_of_any_alpha() {
    for alpha in [0.5, 1.0, 2.0] {
        case(format!("elu alpha={alpha:?}")).check::<_, Points, _>(&mut Elu { alpha });
        case(format!("celu alpha={alpha:?}")).check::<_, Points, _>(&mut Celu { alpha });
    }
}

#[test]
fn leaky_relu_of_any_slope() {
    for negative_slope in [0.0, 0.2, 1.5] {
        case(format!("leaky_relu slope={negative_slope:?}"))
            .check::<_, Points, _>(&mut LeakyRelu { negative_slope });
    }
}

#[test]
fn prelu_learns_its_slope() {
    for slope in [0.0, 0.2, 1.5] {
        case(format!("prelu slope={slope:?}")).check::<_, Points, _>(&mut PRelu::new(slope));
    }
    case("prelu".to_owned()).check::<_, Points, _>(&mut PRelu::<f32>::init(&mut Rngs::new(0)));
}

#[test]
fn glu_gates_one_half_by_the_other() {
    case("glu rank=1".to_owned()).check::<_, shape![6], shape![3]>(&mut Glu);
    case("glu rank=2".to_owned()).check::<_, shape![Batch, 8], shape![Batch, 4]>(&mut Glu);
    case("glu rank=3".to_owned())
        .check::<_, shape![Batch, Time, 4], shape![Batch, Time, 2]>(&mut Glu);
}

#[test]
fn dropout_of_any_rate() {
    for rate in [0.0, 0.1, 0.5, 0.9, 1.0] {
        let mut layer = Dropout::new(rate, &mut Rngs::new(0));
        case(format!("dropout rate={rate:?}")).check::<_, shape![Batch, 3, 5], _>(&mut layer);
    }
}

fn shared<A>(axes: &str)
where
    shape![Batch, 3, 5]: SharesMask<A>,
    Dropout<A>: Module + Layer<Tensor![Batch, 3, 5], Output = Tensor![Batch, 3, 5]>,
{
    let mut layer = Dropout::new(0.4, &mut Rngs::new(0)).broadcast::<A>();
    case(format!("dropout shared={axes}")).check::<_, shape![Batch, 3, 5], _>(&mut layer);
}

#[test]
fn dropout_shares_its_mask_along_axes() {
    shared::<Axis<0>>("0");
    shared::<Axis<1>>("1");
    shared::<Axis<2>>("2");
    shared::<(Axis<0>, Axis<1>)>("01");
    shared::<(Axis<1>, Axis<2>)>("12");
    shared::<(Axis<0>, Axis<2>)>("02");
    shared::<(Axis<0>, Axis<1>, Axis<2>)>("012");
}

#[test]
fn dropout_of_an_empty_batch_is_empty() {
    let x: Tensor![Batch, 3] = Tensor::from_vec(vec![]).expect("no example");
    let layer = Dropout::new(0.5, &mut Rngs::new(0)).broadcast::<Axis<0>>();
    assert!(layer.forward(x, &mut Pass::train()).to_vec().is_empty());
}

/// Finite in, finite out, for values and gradients, unless a value is beyond the largest f32: `selu` multiplies by 1.05.
#[test]
fn activations_of_huge_values_stay_finite() {
    let huge =
        [-f32::MAX, -1e30, -1000.0, -100.0, -1e-30, 0.0, 1e-30, 100.0, 1000.0, 1e30, f32::MAX];
    type Row<E> = Tensor<(U11,), E>;
    type Activation = (&'static str, fn(Row<f32>) -> Row<f32>, fn(Row<f64>) -> Row<f64>);
    let mut activations: Vec<Activation> =
        vec![("standardize", Tensor::standardize, Tensor::standardize)];
    macro_rules! activation {
        ($name:ident $layer:ident, $($_:tt)*) => {
            activations.push((stringify!($name), Tensor::$name, Tensor::$name));
        };
        ($name:ident $layer:ident { $option:ident = $default:literal }, $($_:tt)*) => {
            activations.push((stringify!($name), |x| x.$name($default), |x| x.$name($default)));
        };
    }
    macro_rules! rows {
        ($(
            $(#[$doc:meta])*
            pub fn $name:ident(self $(, $option:ident: f64)*) -> Self where [$($bounds:tt)*];
            $kind:ident $body:tt $(layer { $($layer:tt)* })? $(golden $golden:tt)? test $test:tt
        )*) => { { $( $( activation! { $name $($layer)* } )? )* } };
    }
    include!("../../nnx-core/src/ops/elementwise/math.rs");
    include!("../../nnx-core/src/ops/elementwise/rectifiers.rs");
    include!("../../nnx-core/src/ops/elementwise/smooth.rs");
    assert!(activations.len() > 16, "all rows with a layer");
    let mut beyond = Vec::new();
    for (name, f, in_f64) in activations {
        let (_, slope) = value_and_gradient(|x| (f(x) * 1e-20).sum(), Tensor::from(huge));
        let y = f(Tensor::from(huge)).to_vec();
        for (y, wide) in y.iter().zip(in_f64(Tensor::from(huge.map(f64::from))).to_vec()) {
            let fits = wide.abs() <= f64::from(f32::MAX);
            assert!(y.is_finite() || !fits, "{name}: {y}, and {wide} in f64");
            beyond.extend((!fits).then_some(name));
        }
        assert!(slope.to_vec().iter().all(|slope| slope.is_finite()), "{name}: {slope:?}");
    }
    assert!(beyond.contains(&"selu"), "values beyond the largest f32 are found: {beyond:?}");
}

#[test]
fn far_out_values_are_exact() {
    let x = Tensor::from([-1000.0, -20.0, 20.0, 1000.0]);
    let tail = (-20.0f32).exp();
    assert_eq!(x.clone().softplus().to_vec(), [0.0, tail, 20.0, 1000.0]);
    assert_eq!(x.clone().log_sigmoid().to_vec(), [-1000.0, -20.0, -tail, 0.0]);
    assert_eq!(x.elu(1.0).to_vec(), [-1.0, -1.0, 20.0, 1000.0]);
    assert_eq!(Tensor::from([-1e-10f32]).elu(1.0).to_vec(), [-1e-10]);
}

#[test]
#[should_panic(
    expected = "`celu` divides by its alpha: expected another number than 0; for 0 write `relu`"
)]
fn celu_without_an_alpha_is_refused() {
    let _ = Celu { alpha: 0.0 }.infer(Tensor::from([0.0, 1.0]));
}
