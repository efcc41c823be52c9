//! Each function against the standard library in f64, at its limits, and at each ISA level.

use super::*;
use crate::kernel::elementwise;

type One = (&'static str, fn(f32) -> f32, fn(f64) -> f64);

/// The functions of one input, by the largest error that is documented.
fn functions() -> Vec<(u32, Vec<One>)> {
    macro_rules! of {
        ($($name:ident)*) => { vec![$((stringify!($name), Elementary::$name, Elementary::$name)),*] };
    }
    vec![
        (2, of![exp exp2 tanh ln log2 log10 ln_1p]),
        (1, of![exp_m1 sinh cosh asinh acosh atanh]),
        (1, of![sin cos tan asin acos atan sinc erfc erfinv cbrt]),
        (3, of![erf]),
        // As the operation `rsqrt` computes it.
        (2, vec![("rsqrt", |x| 1.0 / x.sqrt(), |x| 1.0 / x.sqrt())]),
    ]
}

type Two = (&'static str, fn(f32, f32) -> f32, fn(f64, f64) -> f64);
const PAIRS: [Two; 4] = [
    ("atan2", Elementary::atan2, Elementary::atan2),
    ("powf", Elementary::powf, Elementary::powf),
    ("hypot", Elementary::hypot, Elementary::hypot),
    ("remainder", Elementary::remainder, Elementary::remainder),
];

/// Values of every exponent and both signs, and an even grid.
fn inputs() -> impl Iterator<Item = f32> {
    let steps = (-110_000..110_000).step_by(7).map(|i| i as f32 / 1000.0);
    let mantissas = (0..=u32::from(u8::MAX)).flat_map(|exponent| {
        let inside = (0..0x80_0000).step_by(140_011).chain([1, 0x7f_ffff]);
        inside.map(move |mantissa| f32::from_bits(exponent << 23 | mantissa))
    });
    let both = mantissas.flat_map(|x| [x, -x]);
    // More points near ±1, where some functions have poles.
    let near_one =
        (0..0x80_0000).step_by(2_003).map(|i| f32::from_bits(1f32.to_bits() - 0x40_0000 + i));
    steps.chain(both.filter(|x| !x.is_nan())).chain(near_one.flat_map(|x| [x, -x]))
}

/// The number of floats between two of the same sign, and whether their signs differ.
fn apart(a: f32, b: f32) -> u32 {
    if a.is_nan() && b.is_nan() { 0 } else { a.to_bits().abs_diff(b.to_bits()) }
}

#[test]
fn errors_are_within_the_documented_units_in_the_last_place() {
    let x: Vec<f32> = inputs().collect();
    for (units, functions) in functions() {
        for (name, fast, exact) in functions {
            for &x in &x {
                let (found, expected) = (fast(x), exact(x.into()) as f32);
                assert!(
                    apart(found, expected) <= units,
                    "{name} of {x:e}: {found:e}, expected {expected:e}"
                );
            }
        }
    }
}

#[test]
fn errors_of_pairs_are_within_one_unit_in_the_last_place() {
    let special = [0.0, 1.0, 1e-45, f32::MIN_POSITIVE, f32::MAX, f32::INFINITY];
    let some: Vec<f32> =
        inputs().step_by(401).chain(special.into_iter().flat_map(|x| [x, -x])).collect();
    for (name, fast, exact) in PAIRS {
        for (&a, &b) in some.iter().flat_map(|a| some.iter().map(move |b| (a, b))) {
            let (found, expected) = (fast(a, b), exact(a.into(), b.into()) as f32);
            assert!(
                apart(found, expected) <= 1,
                "{name} of {a:e} and {b:e}: {found:e}, expected {expected:e}"
            );
        }
    }
}

#[test]
fn powers_are_within_one_unit_in_the_last_place_up_to_the_largest_and_smallest() {
    // The error of the logarithm counts most where the result is near the bounds of f32.
    for x in inputs().step_by(3).filter(|x| *x > 0.0 && *x != 1.0) {
        let ln = f64::from(x).ln();
        for exponent in [-103.5, -87.3, -60.1, -3.3, -1e-3, 1e-3, 0.4, 7.7, 55.5, 88.7] {
            let y = (exponent / ln) as f32;
            let (found, expected) = (Elementary::powf(x, y), f64::from(x).powf(y.into()) as f32);
            assert!(apart(found, expected) <= 1, "{x:e}^{y:e}: {found:e}, expected {expected:e}");
        }
    }
}

#[test]
fn powers_have_the_signs_and_special_cases_of_ieee_754() {
    let sizes =
        [0.0, 1e-45, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 1e7, 16_777_216.0, f32::MAX, f32::INFINITY];
    let all: Vec<f32> = sizes.into_iter().flat_map(|x| [x, -x]).chain([f32::NAN]).collect();
    for &x in &all {
        for &y in &all {
            let (found, expected) = (Elementary::powf(x, y), f32::powf(x, y));
            assert!(apart(found, expected) <= 1, "{x:e}^{y:e}: {found:e}, expected {expected:e}");
        }
    }
}

#[test]
fn the_normal_distribution_keeps_its_accuracy_in_both_tails() {
    for x in inputs() {
        let (found, exact) = (x.normal_cdf(), f64::from(x).normal_cdf());
        if x >= 0.0 {
            assert!(apart(found, exact as f32) <= 2, "of {x:e}: {found:e}, expected {exact:e}");
        } else {
            let error = (f64::from(found) - exact).abs();
            let bound = if x > -6.5 { 1.5e-5 * exact } else { 1e-13 };
            assert!(error <= bound, "of {x:e}: {found:e}, expected {exact:e}");
        }
    }
    let limits = [f32::NEG_INFINITY, -1e30, -0.0, 0.0, 1e30, f32::INFINITY].map(f32::normal_cdf);
    assert_eq!(limits, [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]);
    assert!(f32::NAN.normal_cdf().is_nan());
}

#[test]
fn infinities_zeros_and_nan() {
    // The signs of zeros count, and those of all results, since errors are counted in bits.
    let special = [0.0, -0.0, 1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    for (name, fast, exact) in functions().into_iter().flat_map(|(_, functions)| functions) {
        for x in special {
            let (found, expected) = (fast(x), exact(x.into()) as f32);
            assert!(apart(found, expected) <= 1, "{name} of {x}: {found}, expected {expected}");
        }
    }
    assert_eq!([-1e30f32, 0.0, 1e30].map(sigmoid), [0.0, 0.5, 1.0]);
    assert!(sigmoid(-89.0f32) > 0.0 && sigmoid(f32::NAN).is_nan());
}

#[test]
fn simd_gives_the_same_bits() {
    let x: Vec<f32> = inputs().step_by(7).filter(|x| f64::from(x.abs()) <= NEAR).collect();
    let y: Vec<f32> = x.iter().rev().copied().collect();
    let bits = |x: &[f32]| {
        x.iter().map(|x| if x.is_nan() { 0 } else { x.to_bits() }).collect::<Vec<u32>>()
    };
    let mut found = vec![0.0; x.len()];
    macro_rules! check {
        ($($one:ident)*; of two: $($two:ident)*) => {
            $(
                elementwise::map(&x, &mut found, |x: f32| Elementary::$one(x));
                let expected: Vec<f32> = x.iter().map(|x| Elementary::$one(*x)).collect();
                let same = bits(&found) == bits(&expected);
                assert!(same, stringify!($one));
            )*
            $(
                elementwise::zip_chunk(&x, &y, &mut found, |x: f32, y: f32| Elementary::$two(x, y));
                let pairs = x.iter().zip(&y);
                let expected: Vec<f32> = pairs.map(|(x, y)| Elementary::$two(*x, *y)).collect();
                let same = bits(&found) == bits(&expected);
                assert!(same, stringify!($two));
            )*
        };
    }
    check! {
        exp exp_to_0 exp2 exp2_to_0 exp2_near silu_near exp_m1 ln log2 log10 ln_1p cbrt sin_near cos_near tan_near sinc asin acos atan sinh cosh
            tanh asinh acosh atanh atanh_near erf erfc normal_cdf erfinv erfinv_near digamma_near;
        of two: atan2 powf hypot remainder_near
    }
}

#[test]
fn the_inverse_error_function_of_f64_inverts_both_ends() {
    for i in 1..2000 {
        let x = f64::from(i) / 2000.0;
        assert!((libm::erf(error::erfinv_f64(x)) - x).abs() < 2e-16, "of {x}");
    }
    for exponent in 2..53 {
        let rest = 0.5f64.powi(exponent);
        let found = libm::erfc(error::erfinv_f64(1.0 - rest));
        assert!((found / rest - 1.0).abs() < 1e-12, "of 1 - {rest}: {found}");
    }
    let tiny = error::erfinv_f64(1e-300) / 1e-300;
    assert!((tiny - 0.886_226_925_452_758).abs() < 1e-15, "{tiny}");
}

#[test]
fn functions_of_a_range_are_within_the_documented_units_in_the_last_place() {
    for x in inputs() {
        if x <= 0.0 {
            let expected = if x < -87.68 { 0.0 } else { f64::from(x).exp() as f32 };
            let found = x.exp_to_0();
            assert!(apart(found, expected) <= 2, "e^{x:e}: {found:e}, expected {expected:e}");
            let expected = if x <= -126.5 { 0.0 } else { f64::from(x).exp2() as f32 };
            let found = x.exp2_to_0();
            assert!(apart(found, expected) <= 2, "2^{x:e}: {found:e}, expected {expected:e}");
        }
        if f64::from(x.abs()) < NEAR_ERFINV {
            assert_eq!(x.erfinv_near().to_bits(), x.erfinv().to_bits(), "erfinv of {x:e}");
        }
        if f64::from(x.abs()) <= NEAR_EXP2 {
            let same = x.exp2_near().to_bits() == Elementary::exp2(x).to_bits();
            assert!(same, "exp2 of {x:e}");
        }
        if f64::from(x.abs()) <= NEAR_SILU {
            let (found, expected) = (x.silu_near(), f64::from(x).silu_near() as f32);
            assert!(apart(found, expected) <= 3, "silu of {x:e}: {found:e}, not {expected:e}");
        }
        if x.abs() < 1.0 {
            // Calls the library's function: `x.atanh()` would be that of the standard library.
            assert_eq!(x.atanh_near().to_bits(), Elementary::atanh(x).to_bits(), "atanh of {x:e}");
        }
        if x > 0.0 && f64::from(x) < LARGEST_DIGAMMA {
            let (found, expected) = (x.digamma_near(), polygamma(0, x.into()) as f32);
            assert!(apart(found, expected) <= 1, "digamma of {x:e}: {found:e}, not {expected:e}");
        }
        if x > 0.0 && x < f32::INFINITY {
            let (found, expected) = (x.ln_gamma_near(), ln_gamma(x.into()) as f32);
            assert!(apart(found, expected) <= 1, "lgamma of {x:e}: {found:e}, not {expected:e}");
        }
    }
    assert!(f32::NAN.exp_to_0().is_nan());
    assert_eq!(f32::NEG_INFINITY.exp_to_0(), 0.0);
    assert!(f32::NAN.exp2_to_0().is_nan());
    assert_eq!(f32::NEG_INFINITY.exp2_to_0(), 0.0);
    // Points near the root of digamma, where its terms cancel.
    for bits in 1.4616f32.to_bits()..1.4617f32.to_bits() {
        let x = f32::from_bits(bits);
        let (found, expected) = (x.digamma_near(), polygamma(0, x.into()));
        let error = (f64::from(found) - expected).abs();
        assert!(
            error <= 1e-7 * expected.abs() + 2e-15,
            "digamma of {x:e}: {found:e}, not {expected:e}"
        );
    }
}

#[test]
fn polygamma_is_a_sum_over_all_poles() {
    // ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! Σ 1 / (x + k)ⁿ⁺¹; the tail of the sum is approximated by an integral.
    for order in 1..5u32 {
        let n = f64::from(order);
        for x in [0.3, 1.0, 2.5, 7.0, 40.0, -0.4, -2.7, -11.1] {
            let many = 20_000;
            let terms = (0..many).map(|k| (x + f64::from(k)).powi(-1 - order.cast_signed()));
            let end = x + f64::from(many) - 0.5;
            let sum = terms.sum::<f64>() + end.powi(-order.cast_signed()) / n;
            let factorial: f64 = (1..=order).map(f64::from).product();
            let expected = sum * factorial * if order % 2 == 1 { 1.0 } else { -1.0 };
            let found = polygamma(order, x);
            assert!((found / expected - 1.0).abs() < 1e-9, "{order} of {x}: {found}, {expected}");
        }
    }
    // Euler's constant, and the recurrence on both sides of 0.
    assert!((polygamma(0, 1.0) + 0.577_215_664_901_532_9).abs() < 1e-15);
    for x in [0.1, 3.3, 50.0, -0.7, -3.2] {
        let found = polygamma(0, x + 1.0) - polygamma(0, x);
        assert!((found * x - 1.0).abs() < 1e-12, "of {x}");
    }
    assert!([0.0, -1.0, f64::NEG_INFINITY, f64::NAN].iter().all(|x| polygamma(0, *x).is_nan()));
    assert_eq!([0, 1].map(|order| polygamma(order, f64::INFINITY)), [f64::INFINITY, 0.0]);
}

#[test]
fn derivatives_of_sinc_meet_where_their_formulas_do() {
    // At `edge` the formula changes from the series to the recurrence. A central difference across it must match the
    // derivative of the next order.
    for order in 0..5u32 {
        let edge = (f64::from(order) + 2.0) / std::f64::consts::PI;
        for x in [edge, -edge, 0.4, 7.3] {
            let step = 1e-5;
            let difference = sinc_derivative(order, x + step) - sinc_derivative(order, x - step);
            let (found, expected) = (sinc_derivative(order + 1, x), difference / (2.0 * step));
            assert!((found - expected).abs() < 1e-5, "{order} at {x}: {found}, {expected}");
        }
    }
    let pi = std::f64::consts::PI;
    assert_eq!([0, 1].map(|order| sinc_derivative(order, 0.0)), [1.0, 0.0]);
    assert!((sinc_derivative(2, 0.0) + pi * pi / 3.0).abs() < 1e-14);
}
