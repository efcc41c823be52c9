//! Convolutions over one, two or three axes.

use std::marker::PhantomData;

use super::KernelOptions;
use super::cost::{each_axis, effective_kernel_size, kernel_area, last_axes};
use crate::module::{Cost, Extent, Layer, Param, Pass, ReceptiveField};
use crate::random::Rngs;
use crate::size::rules::ChannelsOf;
use crate::size::{Axes, ConvOptions, ForEach, Grouping, Size, Spatial, U1, WindowShape, Windowed};
use crate::tensor::{ConvPositions, InputElement, Real, Tensor};

/// The shape of the weights.
type ConvKernel<In, Out, K, O> = <K as WindowShape>::Weights<
    <<O as ConvOptions<In, Out>>::Groups as Grouping<In, Out>>::In,
    Out,
>;

/// A convolution: `(B, .., In)` gives `(B, .., Out)`. Channels are the last axis.
///
/// `y[b, p, o] = Σ x[b, p s + q d, c] k[q, c, o] + bias[o]` over the padded input, for output positions p,
/// points q of the window, strides s and dilation d (a cross-correlation, as usual in deep learning). A kernel
/// of one size `(U3,)` is for inputs `(B, L, In)`, of two sizes for `(B, H, W, In)`, of three for
/// `(B, D, H, W, In)`.
///
/// | parameter | meaning | default |
/// |---|---|---|
/// | `In`, `Out` | channels of the input and of the output | |
/// | `Kernel` | the sizes of the window: `(U3,)`, `(U3, U3)`, `(U3, U3, U3)` | |
/// | `Options` | one option, or a tuple of options in any order | `()` |
///
/// | option | meaning | default |
/// |---|---|---|
/// | [`Strided<T>`](crate::size::Strided) | strides | `U1` |
/// | [`Same`](crate::size::Same), [`Symmetric`](crate::size::Symmetric), [`Valid`](crate::size::Valid), [`Explicit`](crate::size::Explicit), [`Causal`](crate::size::Causal) (one axis), [`Circular`](crate::size::Circular), [`Reflect`](crate::size::Reflect) | padding | `Same`: `ceil(n / stride)` |
/// | [`KernelDilation<D>`](crate::size::KernelDilation) | distance between the points of the window | `U1` |
/// | [`Grouped<G>`](crate::size::Grouped), where G divides `In` and `Out`, [`Depthwise`](crate::size::Depthwise), [`Ungrouped`](crate::size::Ungrouped) | groups of channels, each with a kernel of its own | `Ungrouped` |
/// | [`InputDilation<L>`](crate::size::InputDilation) | distance between the elements of the input, with zeros inserted in between; with `Valid` or `Explicit` padding | `U1` |
///
/// Strides and dilations are one size for all axes, or a tuple with a size for each: `Strided<U2>`,
/// `Strided<(U2, U1)>`.
/// `Conv<C, C, (U7, U7), Depthwise>` has one option, `Conv<U3, U64, (U7, U7), (Strided<U2>, Symmetric)>` two.
///
/// | | |
/// |---|---|
/// | variables | `kernel` (.., In / groups, Out), `lecun_normal`; `bias` (Out,), zeros |
/// | Flax | `nnx.Conv(In, Out, kernel_size=.., strides=.., padding=.., input_dilation=.., kernel_dilation=.., feature_group_count=.., mask=..)` |
/// | PyTorch | `nn.Conv1d`, `nn.Conv2d`, `nn.Conv3d`, with channels first, no padding by default, and weights (Out, In / groups, ..) |
///
/// Paper: LeCun et al., Backpropagation applied to handwritten zip code recognition, 1989.
///
/// In `f32`, Winograd F(2 × 2, 3 × 3) (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016)
/// computes windows of 3 × 3 over two axes, if the convolution is ungrouped, has strides and dilations of 1, and
/// has 16 or more input and output channels. It takes 16 multiplications instead of 36, with rounding errors of
/// the same size. A single small image, and a batch with an infinity or NaN in its result, are computed by the
/// formula above. So an image may differ in the last digits from the same image in another batch.
///
/// With a stride of 1, `Same`, `Symmetric`, `Causal`, `Circular` and `Reflect` padding keep a runtime axis such as
/// [`Time`](crate::size::Time). Larger strides and `Valid` padding give a runtime axis whose type is the formula of
/// its size, such as [`CeilDiv<Time, U2>`](crate::size::CeilDiv).
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::Conv, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, Causal, Strided, Time, U2, U3, U8, Valid};
///
/// let halve = Conv::<U3, U8, (U3, U3), (Strided<U2>, Valid)>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 33, 33, 3] = Tensor::from_vec(vec![0.5; 33 * 33 * 3])?;
/// let y: Tensor![Batch, 16, 16, 8] = halve.infer(x);
///
/// let causal = Conv::<U3, U8, (U2,), Causal>::init(&mut Rngs::new(0));
/// let x = nnx_core::array::Array::new(vec![0.5f32; 2 * 5 * 3], &[2, 5, 3])?;
/// let x: Tensor![Batch, Time, 3] = x.try_into()?;
/// let y: Tensor![Batch, Time, 8] = causal.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = {
    const { <Options::Groups as Grouping<In, Out>>::GROUPS };
    Self::with(&KernelOptions::default(), rngs)
})]
pub struct Conv<
    In: Size,
    Out: Size,
    Kernel: WindowShape,
    Options: ConvOptions<In, Out> = (),
    E: Real = f32,
