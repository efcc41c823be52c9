//! Infinities, NaN, zeros and numbers at the edge of a type: no finite input becomes NaN, and no NaN is
//! lost.

use nnx_core::array::{Array, DType};
use nnx_core::grad::value_and_gradients;
use nnx_core::ops::DynTensor;

use crate::gradcheck::gradients;
use crate::numbers::{elements, tensor, windows};
use crate::plain::FLOATS;
use crate::table::Function;

fn row(elements: &[f64]) -> DynTensor {
    tensor(elements.to_vec(), &[elements.len()])
}

/// The largest finite number of a type.
fn largest(dtype: DType) -> f64 {
    if dtype == DType::F32 { f64::from(f32::MAX) } else { f64::MAX }
}

const NAN: f64 = f64::NAN;
const INFINITY: f64 = f64::INFINITY;

#[test]
fn finite_input_of_any_size_gives_no_nan() {
    let functions: [(&str, Function); 12] = [
        ("tanh", |x| x[0].clone().tanh()),
        ("sigmoid", |x| x[0].clone().sigmoid()),
        ("relu", |x| x[0].clone().relu()),
        ("gelu, exact", |x| x[0].clone().gelu_exact()),
        ("gelu, by tanh", |x| x[0].clone().gelu()),
        ("erf", |x| x[0].clone().erf()),
        ("exp", |x| x[0].clone().exp()),
        ("softmax", |x| x[0].clone().softmax()),
        ("log_softmax", |x| x[0].clone().log_softmax()),
        ("logsumexp", |x| x[0].clone().logsumexp()),
        ("maximum", |x| x[0].clone().maximum(-x[0].clone())),
        ("max", |x| x[0].clone().max(&[0])),
    ];
    for (name, function) in functions {
        for dtype in FLOATS {
            let m = largest(dtype);
            for x in
                [row(&[-m, -1e3, -1e-300, -0.0, 0.0, 1e3, m]), row(&[1e3, 1e3]), row(&[-1e3, -1e3])]
            {
                let y = elements(&function(vec![x.clone().cast(dtype)]));
                assert!(
                    !y.iter().any(|y| y.is_nan()),
                    "{name} in {dtype} of {:?}: {y:?}",
                    elements(&x)
                );
            }
        }
    }
}

#[test]
fn gradients_of_large_logits_stay_finite() {
    let functions: [(&str, Function); 5] = [
        ("tanh", |x| x[0].clone().tanh()),
        ("sigmoid", |x| x[0].clone().sigmoid()),
        ("softmax", |x| x[0].clone().softmax() * row(&[1.0, 2.0, 3.0]).cast(x[0].dtype())),
        ("log_softmax", |x| x[0].clone().log_softmax() * row(&[1.0, 2.0, 3.0]).cast(x[0].dtype())),
        ("logsumexp", |x| x[0].clone().logsumexp()),
    ];
    for (name, function) in functions {
        for dtype in FLOATS {
            for x in [row(&[1e4, -1e4, 0.0]), row(&[-1e4, -1e4, -1e4])] {
                let (_, found) = gradients(function, vec![x.clone().cast(dtype)]);
                let found = elements(&found[0]);
                assert!(
                    found.iter().all(|g| g.is_finite()),
                    "{name} in {dtype} of {:?}: {found:?}",
                    elements(&x)
                );
            }
        }
    }
}

