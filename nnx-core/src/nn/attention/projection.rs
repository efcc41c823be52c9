//! The linear maps into heads and out of them.

use crate::array::Dims;
use crate::module::{Param, Pass};
use crate::nn::initialization::draw_as;
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::{Shape, StaticShape};
use crate::tensor::Real;

/// A linear map from and to features of several axes, such as `(In,)` to `(Heads, Size)`, whose kernel
/// has the axes of both, and whose bias those of the latter (`nnx.LinearGeneral`).
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::draw(&crate::random::init::lecun_normal(), Some(&crate::random::init::zeros()), rngs))]
pub struct Projection<Kernel: StaticShape, Bias: StaticShape, E: Real = f32> {
    /// The weights: the axes of the input, then those of the output.
    pub kernel: Param<Kernel, E>,
    /// The bias, where there is one.
    pub bias: Option<Param<Bias, E>>,
}

/// The features of the input and of the output as one axis each.
fn matrix<Kernel: Shape, Bias: Shape>() -> [usize; 2] {
    let kernel: Dims = Kernel::AXES.iter().flatten().copied().collect();
    let inputs = kernel.len() - Bias::AXES.len();
    [kernel[..inputs].iter().product(), kernel[inputs..].iter().product()]
}

impl<Kernel: StaticShape, Bias: StaticShape, E: Real> Projection<Kernel, Bias, E> {
    /// The kernel draws first; both initializers see all features as one axis, as in Flax.
    pub(super) fn draw(
        kernel: &dyn Initializer,
        bias: Option<&dyn Initializer>,
        rngs: &mut Rngs,
    ) -> Self {
        let [inputs, outputs] = matrix::<Kernel, Bias>();
        Self {
            kernel: draw_as(kernel, &[inputs, outputs], rngs),
            bias: bias.map(|bias| draw_as(bias, &[outputs], rngs)),
        }
    }

    /// `(batch, time, inputs..)` to `(batch, time, outputs..)`.
    pub(super) fn apply(&self, x: DynTensor, pass: &Pass) -> DynTensor {
        let matrix = matrix::<Kernel, Bias>();
        let outputs: Dims = Bias::AXES.iter().flatten().copied().collect();
        let bias = self.bias.as_ref().map(|bias| bias.get(pass).into_dyn());
        project(x, self.kernel.get(pass).into_dyn(), matrix, bias, &outputs)
    }
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
