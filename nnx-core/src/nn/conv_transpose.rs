//! Transposed convolutions over one, two or three axes.

use super::Initialization;
use super::affine::biased;
use super::conv::masked;
use crate::module::{Layer, Param, Pass};
use crate::random::Rngs;
use crate::size::rules::ChannelsOf;
use crate::size::{InOut, KernelOrder, Same, Size, Spatial, Transposed, U1, WindowShape};
use crate::tensor::{InputElement, Real, Tensor, TransposedPositions};

/// A transposed convolution over `(B, .., In)`, which gives `(B, .., Out)`; channels stand last.
///
/// The input with `stride - 1` zeros between its elements, padded, under a convolution with strides of
/// 1: a stride of s makes a map s times as large. Kernels of one, two or three sizes as in
/// [`Conv`](super::Conv). For n elements, a stride s, and a window that reaches over r = (k - 1) d + 1:
///
/// | `Pad` | length that comes out |
/// |---|---|
/// | [`Same`] | `n s` |
/// | [`Valid`](crate::size::Valid) | `n s + max(r - s, 0)` |
/// | [`Circular`](crate::size::Circular) | `n s`: as `Valid`, and what reaches beyond is added at the other end |
/// | [`Explicit`](crate::size::Explicit) (a, b) | `(n - 1) s + 2 + a + b - r`: the padding of the input with its zeros |
///
/// | parameter | meaning | default |
/// |---|---|---|
/// | `In`, `Out` | channels | |
/// | `Kernel` | the sizes of the window | |
/// | `Strides` | how much larger the map becomes | `U1` |
/// | `Pad` | see above | [`Same`] |
/// | `Dilation` | steps between the elements under the window | `U1` |
/// | `Order` | [`InOut`] for a kernel (.., In, Out), which isn't reversed; [`OutIn`](crate::size::OutIn) for one (.., Out, In), which is, as that of the convolution whose transpose this is | [`InOut`] |
///
/// | | |
/// |---|---|
/// | variables | `kernel` (.., In, Out) or (.., Out, In), `lecun_normal`; `bias` (Out,), zeros |
/// | Flax | `nnx.ConvTranspose(In, Out, kernel_size=.., strides=.., padding=.., kernel_dilation=.., transpose_kernel=.., mask=..)` |
/// | PyTorch | `nn.ConvTranspose1d`, `2d`, `3d`: channels first, weights (In, Out, ..) in the order [`OutIn`](crate::size::OutIn), and a padding p that stands for `Explicit` (r - 1 - p) |
///
/// Paper: Zeiler et al., Deconvolutional networks, 2010.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::ConvTranspose, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U3, U8};
///
/// let double = ConvTranspose::<U8, U3, (U3, U3), U2>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 7, 9, 8] = Tensor::from_vec(vec![0.5; 7 * 9 * 8])?;
/// let y: Tensor![Batch, 14, 18, 3] = double.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&Initialization::default(), rngs))]
pub struct ConvTranspose<
    In: Size,
    Out: Size,
    Kernel: WindowShape,
    Strides = U1,
    Pad = Same,
    Dilation = U1,
    Order: KernelOrder<In, Out> = InOut,
    E: Real = f32,
> {
    /// The weights (.., In, Out), or (.., Out, In).
    pub kernel: Param<Kernel::Weights<Order::First, Order::Second>, E>,
    /// The bias (Out,), where the layer has one.
    pub bias: Option<Param<(Out,), E>>,
    /// What the weights are multiplied by in every pass, see [`with_mask`](Self::with_mask).
    #[module(skip)]
    pub mask: Option<Tensor<Kernel::Weights<Order::First, Order::Second>, E>>,
    window: std::marker::PhantomData<fn() -> (Strides, Pad, Dilation)>,
}

impl<In, Out, K, T, P, D, O, E> ConvTranspose<In, Out, K, T, P, D, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape,
    O: KernelOrder<In, Out>,
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
            mask: None,
            window: std::marker::PhantomData,
        }
    }

    /// The weights are multiplied by `mask` in every pass, see [`Conv::with_mask`](super::Conv::with_mask).
    #[must_use]
    pub fn with_mask(self, mask: Tensor<K::Weights<O::First, O::Second>, E>) -> Self {
        Self { mask: Some(mask), ..self }
    }
}

impl<S, In, Out, K, T, P, D, O, E, F> Layer<Tensor<S, F>>
    for ConvTranspose<In, Out, K, T, P, D, O, E>
where
    S: Spatial<K::Rank, Channels: ChannelsOf<S, In>> + Transposed<K, T, P, D>,
    In: Size,
    Out: Size,
    K: WindowShape,
    O: KernelOrder<In, Out>,
    E: Real,
    F: InputElement<E>,
{
    type Output = Tensor<TransposedPositions<S, K, T, P, D, Out>, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let kernel = masked(self.kernel.get(pass), self.mask.as_ref());
        let y = x.conv_transpose::<K, T, P, D, O, In, Out, E>(kernel).into_dyn();
        Tensor::trusted(biased(y, &self.bias, pass))
    }
}
