//! Padding of images, and the output sizes of windows with each padding.

use super::{Axes, AxisWindow};
use crate::size::lengths::Text;
use crate::size::{Dilated, Dim, HoldsWindow, Positive, QuotientUp, Size, U1, Windows, number};

/// Padding with which a stride of 1 keeps the size: `out = ceil(n / stride)`. The total padding is
/// `max((out - 1) stride + (window - 1) dilation + 1 - n, 0)`. Half of it, rounded down, is before the axis
/// (Flax and TensorFlow; PyTorch's strided layers pad both sides equally: [`Symmetric`]).
#[derive(Debug, Clone, Copy)]
pub struct Same;
/// The same number of zeros on both sides, for all strides: `out = ceil(n / stride)`, as for [`Same`]. For a
/// stride of 1 the padding is the same as that of [`Same`]. The total is `(window - 1) dilation`, and half of
/// it, rounded down, is before the axis: PyTorch's `padding=(window - 1) * dilation // 2` for odd windows.
///
/// ```
/// use nnx_core::{Tensor, size::{Same, Strided, Symmetric, U2, U3}, tensor::Tensor};
///
/// let x: Tensor![1, 4, 1] = Tensor::from([[[1.0], [2.0], [3.0], [4.0]]]);
/// // Windows over _ 1 2 and 2 3 4.
/// assert_eq!(x.clone().max_pool_with::<(U3,), (Strided<U2>, Symmetric)>().to_vec(), [2.0, 4.0]);
/// // Windows over 1 2 3 and 3 4 _.
/// assert_eq!(x.max_pool_with::<(U3,), (Strided<U2>, Same)>().to_vec(), [3.0, 4.0]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Symmetric;
/// No padding: the window stays inside the input.
#[derive(Debug, Clone, Copy)]
pub struct Valid;
/// [`Valid`] for generic code: no padding, and no guard either. [`Valid`] asks for the bound [`HoldsWindow`] on each axis,
/// which for a second layer is a `where` clause on the size that the first one leaves. With this padding a window that
/// doesn't fit is an error of `cargo build`, where the sizes become known.
///
/// ```
/// use nnx_core::nn::Conv;
/// use nnx_core::module::{Init, Layer, Pass};
/// use nnx_core::random::Rngs;
/// use nnx_core::size::{Dim, GenericValid, Size, U1, U2, U4, U5, Windows};
/// use nnx_core::tensor::Tensor;
///
/// #[derive(nnx_core::Module)]
/// struct Body {
///     first: Conv<U1, U2, (U5, U5), GenericValid>,
///     second: Conv<U2, U4, (U5, U5), GenericValid>,
/// }
///
/// type Twice<N> = Windows<Windows<N, U5, U1>, U5, U1>;
///
/// impl<B: Dim, H: Size, W: Size> Layer<Tensor<(B, H, W, U1)>> for Body {
///     type Output = Tensor<(B, Twice<H>, Twice<W>, U4)>;
///
///     fn forward(&self, x: Tensor<(B, H, W, U1)>, pass: &mut Pass) -> Self::Output {
///         let x = self.first.forward(x, pass).relu();
///         self.second.forward(x, pass).relu()
///     }
/// }
///
/// use nnx_core::Tensor;
/// let images: Tensor![2, 12, 9, 1] = Tensor::ones();
/// let maps: Tensor![2, 4, 1, 4] = Body::init(&mut Rngs::new(0)).infer(images);
/// # let _ = maps;
/// ```
///
/// The second window doesn't fit into what the first one leaves of 8:
///
/// ```compile_fail,E0080
/// # use nnx_core::{Tensor, module::{Init, Layer}, nn::Conv, random::Rngs, tensor::Tensor};
/// # use nnx_core::size::{GenericValid, U1, U5};
/// let images: Tensor![2, 8, 9, 1] = Tensor::ones();
/// let twice = <(Conv<U1, U1, (U5, U5), GenericValid>, Conv<U1, U1, (U5, U5), GenericValid>)>::init(&mut Rngs::new(0));
/// twice.infer(images);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct GenericValid;
/// An explicit number of zeros, one pair `(before, after)` for each axis: `Explicit<(U1, U1), (U0, U2)>`.
#[derive(Debug, Clone, Copy)]
pub struct Explicit<First, Second = (), Third = ()>(
    std::marker::PhantomData<(First, Second, Third)>,
);
/// The output at a position doesn't depend on later positions.
///
/// As the padding of a convolution over one axis: `(window - 1) dilation` zeros before the axis. As the mask of
/// an attention (`is_causal=True`): a query attends to the keys up to its own position.
///
/// ```
/// use nnx_core::{Tensor, nn::{Causal, dot_product_attention_weights}, tensor::Tensor};
///
/// let x: Tensor![1, 2, 1, 4] = Tensor::ones();
/// let weights = dot_product_attention_weights(x.clone(), x, Causal);
/// assert_eq!(weights.to_vec(), [1.0, 0.0, 0.5, 0.5]);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Causal;
/// Circular padding: the input repeats on all sides. The total padding is `(window - 1) dilation`, and half of
/// it, rounded down, is before the axis.
#[derive(Debug, Clone, Copy)]
pub struct Circular;
/// Reflect padding: the input is reflected at its first and last elements, which aren't repeated. The total
/// padding is `(window - 1) dilation`, and half of it, rounded down, is before the axis.
#[derive(Debug, Clone, Copy)]
pub struct Reflect;

