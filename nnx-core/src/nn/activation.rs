//! Activations as layers, for `Sequential`. In your own forward pass use the methods of tensors.

use super::cost::{costs, pointwise};
use super::prelu::prelu;
use crate::module::{Cost, Extent, Layer, Param, Pass};
use crate::size::rules::LastAxis;
use crate::size::{Check, Shape, U2};
use crate::tensor::{InHalves, InputElement, Real, Tensor};

/// Makes layers of the rows of `ops/elementwise` that have a `layer`.
macro_rules! rows {
    ($(
        $(#[$doc:meta])*
        pub fn $name:ident(self $(, $option:ident: f64)*) -> Self where [$($bounds:tt)*];
        $kind:ident $body:tt $(layer { $($layer:tt)* })? $(golden $golden:tt)? test $test:tt
    )*) => { $( $( layer! { Shape, $name, $($layer)* } )? )* };
}

macro_rules! layer {
    ($bound:ident, $method:ident, $layer:ident, $flax:literal, $pytorch:literal, flops $flops:literal, $memory:ident) => {
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
        cost! { $layer, flops $flops, $memory }
    };
    ($bound:ident, $method:ident, $layer:ident { $option:ident = $default:literal }, $flax:literal, $pytorch:literal,
        flops $flops:literal, $memory:ident) => {
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

        impl<S: $bound, E: Real> Layer<Tensor<S, E>> for $layer {
            type Output = Tensor<S, E>;
            fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Tensor<S, E> {
                x.$method(self.$option)
            }
        }
        cost! { $layer, flops $flops, $memory }
    };
}

/// Costs by the elements and bytes of input and output, and the receptive field: an output depends on the input at its
/// own position. `flops` counts 1 for each elementwise operation.
macro_rules! cost {
    ($layer:ty, flops $flops:literal, $memory:ident) => {
        #[diagnostic::do_not_recommend]
        impl<X: Extent> Cost<X> for $layer
        where
            Self: Layer<X, Output: Extent>,
        {
            const FLOPS: u64 = $flops * <Self as Layer<X>>::Output::ELEMENTS;
            const ACTIVATION_BYTES: u64 = $memory(X::BYTES, <Self as Layer<X>>::Output::BYTES);
        }
        pointwise! { [] $layer; }
    };
}

/// An in-place activation: the output overwrites the input.
const fn in_place(x: u64, _: u64) -> u64 {
    x
}

/// An activation that needs a new buffer: input and output are in memory at the same time.
const fn with_copy(x: u64, y: u64) -> u64 {
    x + y
}

/// `glu`: one half of the input is copied, the other becomes the gate.
const fn with_halves(x: u64, y: u64) -> u64 {
    x + 2 * y
}

include!("../ops/elementwise/rectifiers.rs");
include!("../ops/elementwise/smooth.rs");

// Per element: maximum, subtraction, exponential and sum; then a multiplication (softmax) or a subtraction
// (log-softmax).
layer! { LastAxis, softmax, Softmax, "nnx.softmax", "`nn.Softmax(-1)`", flops 5, with_copy }
layer! { LastAxis, log_softmax, LogSoftmax, "nnx.log_softmax", "`nn.LogSoftmax(-1)`", flops 5, with_copy }

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
        let () = Check::<N, U2>::DIVIDES;
        Tensor::trusted(x.into_dyn().glu())
    }
}
cost! { Glu, flops 2, with_halves }

/// `y = x` for `x >= 0`, `y = negative_slope x` for `x < 0`, with one learned slope (He et al., 2015);
/// [`ChannelPRelu`](super::ChannelPRelu) has one for each channel.
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
        Tensor::trusted(prelu(x.into_dyn(), self.negative_slope.get(pass).into_dyn()))
    }
}
costs! {
    // In memory at the same time: a mask of booleans, and the product of the input and the slope.
    [E: Real] PRelu<E>, |x, y| y, x + y + y / size_of::<E>() as u64;
}
pointwise! { [E: Real] PRelu<E>; }
