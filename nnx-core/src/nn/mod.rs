//! Layers and losses.

pub mod activation;
mod affine;
mod alpha_dropout;
mod attention;
mod batched_linear;
mod bilinear;
pub mod bounds;
mod conv;
mod conv_transpose;
mod cost;
mod dropout;
mod einsum;
mod embedding;
mod exports;
mod identity;
mod kernel_options;
mod lengths;
mod linear;
mod linear_general;
mod lora;
mod loss;
mod normalization;
mod pad;
mod pool;
mod prelu;
mod recurrent;
mod remat;
mod sequential;
mod with_kernel;
mod without_bias;

/// The functions of layers that files of programs may have.
pub(crate) fn operation_rows() -> impl Iterator<Item = crate::ops::Row> {
    [crate::ops::number_row::<lengths::Lengths>()].into_iter()
}

pub use activation::*;
#[doc(hidden)]
pub use einsum::NoInput;

exports::exports! {
    folders { attention, embedding, loss, normalization, pool, recurrent }

    alpha_dropout: prelude { AlphaDropout };
    batched_linear: prelude { BatchedLinear } bounds { BatchedInput, ExpertKernel, FirstAxis };
    bilinear: prelude { Bilinear } bounds { BilinearFirst, BilinearSecond, PairedWith };
    conv: prelude { Conv };
    conv_transpose: prelude { ConvTranspose };
    dropout: prelude { Dropout } bounds { SharesMask };
    einsum: prelude { Einsum } nn { Contraction, Equation };
    identity: prelude { Identity };
    kernel_options: prelude { KernelOptions };
    linear: prelude { Linear } bounds { FeaturesOf };
    linear_general: prelude { LinearGeneral } bounds { Contracted };
    lora:
        prelude { Lora, LoraLinear, LoraOptions, LoraParam }
        bounds { LoraFeatures, LoraLinearFeatures };
    pad: prelude { Pad } bounds { PaddedBy };
    prelu: prelude { ChannelPRelu } bounds { PReluChannels };
    remat: prelude { Remat };
    sequential: prelude { Sequential };
    with_kernel: nn { WithKernel };
    without_bias: prelude { WithoutBias } nn { OptionalBias };
}

/// What `nnx::prelude` has of this module. It leaves out traits and types that only name what a layer needs or returns: write
/// `nn::WithKernel`.
#[doc(hidden)]
pub mod prelude {
    pub use super::activation::*;
    pub use super::bounds::HoldsPositions;
    pub use super::in_prelude::*;
}