> {
    /// The weights (.., In / groups, Out).
    pub kernel: Param<ConvKernel<In, Out, Kernel, Options>, E>,
    /// The bias (Out,), if the layer has one.
    pub bias: Option<Param<(Out,), E>>,
    /// The factor of the weights in every pass, see [`with_mask`](Self::with_mask).
    #[module(skip)]
    pub mask: Option<Tensor<ConvKernel<In, Out, Kernel, Options>, E>>,
    options: PhantomData<fn() -> Options>,
}

impl<In, Out, K, O, E> Conv<In, Out, K, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape,
    O: ConvOptions<In, Out>,
    E: Real,
{
    /// A layer with weights initialized by `options`. The kernel takes its random key from `rngs` first, then the bias.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &KernelOptions, rngs: &mut Rngs) -> Self {
        const { <O::Groups as Grouping<In, Out>>::GROUPS };
        Self {
            kernel: options.draw_kernel(rngs),
            bias: options.draw_bias(rngs),
            mask: None,
            options: PhantomData,
        }
    }

    /// Multiplies the weights by `mask` in every pass (Flax's `mask`). A weight under a 0 has no effect and no
    /// gradient. The mask isn't a variable: it isn't trained or saved.
    #[must_use]
    pub fn with_mask(self, mask: Tensor<ConvKernel<In, Out, K, O>, E>) -> Self {
        Self { mask: Some(mask), ..self }
    }
}

impl<S, In, Out, K, O, E, F> Layer<Tensor<S, F>> for Conv<In, Out, K, O, E>
where
    S: Spatial<K::Rank, Channels: ChannelsOf<S, In>>
        + Windowed<K, O::Strides, O::Pad, O::KernelDilation, O::InputDilation>,
    In: Size,
    Out: Size,
    K: WindowShape,
    O: ConvOptions<In, Out>,
    E: Real,
    F: InputElement<E>,
{
    type Output = Tensor<ConvPositions<S, In, Out, K, O>, E>;

    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        const {
            let _ = <S as Windowed<K, O::Strides, O::Pad, O::KernelDilation, O::InputDilation>>::WINDOWS;
        }
        let kernel = masked(self.kernel.get(pass), self.mask.as_ref());
        let bias = self.bias.as_ref().map(|bias| bias.get(pass));
        x.conv::<K, O, In, Out, E>(kernel, bias)
    }
}

/// `kernel * mask`, or `kernel` if there is no mask.
pub(super) fn masked<S, E>(kernel: Tensor<S, E>, mask: Option<&Tensor<S, E>>) -> Tensor<S, E> {
    match mask {
        Some(mask) => Tensor::trusted(kernel.into_dyn() * mask.clone().into_dyn()),
        None => kernel,
    }
}

#[diagnostic::do_not_recommend]
impl<X: Extent, In, Out, K, O, E> Cost<X> for Conv<In, Out, K, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape,
    O: ConvOptions<In, Out>,
    E: Real,
    Self: Layer<X, Output: Extent>,
{
    // Per output element: a multiplication and an addition for each weight of an output channel, and an addition for
    // the bias.
    const FLOPS: u64 =
        (2 * kernel_area::<K>() * <O::Groups as Grouping<In, Out>>::In::USIZE as u64 + 1)
            * <<Self as Layer<X>>::Output as Extent>::ELEMENTS;
    const ACTIVATION_BYTES: u64 = X::BYTES + <<Self as Layer<X>>::Output as Extent>::BYTES;
}

#[diagnostic::do_not_recommend]
impl<const RANK: usize, In, Out, K, O, E> ReceptiveField<RANK> for Conv<In, Out, K, O, E>
where
    In: Size,
    Out: Size,
    K: WindowShape<Rank = Axes<RANK>>,
    O: ConvOptions<
            In,
            Out,
            Strides: ForEach<Axes<RANK>>,
            KernelDilation: ForEach<Axes<RANK>>,
            InputDilation = U1,
        >,
    E: Real,
{
    const FIELD: [usize; RANK] = last_axes(effective_kernel_size::<K, O::KernelDilation>());
    const STRIDE: [usize; RANK] = last_axes(each_axis::<O::Strides, Axes<RANK>>());
}
