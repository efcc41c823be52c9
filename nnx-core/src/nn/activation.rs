//! Activations as layers, for chains; in a forward pass of one's own, the methods of tensors do.

use crate::module::{Layer, Pass};
use crate::size::Shape;
use crate::size::rules::LastAxis;
use crate::tensor::{Real, Tensor};

macro_rules! activations {
    ($($(#[$doc:meta])* $layer:ident $method:ident $bound:ident;)*) => { $(
        $(#[$doc])*
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
    /// [`Tensor::relu`] as a layer.
    Relu relu Shape;
    /// [`Tensor::gelu`] as a layer.
    Gelu gelu Shape;
    /// [`Tensor::tanh`] as a layer.
    Tanh tanh Shape;
    /// [`Tensor::sigmoid`] as a layer.
    Sigmoid sigmoid Shape;
    /// [`Tensor::softmax`] as a layer, over the last axis.
    Softmax softmax LastAxis;
}