/// The padding of an axis, as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// [`Same`]
    Same,
    /// [`Symmetric`]
    Symmetric,
    /// [`Valid`]
    Valid,
    /// [`Explicit`]: the number of zeros before and after the axis.
    Zeros(usize, usize),
    /// [`Causal`]
    Causal,
    /// [`Circular`]
    Circular,
    /// [`Reflect`]
    Reflect,
}

/// A padding of images with `R` axes, such as [`Axes<2>`](super::Axes).
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a padding for a window over `{R}`",
    label = "expected `Same`, `Symmetric`, `Valid`, `Circular`, `Reflect` or `Explicit` with a pair for each axis",
    note = "`Causal` is for windows over one axis, time",
    note = "`Explicit<(U1, U1), (U0, U2)>` has a pair `(before, after)` for each size of the window"
)]
pub trait Padding<R>: 'static {
    /// How the depth is padded.
    type Depth;
    /// How the height is padded.
    type Height;
    /// How the width is padded.
    type Width;
}

/// The explicit padding of one axis: the zeros before and after it.
pub trait Pair: 'static {}
impl<Front: Size, Behind: Size> Pair for (Front, Behind) {}

macro_rules! padding {
    ($($rank:literal $padding:ty: $depth:ty, $height:ty, $width:ty $(, $pair:ident)*;)+) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($pair: Pair),*> Padding<Axes<$rank>> for $padding {
            type Depth = $depth;
            type Height = $height;
            type Width = $width;
        }
    )+ };
}
// An axis that an image lacks has size 1. Its padding is `Same`, which keeps that size without arithmetic.
padding! {
    1 Same: Same, Same, Same;
    1 Symmetric: Same, Same, Symmetric;
    1 Valid: Same, Same, Valid;
    1 GenericValid: Same, Same, GenericValid;
    1 Causal: Same, Same, Causal;
    1 Circular: Same, Same, Circular;
    1 Reflect: Same, Same, Reflect;
    1 Explicit<A>: Same, Same, A, A;
    2 Same: Same, Same, Same;
    2 Symmetric: Same, Symmetric, Symmetric;
    2 Valid: Same, Valid, Valid;
    2 GenericValid: Same, GenericValid, GenericValid;
    2 Circular: Same, Circular, Circular;
    2 Reflect: Same, Reflect, Reflect;
    2 Explicit<A, B>: Same, A, B, A, B;
    3 Same: Same, Same, Same;
    3 Symmetric: Symmetric, Symmetric, Symmetric;
    3 Valid: Valid, Valid, Valid;
    3 GenericValid: GenericValid, GenericValid, GenericValid;
    3 Circular: Circular, Circular, Circular;
    3 Reflect: Reflect, Reflect, Reflect;
    3 Explicit<A, B, C>: A, B, C, A, B, C;
}

/// The padding of one axis of size `N`, for a window of size `K`, stride `S`, dilation `D` of the window and
/// dilation `L` of the input.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a padding of one axis",
    label = "expected a pair of sizes, such as `(U1, U1)`"
)]
pub trait AxisPadding<N: Dim, K: Size, S: Size, D: Size, L: Size = U1> {
    /// The padding of the axis.
    const EDGE: Edge;
    /// The number of positions of the window.
    type Out: Dim;
    /// The check that `cargo build` evaluates, of a window that may not fit.
    #[doc(hidden)]
    const CHECKED: () = ();
    /// All parameters as values.
    const WINDOW: AxisWindow = {
        let () = Self::CHECKED;
        assert_window::<K, S, D, L>();
        AxisWindow {
            size: K::USIZE,
            stride: S::USIZE,
            dilation: D::USIZE,
            input_dilation: L::USIZE,
            edge: Self::EDGE,
        }
    };
}

