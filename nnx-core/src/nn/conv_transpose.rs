//! Transposed convolutions over one, two or three axes.

use std::marker::PhantomData;

use super::KernelOptions;
use super::affine::biased;
use super::conv::masked;
use super::cost::kernel_area;
use crate::module::{Cost, Extent, Layer, Param, Pass};
use crate::random::Rngs;
use crate::size::rules::ChannelsOf;
use crate::size::{ConvTransposeOptions, KernelOrder, Size, Spatial, Transposed, WindowShape};
use crate::tensor::{InputElement, Real, Tensor, TransposedPositions};

/// The order of the kernel's channels, from the options.
type Order<In, Out, O> = <O as ConvTransposeOptions<In, Out>>::Order;
/// The shape of the weights.
type TransposedKernel<In, Out, K, O> = <K as WindowShape>::Weights<
    <Order<In, Out, O> as KernelOrder<In, Out>>::First,
    <Order<In, Out, O> as KernelOrder<In, Out>>::Second,
>;

/// A transposed convolution: `(B, .., In)` gives `(B, .., Out)`. Channels are the last axis.
///
/// It inserts `stride - 1` zeros between the elements of the input, pads the result, and convolves it with a
/// stride of 1. So a stride of s makes an image s times as large. Kernels have one, two or three sizes, as in
/// [`Conv`](super::Conv). For an input of size n, stride s, and effective kernel size r = (k - 1) d + 1:
///
/// | padding | size of the output |
/// |---|---|
/// | [`Same`](crate::size::Same) | `n s` |
/// | [`Valid`](crate::size::Valid) | `n s + max(r - s, 0)` |
/// | [`Circular`](crate::size::Circular) | `n s`: as `Valid`, with outputs past one end added at the other end |
/// | [`Explicit`](crate::size::Explicit) (a, b) | `(n - 1) s + 2 + a + b - r`: a and b zeros before and after the input with its inserted zeros |
///
/// | parameter | meaning | default |
/// |---|---|---|
/// | `In`, `Out` | channels of the input and of the output | |
/// | `Kernel` | the sizes of the window | |
/// | `Options` | one option, or a tuple of options in any order | `()` |
///
/// | option | meaning | default |
/// |---|---|---|
/// | [`Strided<T>`](crate::size::Strided) | strides, the factors of the output's size | `U1` |
/// | `Same`, `Valid`, `Circular`, `Explicit` | padding, see above | `Same` |
/// | [`KernelDilation<D>`](crate::size::KernelDilation) | distance between the points of the window | `U1` |
/// | [`InOut`](crate::size::InOut) | a kernel (.., In, Out), which isn't reversed | `InOut` |
/// | [`OutIn`](crate::size::OutIn) | a kernel (.., Out, In), which is reversed: that of the convolution whose transpose this layer is | |
///
/// | | |
/// |---|---|
/// | variables | `kernel` (.., In, Out) or (.., Out, In), `lecun_normal`; `bias` (Out,), zeros |
/// | Flax | `nnx.ConvTranspose(In, Out, kernel_size=.., strides=.., padding=.., kernel_dilation=.., transpose_kernel=.., mask=..)` |
/// | PyTorch | `nn.ConvTranspose1d`, `2d`, `3d`: channels first, weights (In, Out, ..) in the order [`OutIn`](crate::size::OutIn); its `padding=p` is `Explicit` (r - 1 - p, r - 1 - p) here, and with `output_padding=o` (r - 1 - p, r - 1 - p + o) |
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
///
/// `nn.ConvTranspose2d(8, 3, 3, stride=2, padding=1, output_padding=1)`, whose output is twice as large:
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::ConvTranspose, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Explicit, OutIn, Strided, U1, U2, U3, U8};
///
/// type Padding = Explicit<(U1, U2), (U1, U2)>; // 3 - 1 - 1 before, and one more after
/// let double = ConvTranspose::<U8, U3, (U3, U3), (OutIn, Strided<U2>, Padding)>::init(&mut Rngs::new(0));
/// let y: Tensor![1, 14, 18, 3] = double.infer(Tensor::<nnx_core::shape![1, 7, 9, 8]>::ones());
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
    /// The bias (Out,), if the layer has one.
    pub bias: Option<Param<(Out,), E>>,
    /// The factor of the weights in every pass, see [`with_mask`](Self::with_mask).
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
    /// A layer with weights initialized by `options`. The kernel takes its random key from `rngs` first, then the bias.
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

    /// Multiplies the weights by `mask` in every pass, see [`Conv::with_mask`](super::Conv::with_mask).
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
        const { _ = <S as Transposed<K, O::Strides, O::Pad, O::KernelDilation>>::WINDOWS };
        let kernel = masked(self.kernel.get(pass), self.mask.as_ref());
        let y = x.conv_transpose::<K, O, In, Out, E>(kernel).into_dyn();
        Tensor::trusted(biased(y, &self.bias, pass))
    }
}

#[diagnostic::do_not_recommend]
impl<X: Extent, In, Out, K, O, E> Cost<X> for ConvTranspose<In, Out, K, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape,
    O: ConvTransposeOptions<In, Out>,
    E: Real,
    Self: Layer<X, Output: Extent>,
{
    // A multiplication and an addition for each input element, point and output channel, and an addition for the bias.
    // (The additions at the ends of an image with `Circular` padding aren't counted.)
    const FLOPS: u64 = 2 * kernel_area::<K>() * Out::USIZE as u64 * X::ELEMENTS
        + <<Self as Layer<X>>::Output as Extent>::ELEMENTS;
    // A kernel in the order `InOut` is copied with its points reversed.
    const ACTIVATION_BYTES: u64 = {
        let kernel = kernel_area::<K>() * (In::USIZE * Out::USIZE * size_of::<E>()) as u64;
        let reversed = if Order::<In, Out, O>::TRANSPOSED { 0 } else { kernel };
        X::BYTES + <<Self as Layer<X>>::Output as Extent>::BYTES + reversed
    };
}
