//! Activations as layers, for chains; in a forward pass of one's own, the methods of tensors do.

use crate::module::{Layer, Param, Pass};
use crate::ops::Comparison;
use crate::size::Shape;
use crate::size::rules::{InHalves, LastAxis};
use crate::tensor::{InputElement, Real, Tensor};

macro_rules! activations {
    ($($layer:ident $method:ident $bound:ident $text:literal;)*) => { $(
        #[doc = concat!("[`Tensor::", stringify!($method), "`] as a layer", $text, ".")]
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
    Relu relu Shape "";
    Relu6 relu6 Shape "";
    Gelu gelu Shape ", by tanh";
    GeluExact gelu_exact Shape "";
    Tanh tanh Shape "";
    Sigmoid sigmoid Shape "";
    LogSigmoid log_sigmoid Shape "";
    Silu silu Shape "";
    Softplus softplus Shape "";
    SoftSign soft_sign Shape "";
    Selu selu Shape "";
    HardTanh hard_tanh Shape "";
    HardSigmoid hard_sigmoid Shape "";
    HardSilu hard_silu Shape "";
    Softmax softmax LastAxis ", over the last axis";
    LogSoftmax log_softmax LastAxis ", over the last axis";
}

macro_rules! with_an_option {
    ($($layer:ident $method:ident $option:ident $default:literal;)*) => { $(
        #[doc = concat!("[`Tensor::", stringify!($method), "`] as a layer; `", stringify!($option),
            "` is ", stringify!($default), " by default.")]
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
    Elu elu alpha 1.0;
    Celu celu alpha 1.0;
    LeakyRelu leaky_relu negative_slope 0.01;
}

/// [`Tensor::glu`] as a layer: `(.., 2 N)` gives `(.., N)`.
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

/// `y = x` from 0 on, `negative_slope x` below, with a slope that is learned (He et al., 2015).
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
    /// The slope below 0.
    pub negative_slope: Param<(), E>,
}

impl<E: Real> PRelu<E> {
    /// A layer that starts with this slope. (The derived `init` takes 0.01.)
    #[must_use]
    pub fn new(negative_slope: f64) -> Self {
        Self { negative_slope: Param::new(Tensor::from(E::from_f64(negative_slope))) }
    }
}

impl<S: Shape, E: Real, F: InputElement<E>> Layer<Tensor<S, F>> for PRelu<E> {
    type Output = Tensor<S, E>;
    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Tensor<S, E> {
        let x = x.into_dyn();
        let right = x.clone().detach().compare(Comparison::GreaterEqual, x.full_like(0.0));
        let below = x.clone() * self.negative_slope.get(pass).into_dyn();
        Tensor::trusted(right.select(x, below))
    }
}
