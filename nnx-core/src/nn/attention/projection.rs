//! The linear maps into heads and out of them.

use crate::array::Dims;
use crate::module::Pass;
use crate::nn::LinearGeneral;
use crate::nn::initialization::draw_as;
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::rules::Sizes;
use crate::size::{Shape, StaticShape};
use crate::tensor::Real;

/// A map of features, of which the kernel draws first; both initializers see all features as one axis, as
/// in Flax.
pub(super) fn draw<In: Sizes, Out: Sizes, E: Real>(
    kernel: &dyn Initializer,
    bias: Option<&dyn Initializer>,
    rngs: &mut Rngs,
) -> LinearGeneral<In, Out, E> {
    let [inputs, outputs] = [In::Shape::ELEMENTS, Out::Shape::ELEMENTS];
    LinearGeneral {
        kernel: draw_as(kernel, &[inputs, outputs], rngs),
        bias: bias.map(|bias| draw_as(bias, &[outputs], rngs)),
    }
}

/// `(batch, time, inputs..)` to `(batch, time, outputs..)`: the map of tensors whose shape is known here
/// alone.
pub(super) fn apply<In: Sizes, Out: Sizes, E: Real>(
    map: &LinearGeneral<In, Out, E>,
    x: DynTensor,
    pass: &Pass,
) -> DynTensor {
    let matrix = [In::Shape::ELEMENTS, Out::Shape::ELEMENTS];
    let outputs: Dims = Out::Shape::AXES.iter().flatten().copied().collect();
    let bias = map.bias.as_ref().map(|bias| bias.get(pass).into_dyn());
    project(x, map.kernel.get(pass).into_dyn(), matrix, bias, &outputs)
}

fn project(
    x: DynTensor,
    kernel: DynTensor,
    [inputs, flat]: [usize; 2],
    bias: Option<DynTensor>,
    outputs: &[usize],
) -> DynTensor {
    let (batch, time) = (x.dims()[0], x.dims()[1]);
    let y = x.reshape(&[batch, time, inputs]).matmul(kernel.reshape(&[inputs, flat]));
    let y = match bias {
        Some(bias) => y + bias.reshape(&[flat]),
        None => y,
    };
    let dims: Dims = [batch, time].iter().chain(outputs).copied().collect();
    y.reshape(&dims)
}
