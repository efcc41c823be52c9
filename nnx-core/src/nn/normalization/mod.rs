//! Normalization layers, and their common options: epsilon, an optional scale, an optional bias.

/// Implements `ReceptiveField` for a layer around another one that changes only the weights.
macro_rules! same_receptive_field {
    ($layer:ident) => {
        #[diagnostic::do_not_recommend]
        impl<const RANK: usize, L: WithKernel + ReceptiveField<RANK>> ReceptiveField<RANK>
            for $layer<L>
        {
            const FIELD: [usize; RANK] = L::FIELD;
            const STRIDE: [usize; RANK] = L::STRIDE;
        }
    };
}
mod batch;
mod group;
mod instance;
mod layer;
mod local_response;
mod masked;
mod options;
mod over_ranks;
mod rms;
mod spectral;
mod weight;

super::exports::exports! {
    batch: prelude { BatchNorm } bounds { BatchNormFeatures };
    group: prelude { GroupNorm } bounds { BatchFirst, GroupNormFeatures, InGroups };
    instance: prelude { InstanceNorm } bounds { InstanceNormFeatures, WithSpace };
    layer: prelude { LayerNorm } bounds { LayerNormInput };
    local_response: prelude { LocalResponseNorm };
    options: prelude { NormOptions };
    rms: prelude { RmsNorm } bounds { RmsNormInput };
    spectral: prelude { SpectralNorm };
    weight: prelude { WeightNorm };
}

use super::WithKernel;
use crate::module::{Param, Pass};
use crate::ops::Affine;
use crate::size::{Shape, StaticShape};
use crate::tensor::Real;

/// The values of a layer's scale and bias in this pass, if it has them.
fn affine<S: Shape, E: Real>(
    scale: &Option<Param<S, E>>,
    bias: &Option<Param<S, E>>,
    pass: &Pass,
) -> Affine {
    let value = |param: &Param<S, E>| param.get(pass).into_dyn();
    Affine { scale: scale.as_ref().map(value), bias: bias.as_ref().map(value) }
}

/// The number of weights of a layer that [`WeightNorm`] or [`SpectralNorm`] changes.
const fn kernel_elements<L: WithKernel>() -> u64 {
    <L::Shape as StaticShape>::ELEMENTS as u64
}

const fn kernel_bytes<L: WithKernel>() -> u64 {
    kernel_elements::<L>() * size_of::<L::Element>() as u64
}
