//! Activations as layers, for chains such as `Sequential`. In your own forward pass use the methods of tensors.

use crate::module::{Layer, Param, Pass};
use crate::nn::cost::{costs, pointwise};
use crate::ops::Comparison;
use crate::size::Shape;
use crate::size::rules::LastAxis;
use crate::tensor::{InHalves, InputElement, Real, Tensor};

macro_rules! activations {
    ($($layer:ident $method:ident $bound:ident, $flax:literal, $pytorch:literal;)*) => { $(
        #[doc = concat!("[`Tensor::", stringify!($method), "`] as a layer: `", $flax, "` in Flax, ",
            $pytorch, " in PyTorch.\n\n```\nuse nnx_core::{module::Layer, nn::", stringify!($layer),
            ", tensor::Tensor};\n\nlet x = Tensor::from([-2.0, 0.0, 3.0]);\nassert_eq!(",
            stringify!($layer), ".infer(x.clone()).to_vec(), x.", stringify!($method),
            "().to_vec());\n```")]
        #[derive(Debug, Clone, Copy, Default, crate::Module)]
        pub struct $layer;

        impl<S: $bound, E: Real> Layer<Tensor<S, E>> for $layer {
            type Output = Tensor<S, E>;
            fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Tensor<S, E> {
                x.$method()
            }
        }
    )* };
}
activations! {
    Relu relu Shape, "nnx.relu", "`nn.ReLU()`";
    Relu6 relu6 Shape, "nnx.relu6", "`nn.ReLU6()`";
    Gelu gelu Shape, "nnx.gelu", "`nn.GELU(approximate=\"tanh\")`, which isn't the default,";
    GeluExact gelu_exact Shape, "nnx.gelu(x, approximate=False)", "`nn.GELU()`";
    Tanh tanh Shape, "nnx.tanh", "`nn.Tanh()`";
    Sigmoid sigmoid Shape, "nnx.sigmoid", "`nn.Sigmoid()`";
    LogSigmoid log_sigmoid Shape, "nnx.log_sigmoid", "`nn.LogSigmoid()`";
    Silu silu Shape, "nnx.silu", "`nn.SiLU()`";
    Softplus softplus Shape, "nnx.softplus", "`nn.Softplus()`";
    SoftSign soft_sign Shape, "nnx.soft_sign", "`nn.Softsign()`";
    Selu selu Shape, "nnx.selu", "`nn.SELU()`";
    HardTanh hard_tanh Shape, "nnx.hard_tanh", "`nn.Hardtanh()`";
    HardSigmoid hard_sigmoid Shape, "nnx.hard_sigmoid", "`nn.Hardsigmoid()`";
    HardSilu hard_silu Shape, "nnx.hard_silu", "`nn.Hardswish()`";
    Softmax softmax LastAxis, "nnx.softmax", "`nn.Softmax(-1)`";
    LogSoftmax log_softmax LastAxis, "nnx.log_softmax", "`nn.LogSoftmax(-1)`";
}

macro_rules! with_an_option {
    ($($layer:ident $method:ident $option:ident $default:literal, $flax:literal, $pytorch:literal;)*) => { $(
        #[doc = concat!("[`Tensor::", stringify!($method), "`] as a layer: `", $flax, "` in Flax, `",
            $pytorch, "` in PyTorch; `", stringify!($option), "` is ", stringify!($default),
            " by default.\n\n```\nuse nnx_core::{module::Layer, nn::", stringify!($layer),
            ", tensor::Tensor};\n\nlet layer = ", stringify!($layer), " { ", stringify!($option),
            ": 0.5 };\nlet x = Tensor::from([-2.0, 0.0, 3.0]);\nassert_eq!(layer.infer(x.clone()).to_vec(), x.",
            stringify!($method), "(0.5).to_vec());\n```")]
        #[derive(Debug, Clone, Copy, crate::Module)]
        #[module(init = Self::default())]
        pub struct $layer {
            #[doc = concat!("The option `", stringify!($option), "` of the method.")]
            pub $option: f64,
        }

        impl Default for $layer {
            fn default() -> Self {
                Self { $option: $default }
            }
        }

        impl<S: Shape, E: Real> Layer<Tensor<S, E>> for $layer {
            type Output = Tensor<S, E>;
            fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Tensor<S, E> {
                x.$method(self.$option)
            }
        }
    )* };
}
with_an_option! {
    Elu elu alpha 1.0, "nnx.elu", "nn.ELU(alpha)";
    Celu celu alpha 1.0, "nnx.celu", "nn.CELU(alpha)";
    LeakyRelu leaky_relu negative_slope 0.01, "nnx.leaky_relu", "nn.LeakyReLU(slope)";
}

