//! Activations and functions of rows, against `nnx.gelu`, `nnx.softmax` and others: values and gradients.

use nnx::prelude::*;
use nnx::tensor::gradient;

use crate::golden::{Errors, Golden};

/// Inputs from very negative to very positive, with the kinks of the functions.
type Points = Tensor![53];
/// An ordinary row, one that overflows `exp`, one of equal values.
type Rows = Tensor![3, 7];

/// A function of elements; errors are in units of the largest element, which is 100 for those that grow
/// as x does.
fn compare(name: &'static str, allowed: f64, f: impl Fn(Points) -> Points) {
    let golden = Golden::open("ops");
    let of = |what: &str| format!("activation/{name}/{what}");
    let x: Points = golden.tensor("activation/input");
    let cotangent: Points = golden.tensor(&of("cotangent"));
    let mut errors = Errors::of(name, allowed);
    errors.compare(&of("output"), &f(x.clone()).to_vec(), &golden.numbers(&of("output")));
    let slope = gradient(|x| (f(x) * cotangent).sum(), x);
    errors.compare(&of("gradient 0"), &slope.to_vec(), &golden.numbers(&of("gradient 0")));
}

#[test]
fn relu_has_gradient_0_at_0_as_in_flax() {
    compare("relu", 1e-7, Tensor::relu);
    compare("relu", 1e-7, |x| Relu.infer(x));
}

#[test]
fn gelu_is_the_tanh_form_as_in_flax() {
    // Flax's own gradient in f32 is 2e-6 off its f64.
    compare("gelu tanh", 4e-6, Tensor::gelu);
    compare("gelu tanh", 4e-6, |x| Gelu.infer(x));
}

#[test]
fn gelu_is_exact_on_request() {
    compare("gelu exact", 1e-6, Tensor::gelu_exact);
    compare("gelu exact", 1e-6, |x| GeluExact.infer(x));
}

#[test]
fn sigmoid_and_tanh_are_those_of_flax() {
    compare("sigmoid", 1e-6, Tensor::sigmoid);
    compare("sigmoid", 1e-6, |x| Sigmoid.infer(x));
    compare("tanh", 1e-6, Tensor::tanh);
    compare("tanh", 1e-6, |x| Tanh.infer(x));
}

#[test]
fn rectifiers_have_the_slopes_of_flax_at_their_kinks() {
    compare("relu6", 1e-7, Tensor::relu6);
    compare("relu6", 1e-7, |x| Relu6.infer(x));
    compare("leaky_relu", 1e-7, |x| x.leaky_relu(0.01));
    compare("leaky_relu", 1e-7, |x| LeakyRelu::default().infer(x));
    compare("elu", 1e-6, |x| x.elu(1.0));
    compare("elu", 1e-6, |x| Elu::default().infer(x));
    compare("celu", 1e-6, |x| x.celu(1.0));
    compare("celu", 1e-6, |x| Celu::default().infer(x));
    compare("selu", 1e-6, Tensor::selu);
    compare("selu", 1e-6, |x| Selu.infer(x));
}

#[test]
fn smooth_activations_are_those_of_flax() {
    compare("silu", 1e-6, Tensor::silu);
    compare("silu", 1e-6, |x| Silu.infer(x));
    compare("softplus", 1e-6, Tensor::softplus);
    compare("softplus", 1e-6, |x| Softplus.infer(x));
    compare("log_sigmoid", 1e-6, Tensor::log_sigmoid);
    compare("log_sigmoid", 1e-6, |x| LogSigmoid.infer(x));
    compare("soft_sign", 1e-6, Tensor::soft_sign);
    compare("soft_sign", 1e-6, |x| SoftSign.infer(x));
}

#[test]
fn hard_activations_are_those_of_flax() {
    compare("hard_tanh", 1e-6, Tensor::hard_tanh);
    compare("hard_tanh", 1e-6, |x| HardTanh.infer(x));
    compare("hard_sigmoid", 1e-6, Tensor::hard_sigmoid);
    compare("hard_sigmoid", 1e-6, |x| HardSigmoid.infer(x));
    compare("hard_silu", 1e-6, Tensor::hard_silu);
    compare("hard_silu", 1e-6, |x| HardSilu.infer(x));
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
