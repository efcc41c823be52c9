//! Linear layers side by side, one for each index of the leading axes.

use super::KernelOptions;
use crate::array::{Dims, product};
use crate::module::{Layer, Param, Pass};
use crate::nn::cost::costs;
use crate::random::Rngs;
use crate::size::rules::{Append, EndsWith, Sizes};
use crate::size::{Dim, Shape, Size, StaticShape};
use crate::tensor::{InputElement, Real, Tensor};

/// A linear layer of its own for each index of the first axis, `Experts`: `y[e] = x[e] W[e] + b[e]`, summed over the
/// last axes `In`, which are replaced by the axes `Out`. `(Experts, .., In)` gives `(Experts, .., Out)`.
///
/// `In` and `Out` are each a size or a tuple of sizes, as in [`LinearGeneral`](super::LinearGeneral). Axes that are
/// not first and last are put there by [`Tensor::permute`].
///
/// | | |
/// |---|---|
/// | variables | `kernel` (Experts, In, Out), `lecun_normal` of a matrix of Experts times In rows, as in Flax; `bias` (Experts, Out), zeros |
/// | Flax | `nnx.LinearGeneral(in, out, axis=.., batch_axis={0: experts}, rngs=rngs)` |
/// | PyTorch | none; `torch.baddbmm` |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::BatchedLinear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U3, U5};
///
/// let experts = BatchedLinear::<U2, U3, U5>::init(&mut Rngs::new(0));
/// let x: Tensor![2, Batch, 3] = Tensor::from_vec(vec![1.0; 24])?;
/// let y: Tensor![2, Batch, 5] = experts.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&KernelOptions::default(), rngs))]
pub struct BatchedLinear<Experts: Size, In: ExpertKernel<Experts, Out>, Out: Sizes, E: Real = f32> {
    /// The weights (Experts, In, Out).
    pub kernel: Param<In::Kernel, E>,
    /// The bias (Experts, Out), if the layer has one.
    pub bias: Option<Param<Out::Behind1<Experts>, E>>,
}

/// The input axes of a [`BatchedLinear`], with the output axes `Out`.
#[diagnostic::on_unimplemented(
    message = "a kernel of `{Experts}`, `{Self}` and `{Out}` would have too many axes",
    label = "a tensor has at most eight axes"
)]
pub trait ExpertKernel<Experts, Out>: Sizes {
    /// The biases (Experts, Out).
    type Kernel: StaticShape;
}
#[diagnostic::do_not_recommend]
impl<Experts: Size, In: Sizes, Out: Sizes> ExpertKernel<Experts, Out> for In
where
    In::Behind1<Experts>: Append<Out::Shape, Output: StaticShape>,
{
    type Kernel = <In::Behind1<Experts> as Append<Out::Shape>>::Output;
}

fn elements<A: Sizes>() -> usize {
    <A::Shape as StaticShape>::ELEMENTS
}

impl<Experts, In, Out, E> BatchedLinear<Experts, In, Out, E>
where
    Experts: Size,
    In: ExpertKernel<Experts, Out>,
    Out: Sizes,
    E: Real,
{
    /// A layer with weights initialized by `options`, which see the kernel as a matrix of experts times input features
    /// by output features, and all biases as one. The kernel takes its random key from `rngs` first, then the bias.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &KernelOptions, rngs: &mut Rngs) -> Self {
        let (experts, outer) = (Experts::USIZE, elements::<Out>());
        Self {
            kernel: options.draw_kernel_as(&[experts * elements::<In>(), outer], rngs),
            bias: options.draw_bias_as(&[experts * outer], rngs),
        }
    }
}

impl<S, Experts, In, Out, E: Real, F: InputElement<E>> Layer<Tensor<S, F>>
    for BatchedLinear<Experts, In, Out, E>
where
    S: BatchedInput<Experts, In, Out>,
    Experts: Size,
    In: ExpertKernel<Experts, Out>,
    Out: Sizes,
{
    type Output = Tensor<S::Output, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let dims = x.dims();
        let leading = &dims[..dims.len() - <In::Shape as Shape>::AXES.len()];
        let out = <Out::Shape as Shape>::AXES.iter().flatten();
        let sizes: Dims = leading.iter().chain(out).copied().collect();

        let [experts, inner, outer] = [Experts::USIZE, elements::<In>(), elements::<Out>()];
        let rows = product(leading[1..].iter().copied());
        let kernel = self.kernel.get(pass).into_dyn().reshape(&[experts, inner, outer]);
        let y = x.into_dyn().reshape(&[experts, rows, inner]).matmul(kernel);
        let y = match &self.bias {
            Some(bias) => y + bias.get(pass).into_dyn().reshape(&[experts, 1, outer]),
            None => y,
        };
        Tensor::trusted(y.reshape(&sizes))
    }
}

/// A shape that begins with `Experts` and ends with `In`: the input of `BatchedLinear<Experts, In, Out>`.
#[diagnostic::on_unimplemented(
    message = "`BatchedLinear` takes `({Experts}, .., {In})`, but its input has shape `{Self}`",
    label = "the first axis isn't `{Experts}`, the last axes aren't `{In}`, or the output would have too many axes",
    note = "`permute` puts other axes first and last; a tensor has at most eight axes"
)]
pub trait BatchedInput<Experts, In, Out>: Shape {
    /// The shape with `Out` in place of the last axes.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<S, Experts: Dim, In: Sizes, Out: Sizes> BatchedInput<Experts, In, Out> for S
where
    S: EndsWith<In, Leading: Append<Out::Shape> + FirstAxis<Experts>>,
{
    type Output = <S::Leading as Append<Out::Shape>>::Output;
}

/// A shape whose first axis is `A`.
pub trait FirstAxis<A> {}
macro_rules! first_axis {
    ($($($axis:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<A, $($axis),*> FirstAxis<A> for (A, $($axis,)*) {}
    )* };
}
first_axis! { ; B; B C; B C D; B C D E; B C D E F; B C D E F G; }

costs! {
    // Per output element: a multiplication and an addition for each weight, and an addition for the bias.
    [Experts: Size, In: ExpertKernel<Experts, Out>, Out: Sizes, E: Real] BatchedLinear<Experts, In, Out, E>,
        |x, y| (2 * <In::Shape as StaticShape>::ELEMENTS as u64 + 1) * y, x + y;
}
