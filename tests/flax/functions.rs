//! Elementwise functions and functions of rows, against `nnx.gelu`, `nnx.softmax` and others: values and gradients.

use nnx::prelude::*;
use nnx::tensor::gradient;

use crate::golden::{Errors, Golden};

/// Inputs from very negative to very positive, with the kinks of the functions.
type Points = Tensor![53];
/// An ordinary row, one that overflows `exp`, one of equal values.
type Rows = Tensor![3, 7];

/// An elementwise function. Errors are relative to the largest element, which is 100 for functions that grow like x.
fn compare(name: &'static str, allowed: f64, f: impl Fn(Points) -> Points) {
    let golden = Golden::open("ops");
    let of = |what: &str| format!("activation/{name}/{what}");
    // Some functions have inputs of their own.
    let own = golden.names(&of("input")).pop();
    let x: Points = golden.tensor(own.as_deref().unwrap_or("activation/input"));
    let cotangent: Points = golden.tensor(&of("cotangent"));
    let mut errors = Errors::of(name, allowed);
    errors.compare(&of("output"), &f(x.clone()).to_vec(), &golden.numbers(&of("output")));
    let slope = gradient(|x| (f(x) * cotangent).sum(), x);
    errors.compare(&of("gradient 0"), &slope.to_vec(), &golden.numbers(&of("gradient 0")));
}

/// Compares the method and, if there is one, the layer of a row: with the default value of its parameter.
macro_rules! compare {
    ($name:ident [] [$golden:literal, $allowed:literal]) => {
        compare($golden, $allowed, Tensor::$name);
    };
    ($name:ident [$layer:ident, $($_:tt)*] [$golden:literal, $allowed:literal]) => {
        compare($golden, $allowed, Tensor::$name);
        compare($golden, $allowed, |x| $layer.infer(x));
    };
    ($name:ident [$layer:ident { $option:ident = $default:literal }, $($_:tt)*]
        [$golden:literal, $allowed:literal]) => {
        compare($golden, $allowed, |x| x.$name($default));
        compare($golden, $allowed, |x| $layer::default().infer(x));
    };
    ($name:ident [] []) => {};
    ($name:ident [$($_:tt)+] []) => {
        compile_error!(concat!(
            "`", stringify!($name), "` is an activation without a golden: write a line with JAX's function, or with its \
             formula, into tests/goldens/make_ops.py, run `cargo xtask goldens ops`, and name it in the row"
        ));
    };
}

macro_rules! rows {
    ($(
        $(#[$doc:meta])*
        pub fn $name:ident(self $(, $option:ident: f64)*) -> Self where [$($bounds:tt)*];
        $kind:ident $body:tt $(layer { $($layer:tt)* })? $(golden { $($golden:tt)* })? test $test:tt
    )*) => { { $( compare! { $name [$($($layer)*)?] [$($($golden)*)?] } )* } };
}

#[test]
fn elementwise_functions_and_activations_are_those_of_jax_and_flax() {
    include!("../../nnx-core/src/ops/elementwise/math.rs");
    include!("../../nnx-core/src/ops/elementwise/exponents.rs");
    include!("../../nnx-core/src/ops/elementwise/rounding.rs");
    include!("../../nnx-core/src/ops/elementwise/trigonometric.rs");
    include!("../../nnx-core/src/ops/elementwise/hyperbolic.rs");
    include!("../../nnx-core/src/ops/elementwise/special.rs");
    include!("../../nnx-core/src/ops/elementwise/rectifiers.rs");
    include!("../../nnx-core/src/ops/elementwise/smooth.rs");
}

/// A function of two inputs; errors are in units of the largest element.
fn compare_pairs(name: &'static str, allowed: f64, f: impl Fn(Points, Points) -> Points) {
    let golden = Golden::open("ops");
    let of = |what: &str| format!("pairs/{name}/{what}");
    let [left, right] = ["left", "right"].map(|side| golden.tensor(&format!("pairs/{side}")));
    let cotangent: Points = golden.tensor(&of("cotangent"));
    let mut errors = Errors::of(name, allowed);
    let output = f(left.clone(), right.clone()).to_vec();
    errors.compare(&of("output"), &output, &golden.numbers(&of("output")));
    let slopes = gradient(|(a, b)| (f(a, b) * cotangent).sum(), (left, right));
    errors.compare(&of("gradient 0"), &slopes.0.to_vec(), &golden.numbers(&of("gradient 0")));
    errors.compare(&of("gradient 1"), &slopes.1.to_vec(), &golden.numbers(&of("gradient 1")));
}

#[test]
fn elementwise_functions_of_two_inputs_are_those_of_jax() {
    macro_rules! pairs {
        ($(
            $(#[$doc:meta])*
            pub fn $name:ident<O>(self, $other:ident: O) -> Self where [$($bounds:tt)*];
            $kind:ident $body:tt $(golden { $golden:literal, $allowed:literal })? test $test:tt
        )*) => { { $( $( compare_pairs($golden, $allowed, |a, b| a.$name(b)); )? )* } };
    }
    include!("../../nnx-core/src/ops/elementwise/pairs.rs");
    include!("../../nnx-core/src/ops/elementwise/pairs_smooth.rs");
    include!("../../nnx-core/src/ops/elementwise/pairs_division.rs");
    // Its second input is positive.
    compare_pairs("xlogy of exp", 1e-6, |a, b| a.xlogy(b.exp()));
}

/// A function of rows, which keeps or reduces the last axis.
fn compare_rows<S: Shape>(name: &'static str, f: impl Fn(Rows) -> Tensor<S>) {
    let golden = Golden::open("ops");
    let of = |what: &str| format!("rows/{name}/{what}");
    let x: Rows = golden.tensor("rows/input");
    let expected: Tensor<S> = golden.tensor(&of("output"));
    let cotangent: Tensor<S> = golden.tensor(&of("cotangent"));
    let mut errors = Errors::of(name, 1e-6);
    errors.compare(&of("output"), &f(x.clone()).to_vec(), &expected.to_vec());
    let slope = gradient(|x| (f(x) * cotangent).sum(), x);
    errors.compare(&of("gradient 0"), &slope.to_vec(), &golden.numbers(&of("gradient 0")));
}

#[test]
fn softmax_is_that_of_flax_where_exp_overflows_too() {
    compare_rows("softmax", Tensor::softmax);
    compare_rows("softmax", |x| Softmax.infer(x));
}

#[test]
fn log_softmax_and_logsumexp_are_those_of_flax() {
    compare_rows("log_softmax", Tensor::log_softmax);
    compare_rows("log_softmax", |x| LogSoftmax.infer(x));
    compare_rows("logsumexp", Tensor::logsumexp);
}

#[test]
fn rows_are_standardized_as_in_flax() {
    let standardize = |x: Tensor![2, 7]| x.standardize();
    let golden = Golden::open("ops");
    let rows: Vec<f32> = golden.numbers("rows/input")[..14].to_vec();
    let x: Tensor![2, 7] = Tensor::from_vec(rows).expect("two rows");
    let cotangent: Tensor![2, 7] = golden.tensor("rows/standardize/cotangent");
    let mut errors = Errors::of("standardize", 2e-6);
    errors.compare(
        "output",
        &standardize(x.clone()).to_vec(),
        &golden.numbers("rows/standardize/output"),
    );
    let slope = gradient(|x| (standardize(x) * cotangent).sum(), x);
    errors.compare("gradient", &slope.to_vec(), &golden.numbers("rows/standardize/gradient 0"));
}
