//! The optional scale and bias at the end of a layer.

use crate::module::{Param, Pass};
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::tensor::Real;

/// `x * scale`, or `x` if there is no scale.
pub(super) fn scaled<S: Shape, E: Real>(
    x: DynTensor,
    scale: &Option<Param<S, E>>,
    pass: &Pass,
) -> DynTensor {
    match scale {
        Some(scale) => x * scale.get(pass).into_dyn(),
        None => x,
    }
}

/// `x + bias`, or `x` if there is no bias.
pub(super) fn biased<S: Shape, E: Real>(
    x: DynTensor,
    bias: &Option<Param<S, E>>,
    pass: &Pass,
) -> DynTensor {
    match bias {
        Some(bias) => x + bias.get(pass).into_dyn(),
        None => x,
    }
}
