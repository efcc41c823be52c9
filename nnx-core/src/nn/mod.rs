//! Layers and losses.

mod activation;
mod conv;
mod dropout;
mod facts;
mod initialization;
mod kernel;
mod linear;
mod loss;
mod normalization;
mod pool;
mod sequential;

pub use activation::{
    Celu, Elu, Gelu, GeluExact, Glu, HardSigmoid, HardSilu, HardTanh, LeakyRelu, LogSigmoid,
    LogSoftmax, PRelu, Relu, Relu6, Selu, Sigmoid, Silu, SoftSign, Softmax, Softplus, Tanh,
};
pub use conv::Conv;
pub use dropout::Dropout;
pub use initialization::Initialization;
pub use kernel::WithKernel;
pub use linear::Linear;
pub use loss::{accuracy, softmax_cross_entropy};
pub use normalization::{
    BatchNorm, GroupNorm, InstanceNorm, LayerNorm, Normalization, RmsNorm, SpectralNorm, WeightNorm,
};
pub use pool::{AvgPool, Flatten, MaxPool};
pub use sequential::Sequential;