#[test]
fn a_masked_row_of_softmax_is_zeros_and_a_masked_choice_is_zero() {
    for dtype in FLOATS {
        let masked = tensor(vec![-INFINITY, -INFINITY, 1.0, -INFINITY], &[2, 2]).cast(dtype);
        assert_eq!(elements(&masked.clone().softmax()), [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(elements(&masked.clone().logsumexp()), [-INFINITY, 1.0]);
        let (_, found) = gradients(|x| x[0].clone().softmax(), vec![masked]);
        assert_eq!(elements(&found[0]), [0.0; 4]);
    }
}

#[test]
fn nan_stays_nan() {
    let functions: [(&str, Function); 12] = [
        ("relu", |x| x[0].clone().relu()),
        ("sigmoid", |x| x[0].clone().sigmoid()),
        ("abs", |x| x[0].clone().abs()),
        ("sign", |x| x[0].clone().sign()),
        ("clamp", |x| x[0].clone().clamp(-1.0, 1.0)),
        ("maximum, left", |x| x[0].clone().maximum(row(&[5.0, 5.0, 5.0]).cast(x[0].dtype()))),
        ("maximum, right", |x| row(&[5.0, 5.0, 5.0]).cast(x[0].dtype()).maximum(x[0].clone())),
        ("max", |x| x[0].clone().max(&[0])),
        ("sum", |x| x[0].clone().sum(&[0])),
        ("softmax", |x| x[0].clone().softmax()),
        ("logsumexp", |x| x[0].clone().logsumexp()),
        ("max_pool", |x| {
            x[0].clone().reshape(&[1, 1, 3, 1]).max_pool(windows([1, 1, 1, 0, 0], [3, 1, 1, 0, 0]))
        }),
    ];
    for (name, function) in functions {
        for (dtype, at) in FLOATS.iter().flat_map(|dtype| [0, 1, 2].map(|at| (*dtype, at))) {
            let mut x = [1.0, 3.0, 2.0];
            x[at] = NAN;
            let y = elements(&function(vec![row(&x).cast(dtype)]));
            let kept = if y.len() == 3 { y[at] } else { y[0] };
            assert!(kept.is_nan(), "{name} in {dtype} lost NaN at {at}: {y:?}");
        }
    }
}

#[test]
fn infinities_go_where_the_limits_are() {
    let ends = row(&[-INFINITY, INFINITY]);
    let of = |f: fn(DynTensor) -> DynTensor| elements(&f(ends.clone()));
    assert_eq!(of(|x| x.exp()), [0.0, INFINITY]);
    assert_eq!(of(|x| x.tanh()), [-1.0, 1.0]);
    assert_eq!(of(|x| x.sigmoid()), [0.0, 1.0]);
    assert_eq!(of(|x| x.erf()), [-1.0, 1.0]);
    assert_eq!(of(|x| x.relu()), [0.0, INFINITY]);
    assert_eq!(of(|x| x.sign()), [-1.0, 1.0]);
    assert_eq!(of(|x| x.clamp(-2.0, 3.0)), [-2.0, 3.0]);
    assert_eq!(elements(&row(&[0.0, 1.0]).log()), [-INFINITY, 0.0]);
    assert_eq!(elements(&row(&[0.0, 0.0]).pow(row(&[0.0, 2.0]))), [1.0, 0.0]);
}

#[test]
fn the_first_nan_is_the_position_of_the_maximum() {
    assert_eq!(elements(&row(&[1.0, NAN, 9.0, NAN]).argmax(0)), [1.0]);
    assert_eq!(elements(&row(&[-INFINITY, -INFINITY]).argmax(0)), [0.0]);
}

#[test]
fn a_mean_over_nothing_is_nan_and_a_sum_is_zero() {
    let empty = tensor(Vec::<f32>::new(), &[2, 0]);
    assert_eq!(elements(&empty.clone().sum(&[1])), [0.0, 0.0]);
    assert!(elements(&empty.mean(&[1])).iter().all(|x| x.is_nan()));
}

#[test]
fn gelu_and_its_gradient_stay_finite_for_huge_values() {
    let x = DynTensor::from(Array::new(vec![-1e30f32, -30.0, 30.0, 1e30], &[4]).unwrap());
    for gelu in [DynTensor::gelu, DynTensor::gelu_exact] {
        let (y, [slope]) = value_and_gradients(|[x]| gelu(x), [x.clone()]);
        assert_eq!(y.array().to_vec::<f32>().unwrap(), [0.0, 0.0, 30.0, 1e30]);
        assert_eq!(slope.array().to_vec::<f32>().unwrap(), [0.0, 0.0, 1.0, 1.0]);
    }
}

#[test]
fn masks_are_negated_and_joined() {
    let mask = |elements: &[bool]| -> DynTensor {
        Array::new(elements.to_vec(), &[elements.len()]).expect("one axis").into()
    };
    let (a, b) = (mask(&[true, true, false, false]), mask(&[true, false, true, false]));
    assert_eq!((!a.clone()).array().to_vec::<bool>(), Ok(vec![false, false, true, true]));
    assert_eq!((a & b).array().to_vec::<bool>(), Ok(vec![true, false, false, false]));
}

/// The first and the second derivative of a function of one number.
fn derivatives(function: impl Fn(DynTensor) -> DynTensor, x: f64) -> [f64; 2] {
    let of = |x: DynTensor| value_and_gradients(|[x]| function(x).sum_all(), [x]).1[0].clone();
    let x = row(&[x]);
    let [second] = value_and_gradients(|[x]| of(x).sum_all(), [x.clone()]).1;
    [elements(&of(x))[0], elements(&second)[0]]
}

#[test]
fn second_derivatives_at_the_ends_of_a_domain_are_those_of_jax() {
    let zero = || row(&[0.0]);
    assert_eq!(derivatives(|x| x.hypot(zero()), 0.0), [0.0, 0.0]);
    assert_eq!(derivatives(|x| zero().hypot(x), -0.0), [0.0, 0.0]);
    assert_eq!(derivatives(|x| x.asin(), 1.0), [INFINITY, INFINITY]);
    assert_eq!(derivatives(|x| x.asin(), -1.0), [INFINITY, -INFINITY]);
    assert_eq!(derivatives(|x| x.acos(), 1.0), [-INFINITY, -INFINITY]);
    assert_eq!(derivatives(|x| x.acos(), -1.0), [-INFINITY, INFINITY]);
    // Accurate where the plain formula cancels.
    assert_eq!(derivatives(|x| x.asin(), 1e-30), [1.0, 1e-30]);
    assert_eq!(derivatives(|x| x.acos(), 1e-30), [-1.0, -1e-30]);
    assert_eq!(derivatives(|x| x.atanh(), 1e-30), [1.0, 2e-30]);
    assert_eq!(derivatives(|x| x.cbrt(), 0.0), [INFINITY, -INFINITY]);
    assert_eq!(derivatives(|x| x.cbrt(), INFINITY), [0.0, 0.0]);
    for pole in [0.0, -0.0, -1.0, -7.0] {
        let [first, second] = derivatives(|x| x.digamma(), pole);
        assert!(first == INFINITY && second.is_nan(), "{pole}: {first}, {second}");
    }
}

#[test]
fn log_softmax_of_a_row_with_infinity_is_nan_along_any_axis() {
    for dtype in FLOATS {
        let x = tensor(vec![INFINITY, 1.0, -INFINITY, -INFINITY, NAN, 1.0], &[2, 3]);
        let x = x.cast(dtype);
        for y in [x.clone().log_softmax(), x.swap_axes(0, 1).log_softmax_axis(0)] {
            assert!(elements(&y).iter().all(|y| y.is_nan()), "{dtype}: {:?}", elements(&y));
        }
    }
}
