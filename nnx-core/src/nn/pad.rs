//! Padding of images.

use std::fmt;
use std::marker::PhantomData;

use crate::module::{Cost, Extent, Layer, Pass};
use crate::nn::cost::{axis_size, pointwise};
use crate::ops::PadMode;
use crate::size::{Dim, Shape, Size, Sum};
use crate::tensor::{Real, Tensor};

/// Adds elements at both ends of each spatial axis of images, by a pair `(Before, After)` for each:
/// `(B, H, W, C)` gives `(B, H + Top + Bottom, W + Left + Right, C)` for `Pad<(Top, Bottom), (Left, Right)>`. Sequences
/// `(B, T, C)` and volumes `(B, D, H, W, C)` take one and three pairs, as those of
/// [`Explicit`](crate::size::Explicit).
///
/// The [`PadMode`] says what they are: zeros unless [`by`](Self::by) sets another. In the modes but
/// [`Constant`](PadMode::Constant) there may be more of them than the axis has, as in NumPy; PyTorch refuses that.
///
/// A convolution pads by itself: `Conv<.., Reflect>`, `Conv<.., Explicit<..>>`. One axis is padded by
/// [`Tensor::pad`].
///
/// | mode | PyTorch |
/// |---|---|
/// | `Constant(0.0)` | `nn.ZeroPad1d`, `2d`, `3d` |
/// | `Constant(v)` | `nn.ConstantPad1d(.., v)`, .. |
/// | `Edge` | `nn.ReplicationPad1d`, .. |
/// | `Reflect` | `nn.ReflectionPad1d`, .. |
/// | `Symmetric` | none |
/// | `Wrap` | `nn.CircularPad1d`, .. |
///
/// PyTorch has channels first, and its tuple is (left, right, top, bottom). Flax has none: `jnp.pad`.
///
/// ```
/// use nnx_core::{Tensor, module::Layer, nn::Pad, ops::PadMode, size::{U0, U1, U2}, tensor::Tensor};
///
/// let x: Tensor![1, 3, 1] = Tensor::from([[[1.0], [2.0], [3.0]]]);
/// let y: Tensor![1, 6, 1] = Pad::<(U1, U2)>::new().by(PadMode::Reflect).infer(x);
/// assert_eq!(y.to_vec(), [2.0, 1.0, 2.0, 3.0, 2.0, 1.0]);
///
/// let image: Tensor![1, 2, 2, 3] = Tensor::ones();
/// let y: Tensor![1, 4, 2, 3] = Pad::<(U1, U1), (U0, U0)>::new().infer(image);
/// ```
///
/// # Panics
/// `forward`, if a spatial axis has no elements and the mode isn't `Constant`.
#[doc(alias(
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d"
))]
#[derive(crate::Module)]
#[module(init = Self::new())]
pub struct Pad<First, Second = (), Third = ()> {
    #[module(skip)]
    mode: PadMode,
    sizes: PhantomData<fn() -> (First, Second, Third)>,
}

impl<First, Second, Third> Pad<First, Second, Third> {
    /// A layer that adds zeros.
    #[must_use]
    pub const fn new() -> Self {
        Self { mode: PadMode::Constant(0.0), sizes: PhantomData }
    }

    /// Sets where the elements come from.
    #[must_use]
    pub const fn by(self, mode: PadMode) -> Self {
        Self { mode, sizes: PhantomData }
    }
}
impl<First, Second, Third> Default for Pad<First, Second, Third> {
    fn default() -> Self {
        Self::new()
    }
}
impl<First, Second, Third> Clone for Pad<First, Second, Third> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}
impl<First, Second, Third> fmt::Debug for Pad<First, Second, Third> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pad({:?})", self.mode)
    }
}

impl<S: PaddedBy<First, Second, Third>, First, Second, Third, E: Real> Layer<Tensor<S, E>>
    for Pad<First, Second, Third>
{
    type Output = Tensor<S::Output, E>;

    #[track_caller]
    fn forward(&self, x: Tensor<S, E>, _: &mut Pass) -> Self::Output {
        let pairs = (1..S::AXES.len() - 1).zip(S::PAIRS);
        let pairs = pairs.filter(|(_, [before, after])| before + after > 0);
        let x = x.into_dyn();
        let x = match self.mode {
            PadMode::Constant(value) if pairs.clone().next().is_some() => x.pad_axes(pairs, value),
            mode => {
                pairs.fold(x, |x, (axis, [before, after])| x.pad_with(axis, before, after, mode))
            }
        };
        Tensor::trusted(x)
    }
}

/// An image that is padded by a pair of sizes `(Before, After)` for each axis between batch and channels; pairs that it
/// doesn't need are `()`.
#[diagnostic::on_unimplemented(
    message = "`Pad` with the pairs `{First}`, `{Second}`, `{Third}` can't pad an input of shape `{Self}`",
    label = "expected `(batch, .., channels)` with an axis in between for each pair of sizes",
    note = "`Pad<(U1, U1)>` is for `(batch, time, channels)`, `Pad<(U1, U1), (U2, U2)>` for `(batch, height, width, channels)`"
)]
pub trait PaddedBy<First, Second, Third>: Shape {
    /// The shape with the sums of sizes and padding.
    type Output: Shape;
    /// The elements before and after each axis between batch and channels; 0 for those that the shape lacks.
    const PAIRS: [[usize; 2]; 3];
}

macro_rules! padded {
    ($($($axis:ident $before:ident $after:ident),+; [$($pair:ty),*] $($missing:expr),*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<B: Dim, $($axis: Dim, $before: Size, $after: Size,)+ C: Dim>
            PaddedBy<$($pair),*> for (B, $($axis,)+ C)
        {
            type Output = (B, $(Sum<Sum<$axis, $before>, $after>,)+ C);
            const PAIRS: [[usize; 2]; 3] = [$([$before::USIZE, $after::USIZE],)+ $($missing),*];
        }
    )* };
}
padded! {
    W B1 A1; [(B1, A1), (), ()] [0; 2], [0; 2];
    H B1 A1, W B2 A2; [(B1, A1), (B2, A2), ()] [0; 2];
    D B1 A1, H B2 A2, W B3 A3; [(B1, A1), (B2, A2), (B3, A3)];
}

/// The elements in use at one time for padding by a constant: an image, and the same with padding.
const fn elements<S: PaddedBy<First, Second, Third>, First, Second, Third>() -> u64 {
    let rank = S::AXES.len() - 2;
    let (mut axis, mut elements, mut padded, mut pads) = (0, 1, 1, false);
    while axis < S::AXES.len() {
        let size = axis_size::<S>(axis.cast_signed());
        let [before, after] = if axis > 0 && axis <= rank { S::PAIRS[axis - 1] } else { [0; 2] };
        elements *= size;
        padded *= size + (before + after) as u64;
        pads = pads || before + after > 0;
        axis += 1;
    }
    if pads { elements + padded } else { elements }
}

#[diagnostic::do_not_recommend]
impl<S: PaddedBy<First, Second, Third>, First, Second, Third, E: Real> Cost<Tensor<S, E>>
    for Pad<First, Second, Third>
where
    Tensor<S, E>: Extent,
{
    // Those of the default, zeros.
    const FLOPS: u64 = 0;
    const ACTIVATION_BYTES: u64 = elements::<S, First, Second, Third>() * size_of::<E>() as u64;
}

// Its positions are those of the image, moved.
pointwise! { [First, Second, Third] Pad<First, Second, Third>; }