/// The dilation of an input with the padding `P`, which supports no dilation other than 1.
#[diagnostic::on_unimplemented(
    message = "the padding `{P}` doesn't go with an input dilation of `{Self}`",
    label = "expected an input dilation of 1",
    note = "a dilated input is padded by `Explicit`, or not at all, by `Valid`"
)]
pub trait Undilated<P> {}
#[diagnostic::do_not_recommend]
impl<P> Undilated<P> for U1 {}

macro_rules! keeping {
    ($($padding:ident),+) => { $(
        impl<N: Dim, K: Size, S: Positive, D: Positive, L: Size> AxisPadding<N, K, S, D, L>
            for $padding
        where
            L: Undilated<Self>,
        {
            const EDGE: Edge = Edge::$padding;
            type Out = QuotientUp<N, S>;
        }
    )+ };
}
keeping!(Same, Symmetric, Causal, Circular, Reflect);

impl<N: Dim, K: Size, S: Positive, D: Positive, L: Positive> AxisPadding<N, K, S, D, L> for Valid
where
    Dilated<N, L>: HoldsWindow<Dilated<K, D>>,
{
    const EDGE: Edge = Edge::Valid;
    type Out = Windows<Dilated<N, L>, Dilated<K, D>, S>;
    const CHECKED: () = assert_holds_window::<K, D, Dilated<N, L>>();
}
impl<N: Dim, K: Size, S: Positive, D: Positive, L: Positive> AxisPadding<N, K, S, D, L>
    for GenericValid
{
    const EDGE: Edge = Edge::Valid;
    type Out = Windows<Dilated<N, L>, Dilated<K, D>, S>;
    const CHECKED: () = assert_holds_window::<K, D, Dilated<N, L>>();
}

/// Fails the build if a window has a size, a stride or a dilation of 0.
#[track_caller]
pub(super) const fn assert_window<K: Size, S: Size, D: Size, L: Size>() {
    assert!(K::USIZE != 0, "a window of 0 elements: it has at least 1");
    assert!(S::USIZE != 0, "a window with a stride of 0: it is at least 1");
    assert!(D::USIZE != 0 && L::USIZE != 0, "a dilation of 0: it is at least 1");
}

/// Fails the build if a window of `K` elements with dilation `D` doesn't fit into the axis `N`.
#[track_caller]
pub(super) const fn assert_holds_window<K: Size, D: Size, N: Dim>() {
    if let Some(size) = N::SIZE
        && size < (K::USIZE.saturating_sub(1)) * D::USIZE + 1
    {
        panic!("{}", Text::as_str(&TooWide::<K, D, N>::MESSAGE));
    }
}

/// The message for a window of `K` elements with dilation `D` that doesn't fit into `N`.
struct TooWide<K, D, N>(std::marker::PhantomData<(K, D, N)>);

impl<K: Size, D: Size, N: Dim> TooWide<K, D, N> {
    const MESSAGE: Text = Text::new("a window of ")
        .then_number(K::USIZE)
        .then(if D::USIZE > 1 { " with dilation " } else { "" })
        .then_unless_one(D::USIZE)
        .then(" doesn't fit into an axis of ")
        .then_axis::<N>();
}

impl<N: Dim, K: Size, S: Positive, D: Positive, L: Positive, Low: Size, High: Size>
    AxisPadding<N, K, S, D, L> for (Low, High)
where
    Around<Dilated<N, L>, Low, High>: HoldsWindow<Dilated<K, D>>,
{
    const EDGE: Edge = Edge::Zeros(Low::USIZE, High::USIZE);
    type Out = Windows<Around<Dilated<N, L>, Low, High>, Dilated<K, D>, S>;
    const CHECKED: () = assert_holds_window::<K, D, Around<Dilated<N, L>, Low, High>>();
}

/// `N + Low + High`: an axis with padding before and after it.
pub(super) type Around<N, Low, High> = PaddedBy<PaddedBy<N, Low>, High>;
/// `N + C`, for a size `C`.
pub(super) type PaddedBy<N, C> = <C as number::N>::Sum<N>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::{U2, U4, U5};

    #[test]
    fn a_window_that_does_not_fit_is_named_in_numbers() {
        assert_eq!(
            Text::as_str(&TooWide::<U5, U1, U4>::MESSAGE),
            "a window of 5 doesn't fit into an axis of 4"
        );
        assert_eq!(
            Text::as_str(&TooWide::<U5, U2, U4>::MESSAGE),
            "a window of 5 with dilation 2 doesn't fit into an axis of 4"
        );
    }
}
