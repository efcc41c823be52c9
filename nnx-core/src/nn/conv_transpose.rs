//! Transposed convolutions over one, two or three axes.

use std::marker::PhantomData;

use super::KernelOptions;
use super::affine::biased;
use super::conv::masked;
use crate::module::{Layer, Param, Pass};
use crate::random::Rngs;
use crate::size::rules::ChannelsOf;
use crate::size::{ConvTransposeOptions, KernelOrder, Size, Spatial, Transposed, WindowShape};
use crate::tensor::{InputElement, Real, Tensor, TransposedPositions};

/// The order of the kernel's channels that options set.
type Order<In, Out, O> = <O as ConvTransposeOptions<In, Out>>::Order;
/// The shape of the weights.
type TransposedKernel<In, Out, K, O> = <K as WindowShape>::Weights<
    <Order<In, Out, O> as KernelOrder<In, Out>>::First,
    <Order<In, Out, O> as KernelOrder<In, Out>>::Second,
>;

/// A transposed convolution over `(B, .., In)`, which gives `(B, .., Out)`; channels stand last.
///
/// The input with `stride - 1` zeros between its elements, padded, under a convolution with strides of
/// 1: a stride of s makes a map s times as large. Kernels of one, two or three sizes as in
/// [`Conv`](super::Conv). For n elements, a stride s, and a window that reaches over r = (k - 1) d + 1:
///
/// | padding | length that comes out |
/// |---|---|
/// | [`Same`](crate::size::Same) | `n s` |
/// | [`Valid`](crate::size::Valid) | `n s + max(r - s, 0)` |
/// | [`Circular`](crate::size::Circular) | `n s`: as `Valid`, and what reaches beyond is added at the other end |
/// | [`Explicit`](crate::size::Explicit) (a, b) | `(n - 1) s + 2 + a + b - r`: the padding of the input with its zeros |
///
/// | parameter | meaning | default |
/// |---|---|---|
/// | `In`, `Out` | channels | |
/// | `Kernel` | the sizes of the window | |
/// | `Options` | one option, or a tuple of options in any order | `()` |
///
/// | option | meaning | default |
/// |---|---|---|
/// | [`Strided<T>`](crate::size::Strided) | how much larger the map becomes | `U1` |
/// | `Same`, `Valid`, `Circular`, `Explicit` | padding, see above | `Same` |
/// | [`KernelDilation<D>`](crate::size::KernelDilation) | distance between the elements under the window | `U1` |
/// | [`InOut`](crate::size::InOut) | a kernel (.., In, Out), which isn't reversed | `InOut` |
/// | [`OutIn`](crate::size::OutIn) | a kernel (.., Out, In), which is reversed, as that of the convolution whose transpose this is | |
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
/// use nnx_core::size::{Batch, Strided, U2, U3, U8};
///
/// let double = ConvTranspose::<U8, U3, (U3, U3), Strided<U2>>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 7, 9, 8] = Tensor::from_vec(vec![0.5; 7 * 9 * 8])?;
/// let y: Tensor![Batch, 14, 18, 3] = double.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&KernelOptions::default(), rngs))]
pub struct ConvTranspose<
    In: Size,
    Out: Size,
    Kernel: WindowShape,
    Options: ConvTransposeOptions<In, Out> = (),
    E: Real = f32,
> {
    /// The weights (.., In, Out), or (.., Out, In).
    pub kernel: Param<TransposedKernel<In, Out, Kernel, Options>, E>,
    /// The bias (Out,), where the layer has one.
    pub bias: Option<Param<(Out,), E>>,
    /// What the weights are multiplied by in every pass, see [`with_mask`](Self::with_mask).
    #[module(skip)]
    pub mask: Option<Tensor<TransposedKernel<In, Out, Kernel, Options>, E>>,
    options: PhantomData<fn() -> Options>,
}

impl<In, Out, K, O, E> ConvTranspose<In, Out, K, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape,
    O: ConvTransposeOptions<In, Out>,
    E: Real,
{
    /// A layer whose weights start as `options` say: the kernel draws first.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &KernelOptions, rngs: &mut Rngs) -> Self {
        Self {
            kernel: options.draw_kernel(rngs),
            bias: options.draw_bias(rngs),
            mask: None,
            options: PhantomData,
        }
    }

    /// The weights are multiplied by `mask` in every pass, see [`Conv::with_mask`](super::Conv::with_mask).
    #[must_use]
    pub fn with_mask(self, mask: Tensor<TransposedKernel<In, Out, K, O>, E>) -> Self {
        Self { mask: Some(mask), ..self }
    }
}

impl<S, In, Out, K, O, E, F> Layer<Tensor<S, F>> for ConvTranspose<In, Out, K, O, E>
where
    S: Spatial<K::Rank, Channels: ChannelsOf<S, In>>
        + Transposed<K, O::Strides, O::Pad, O::KernelDilation>,
    In: Size,
    Out: Size,
    K: WindowShape,
    O: ConvTransposeOptions<In, Out>,
    E: Real,
    F: InputElement<E>,
{
    type Output = Tensor<TransposedPositions<S, In, Out, K, O>, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let kernel = masked(self.kernel.get(pass), self.mask.as_ref());
        let y = x.conv_transpose::<K, O, In, Out, E>(kernel).into_dyn();
        Tensor::trusted(biased(y, &self.bias, pass))
    }
}
