//! A linear layer over several axes.

use super::KernelOptions;
use crate::array::{Dims, product};
use crate::module::{Layer, Param, Pass};
use crate::nn::cost::costs;
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::rules::{Append, EndsWith, Sizes};
use crate::size::{Shape, StaticShape};
use crate::tensor::{InputElement, Real, Tensor};

/// `y = x W + b`, summed over the last axes `In`, which are replaced by the axes `Out`: `(.., In)` gives
/// `(.., Out)`, with any leading axes.
///
/// `In` and `Out` are each a size or a tuple of sizes: `LinearGeneral<U512, (U8, U64)>` splits features into
/// heads, `LinearGeneral<(U8, U64), U512>` joins the heads. To sum over other axes, move them to the end by
/// [`Tensor::permute`]. [`Einsum`](super::Einsum) has weights that differ along an axis of the input.
///
/// | | |
/// |---|---|
/// | variables | `kernel` (In, Out), `lecun_normal` over the products of In and Out; `bias` (Out), zeros |
/// | Flax | `nnx.LinearGeneral(in, out, axis=(-2, -1), rngs=rngs)`, axes in that order |
/// | PyTorch | none; `torch.einsum` |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::LinearGeneral, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U3, U6};
///
/// let heads = LinearGeneral::<U6, (U2, U3)>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 4, 6] = Tensor::from_vec(vec![1.0; 48])?;
/// let y: Tensor![Batch, 4, 2, 3] = heads.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&KernelOptions::default(), rngs))]
pub struct LinearGeneral<In: Sizes, Out: Sizes, E: Real = f32> {
    /// The weights (In, Out).
    pub kernel: Param<In::Then<Out>, E>,
    /// The bias (Out), if the layer has one.
    pub bias: Option<Param<Out::Shape, E>>,
}

/// The number of elements of some axes.
fn elements<A: Sizes>() -> usize {
    <A::Shape as StaticShape>::ELEMENTS
}

impl<In: Sizes, Out: Sizes, E: Real> LinearGeneral<In, Out, E> {
    /// A layer with weights initialized by `options`, which see the kernel as a matrix of all input features by all
    /// output features. The kernel takes its random key from `rngs` first, then the bias.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &KernelOptions, rngs: &mut Rngs) -> Self {
        let matrix = [elements::<In>(), elements::<Out>()];
        Self {
            kernel: options.draw_kernel_as(&matrix, rngs),
            bias: options.draw_bias_as(&matrix[1..], rngs),
        }
    }

    /// As [`with`](Self::with), from borrowed initializers, which the linear layers of an attention share.
    pub(super) fn drawn(
        kernel: &dyn Initializer,
        bias: Option<&dyn Initializer>,
        rngs: &mut Rngs,
    ) -> Self {
        let matrix = [elements::<In>(), elements::<Out>()];
        Self {
            kernel: Param::drawn_as(kernel, &matrix, rngs),
            bias: bias.map(|bias| Param::drawn_as(bias, &matrix[1..], rngs)),
        }
    }

    /// The layer's output for a tensor whose shape is known to fit.
    pub(super) fn apply(&self, x: DynTensor, pass: &Pass) -> DynTensor {
        let dims = x.dims();
        let leading = &dims[..dims.len() - <In::Shape as Shape>::AXES.len()];
        let out = <Out::Shape as Shape>::AXES.iter().flatten();
        let sizes: Dims = leading.iter().chain(out).copied().collect();

        let [inner, outer] = [elements::<In>(), elements::<Out>()];
        let kernel = self.kernel.get(pass).into_dyn().reshape(&[inner, outer]);
        let rows = product(leading.iter().copied());
        let bias = self.bias.as_ref().map(|bias| bias.get(pass).into_dyn().reshape(&[outer]));
        x.reshape(&[rows, inner]).linear(kernel, bias).reshape(&sizes)
    }
}

impl<S, In: Sizes, Out: Sizes, E: Real, F: InputElement<E>> Layer<Tensor<S, F>>
    for LinearGeneral<In, Out, E>
where
    S: Contracted<In, Out>,
{
    type Output = Tensor<S::Output, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        Tensor::trusted(self.apply(x.into_dyn(), pass))
    }
}

/// A shape that ends with `In`: the input of `LinearGeneral<In, Out>`.
#[diagnostic::on_unimplemented(
    message = "`LinearGeneral` contracts the last axes `{In}`, but its input has shape `{Self}`",
    label = "the last axes aren't `{In}`, or the output would have too many axes",
    note = "`permute` puts other axes last; a tensor has at most eight axes"
)]
pub trait Contracted<In, Out>: Shape {
    /// The shape with `Out` in place of these axes.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<S, In: Sizes, Out: Sizes> Contracted<In, Out> for S
where
    S: EndsWith<In, Leading: Append<Out::Shape>>,
{
    type Output = <S::Leading as Append<Out::Shape>>::Output;
}

costs! {
    [In: Sizes, Out: Sizes, E: Real] LinearGeneral<In, Out, E>,
        |x, y| (2 * <In::Shape as StaticShape>::ELEMENTS as u64 + 1) * y, x + y;
}
