//! A linear layer.

use super::KernelOptions;
use super::bounds::last_axis_is;
use crate::module::{Layer, Param, Pass};
use crate::nn::cost::costs;
use crate::random::Rngs;
use crate::size::Size;
use crate::size::rules::LastAxis;
use crate::tensor::{InputElement, Real, Tensor};

/// `y = x W + b` over the last axis, with any leading axes: `(.., In)` gives `(.., Out)`.
///
/// | | |
/// |---|---|
/// | variables | `kernel` (In, Out), `lecun_normal`; `bias` (Out,), zeros |
/// | Flax | `nnx.Linear(In, Out, rngs=rngs)` |
/// | PyTorch | `nn.Linear(In, Out)`, whose weight is the transpose, (Out, In), and is initialized uniformly |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U3, U4};
///
/// let layer = Linear::<U3, U4>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 3] = Tensor::from_vec(vec![1.0; 6])?;
/// let y: Tensor![Batch, 4] = layer.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&KernelOptions::default(), rngs))]
pub struct Linear<In: Size, Out: Size, E: Real = f32> {
    /// The weights (In, Out).
    pub kernel: Param<(In, Out), E>,
    /// The bias (Out,), if the layer has one.
    pub bias: Option<Param<(Out,), E>>,
}

impl<In: Size, Out: Size, E: Real> Linear<In, Out, E> {
    /// A layer with weights initialized by `options`. The kernel takes its random key from `rngs` first, then the bias.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &KernelOptions, rngs: &mut Rngs) -> Self {
        Self { kernel: options.draw_kernel(rngs), bias: options.draw_bias(rngs) }
    }
}

impl<S, In: Size, Out: Size, E: Real, F: InputElement<E>> Layer<Tensor<S, F>> for Linear<In, Out, E>
where
    S: LastAxis<Last: FeaturesOf<S, In>>,
{
    type Output = Tensor<S::With<Out>, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let bias = self.bias.as_ref().map(|bias| bias.get(pass).into_dyn());
        Tensor::trusted(x.into_dyn().linear(self.kernel.get(pass).into_dyn(), bias))
    }
}

last_axis_is! {
    "Linear" FeaturesOf
        "`Linear` takes `{I}` features, but its input has shape `{S}`"
        "write `Linear<{Self}, ..>` if these are the features"
        "`x.flatten()` makes one axis of all axes after the batch; of `(B, 3, C)` with a parameter `C` it is `Product<U3, C>`";
}

costs! {
    // Per output element: a multiplication and an addition for each weight, and an addition for the bias.
    [In: Size, Out: Size, E: Real] Linear<In, Out, E>, |x, y| (2 * In::USIZE as u64 + 1) * y, x + y;
}