/// [`Tensor::glu`] as a layer: `(.., 2 N)` gives `(.., N)`; `nnx.glu` in Flax, `nn.GLU()` in PyTorch.
///
/// ```
/// use nnx_core::{module::Layer, nn::Glu, tensor::Tensor};
///
/// let x = Tensor::from([3.0, 5.0, 0.0, 100.0]);
/// assert_eq!(Glu.infer(x).to_vec(), [1.5, 5.0]);
/// ```
#[derive(Debug, Clone, Copy, Default, crate::Module)]
pub struct Glu;

impl<S, N, E: Real> Layer<Tensor<S, E>> for Glu
where
    S: LastAxis<Last = N>,
    N: InHalves,
{
    type Output = Tensor<S::With<N::Half>, E>;
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        x.glu()
    }
}

/// `y = x` for `x >= 0`, `y = negative_slope x` for `x < 0`, with a learned slope (He et al., 2015).
///
/// | | |
/// |---|---|
/// | variables | `negative_slope` (), 0.01 |
/// | Flax | `nnx.PReLU(negative_slope_init=0.01)` |
/// | PyTorch | `nn.PReLU(init=0.25)` |
///
/// ```
/// use nnx_core::{module::Layer, nn::PRelu, tensor::Tensor};
///
/// let layer = PRelu::new(0.5);
/// assert_eq!(layer.infer(Tensor::from([-4.0, 4.0])).to_vec(), [-2.0, 4.0]);
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::new(0.01))]
pub struct PRelu<E: Real = f32> {
    /// The slope for `x < 0`.
    pub negative_slope: Param<(), E>,
}

impl<E: Real> PRelu<E> {
    /// A layer with this initial slope. (The derived `init` uses 0.01.)
    #[must_use]
    pub fn new(negative_slope: f64) -> Self {
        Self { negative_slope: Param::new(Tensor::from(E::from_f64(negative_slope))) }
    }
}

impl<S: Shape, E: Real, F: InputElement<E>> Layer<Tensor<S, F>> for PRelu<E> {
    type Output = Tensor<S, E>;
    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Tensor<S, E> {
        let x = x.into_dyn();
        let right = x.clone().stop_gradient().compare(Comparison::GreaterEqual, x.full_like(0.0));
        let below = x.clone() * self.negative_slope.get(pass).into_dyn();
        Tensor::trusted(right.select(x, below))
    }
}

costs! {
    // A mask of booleans, and the product of the input and the slope.
    [E: Real] PRelu<E>, |x, y| y, x + y + y / size_of::<E>() as u64;
    // In place. Each elementwise operation that an activation is composed of counts 1.
    [] Relu, |x, y| y, x;
    [] Relu6, |x, y| y, x;
    [] LeakyRelu, |x, y| y, x;
    [] Elu, |x, y| y, x;
    [] Celu, |x, y| y, x;
    [] Selu, |x, y| 2 * y, x;
    [] Tanh, |x, y| y, x;
    [] Sigmoid, |x, y| y, x;
    [] LogSigmoid, |x, y| 3 * y, x;
    [] Softplus, |x, y| y, x;
    [] HardTanh, |x, y| y, x;
    [] HardSigmoid, |x, y| 3 * y, x;
    [] Gelu, |x, y| y, x;
    [] GeluExact, |x, y| y, x;
    // A product of the input and a factor, which needs memory of its own.
    [] Silu, |x, y| 2 * y, x + y;
    [] HardSilu, |x, y| 4 * y, x + y;
    [] SoftSign, |x, y| 3 * y, x + y;
    [] Glu, |x, y| 2 * y, x + 2 * y;
    // Maximum, subtraction, exponential and sum; then a multiplication (softmax) or a subtraction (log-softmax).
    [] Softmax, |x, y| 5 * y, x + y;
    [] LogSoftmax, |x, y| 5 * y, x + y;
}
pointwise! {
    [] Relu; [] Relu6; [] LeakyRelu; [] Elu; [] Celu; [] Selu; [] Tanh; [] Sigmoid; [] LogSigmoid; [] Softplus;
    [] HardTanh; [] HardSigmoid; [] Gelu; [] GeluExact; [] Silu; [] HardSilu; [] SoftSign; [E: Real] PRelu<E>; [] Glu;
    [] Softmax; [] LogSoftmax;
}
