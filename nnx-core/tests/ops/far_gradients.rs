//! Gradients of the rows of `nnx-core/src/ops/elementwise` far from the domains of the other tests, where a formula that
//! cancels or overflows shows: in f64 against a difference quotient, in f32 against f64.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;

use crate::elementwise::{Case, cases};
use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{elements, tensor};
use crate::table::Function;

/// All are exact in f32, and so are their neighbours in the difference quotient in f64.
const FAR: [f64; 6] = [12.5, 40.0, 100.0, 1e3, 1e6, 1e8];

/// Gradients that are NaN at ±∞, as in JAX: a rule of theirs multiplies infinity by 0.
const NAN_AT_INFINITY: [&str; 3] = ["silu", "sinc", "soft_sign"];

fn gradient(function: Function, x: f64, dtype: DType) -> f64 {
    let x = tensor(vec![x], &[1]).cast(dtype);
    let (_, slope) = gradients(|inputs| function(inputs).sum_all(), vec![x]);
    elements(&slope[0])[0]
}

fn value(function: Function, x: f64) -> f64 {
    elements(&function(vec![tensor(vec![x], &[1])]))[0]
}

/// The difference quotient, where it is defined, and its rounding error.
fn quotient(function: Function, x: f64) -> Option<(f64, f64)> {
    const STEP: f64 = 1.0 / 1024.0;
    let [above, below] = [x + STEP, x - STEP].map(|x| value(function, x));
    let quotient = (above - below) / (2.0 * STEP);
    let rounding = 4.0 * f64::EPSILON * above.abs().max(below.abs()) / STEP;
    // At a pole, such as those of lgamma, there is no derivative.
    let defined = quotient.is_finite() && value(function, x).is_finite();
    defined.then_some((quotient, rounding))
}

/// Functions with steps at whole numbers and halves. The tests of all operations check them between the steps.
const STEPS: [&str; 6] = ["ceil", "floor", "fract", "nan_to_num", "round", "trunc"];

/// The functions, each with the points at which it is defined.
fn points() -> impl Iterator<Item = (&'static str, Function, f64)> {
    let smooth = cases().into_iter().filter(|case| !STEPS.contains(&case.name));
    smooth.flat_map(|Case { name, domain, function, .. }| {
        let positive = matches!(domain, Between(low, _) if low >= 0.0);
        let negative = FAR.into_iter().filter(move |_| !positive).map(|x: f64| -x);
        FAR.into_iter().chain(negative).map(move |x| (name, function, x))
    })
}

fn near(found: f64, expected: f64, [relative, absolute]: [f64; 2]) -> bool {
    (found - expected).abs() <= (relative * expected.abs()).max(absolute)
}

#[test]
fn gradients_far_from_0_are_the_slopes_of_the_function() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for (name, function, x) in points() {
        let found = gradient(function, x, DType::F64);
        if let Some((expected, rounding)) = quotient(function, x) {
            compared += usize::from(rounding < 1e-3 * expected.abs());
            if !near(found, expected, [1e-4, rounding.max(1e-30)]) {
                wrong.push(format!(
                    "{name} at {x}: expected a gradient of {expected}, found {found}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 100, "only {compared} slopes are larger than the error of the quotient");
}

#[test]
fn gradients_of_f32_far_from_0_are_those_of_f64() {
    let mut wrong = Vec::new();
    for (name, function, x) in points() {
        let expected = gradient(function, x, DType::F64);
        let found = gradient(function, x, DType::F32);
        // A gradient beyond the range of f32 is infinite. A gradient that is a small difference of values around 1,
        // such as that of a sigmoid, has their rounding error.
        let overflows = expected.abs() > f64::from(f32::MAX) && !found.is_nan();
        let rounding = f64::from(f32::EPSILON) * value(function, x).abs();
        // Beyond −6.5, where it is below 1e-9, Φ in f32 falls faster to 0 than it should.
        let relative = if name == "gelu_exact" && x < -6.5 { 1e-2 } else { 1e-5 };
        let tolerances = [relative, rounding.max(f64::from(f32::MIN_POSITIVE))];
        if expected.is_finite() && !overflows && !near(found, expected, tolerances) {
            wrong.push(format!("{name} at {x}: expected a gradient of {expected}, found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn gradients_at_infinity_are_the_limits_where_these_are_finite() {
    let mut wrong = Vec::new();
    for (name, function, x) in points().filter(|(.., x)| x.abs() == 1e8) {
        let infinite = f64::INFINITY.copysign(x);
        let [near_it, nearer] = [1e100, 1e150].map(|x| x * infinite.signum());
        let limits = [near_it, nearer].map(|x| gradient(function, x, DType::F64));
        let found = gradient(function, infinite, DType::F64);
        let expected = if NAN_AT_INFINITY.contains(&name) { f64::NAN } else { limits[1] };
        let same = near(found, expected, [1e-12, 1e-90]) || (found.is_nan() && expected.is_nan());
        if near(limits[0], limits[1], [1e-12, 1e-90]) && !same {
            wrong.push(format!("{name} at {infinite}: expected {expected}, found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_that_cancel_or_are_too_flat_are_found() {
    /// The slope of x - tanh(x) is tanh(x)^2, and this is not how to compute it.
    fn cancels(inputs: Vec<DynTensor>) -> DynTensor {
        let [x] = crate::table::exactly(inputs);
        let y = x.clone().stop_gradient() - x.clone().stop_gradient().tanh();
        x.clone() * (x.stop_gradient() - y).square()
    }
    /// A logarithm whose slope is 0.
    fn flat(inputs: Vec<DynTensor>) -> DynTensor {
        let [x] = crate::table::exactly(inputs);
        x.clone().stop_gradient().log() + x.mul_scalar(0.0)
    }
    let [single, double] = [DType::F32, DType::F64].map(|dtype| gradient(cancels, 1e8, dtype));
    assert!(!near(single, double, [1e-5, 1e-30]), "{single} {double}");
    for x in FAR {
        let (expected, rounding) = quotient(flat, x).expect("a finite quotient");
        assert!(!near(gradient(flat, x, DType::F64), expected, [1e-4, rounding]), "at {x}");
    }
}
