//! A convolution over images.

use super::Initialization;
use crate::module::{Layer, Param, Pass};
use crate::random::Rngs;
use crate::size::rules::{ChannelsOf, Image};
use crate::size::{Grouping, Pair, Same, Size, U1, Ungrouped, Window2};
use crate::tensor::{InputElement, Positions, Real, Tensor};

/// A convolution over images `(B, H, W, In)`, which gives `(B, oH, oW, Out)`; channels stand last.
///
/// `y[b, i, j, o] = Σ x[b, i s + u d, j s + v d, c] k[u, v, c, o] + bias[o]` over the padded input,
/// for strides s and dilation d (a cross-correlation, as everywhere in deep learning).
///
/// | parameter | meaning | default |
/// |---|---|---|
/// | `In`, `Out` | channels | |
/// | `Kernel` | height and width of the window | |
/// | `Strides` | steps of the window | `(U1, U1)` |
/// | `Pad` | [`Same`], [`Valid`](crate::size::Valid) or [`Explicit`](crate::size::Explicit) | [`Same`]: `oH = ceil(H / stride)` |
/// | `Dilation` | steps between the elements under the window | `(U1, U1)` |
/// | `Groups` | [`Ungrouped`], or [`Grouped<G>`](crate::size::Grouped) where G divides both channels | [`Ungrouped`] |
///
/// | | |
/// |---|---|
/// | variables | `kernel` (h, w, In / groups, Out), `lecun_normal`; `bias` (Out,), zeros |
/// | Flax | `nnx.Conv(In, Out, kernel_size=(h, w), strides=.., padding=.., kernel_dilation=.., feature_group_count=..)` |
/// | PyTorch | `nn.Conv2d`, with channels first, no padding by default, and weights (Out, In / groups, h, w) |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::Conv, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U3, U8, Valid};
///
/// let halve = Conv::<U3, U8, (U3, U3), (U2, U2), Valid>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 33, 33, 3] = Tensor::from_vec(vec![0.5; 33 * 33 * 3])?;
/// let y: Tensor![Batch, 16, 16, 8] = halve.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&Initialization::default(), rngs))]
pub struct Conv<
    In: Size,
    Out: Size,
    Kernel: Pair,
    Strides = (U1, U1),
    Pad = Same,
    Dilation = (U1, U1),
    Groups: Grouping<In, Out> = Ungrouped,
    E: Real = f32,
> {
    /// The weights (h, w, In / groups, Out).
    pub kernel: Param<(Kernel::Height, Kernel::Width, Groups::In, Out), E>,
    /// The bias (Out,), where the layer has one.
    pub bias: Option<Param<(Out,), E>>,
    window: std::marker::PhantomData<fn() -> (Strides, Pad, Dilation)>,
}

impl<In, Out, K, T, P, D, G, E> Conv<In, Out, K, T, P, D, G, E>
where
    In: Size,
    Out: Size,
    K: Pair,
    G: Grouping<In, Out>,
    E: Real,
{
    /// A layer whose weights start as `initialization` says: the kernel draws first.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(initialization: &Initialization, rngs: &mut Rngs) -> Self {
        Self {
            kernel: initialization.draw_kernel(rngs),
            bias: initialization.draw_bias(rngs),
            window: std::marker::PhantomData,
        }
    }
}

impl<S, In, Out, H, W, T, P, D, G, E, F> Layer<Tensor<S, F>>
    for Conv<In, Out, (H, W), T, P, D, G, E>
where
    S: Image<Channels: ChannelsOf<S, In>> + Window2<(H, W), T, P, D>,
    In: Size,
    Out: Size,
    H: Size,
    W: Size,
    G: Grouping<In, Out>,
    E: Real,
    F: InputElement<E>,
{
    type Output = Tensor<Positions<S, (H, W), T, P, D, Out>, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let y = x.conv::<T, P, D, G, H, W, In, Out, E>(self.kernel.get(pass));
        match &self.bias {
            Some(bias) => y + bias.get(pass),
            None => y,
        }
    }
}
