//! Windows that move over images: strides, padding, dilation, and the sizes that come out.

use super::arithmetic::{Dilated, DivisibleBy, Fits, Positive, Quotient, QuotientUp, Sum, Windows};
use super::dim::{Dim, Size};
use super::names::U1;
use super::rules::Image;

/// Padding so that a stride of 1 keeps the size: `out = ceil(n / stride)`. The total padding is
/// `max((out - 1) stride + (window - 1) dilation + 1 - n, 0)`; half of it, rounded down, stands in
/// front (Flax and TensorFlow; PyTorch's strided layers pad both sides alike).
#[derive(Debug, Clone, Copy)]
pub struct Same;
/// No padding: the window stays inside the input.
#[derive(Debug, Clone, Copy)]
pub struct Valid;
/// Padding written out, one pair `(in front, behind)` an axis: `Explicit<(U1, U1), (U0, U2)>`.
#[derive(Debug, Clone, Copy)]
pub struct Explicit<Height, Width>(std::marker::PhantomData<(Height, Width)>);

/// A padding of images: [`Same`], [`Valid`] or [`Explicit`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a padding",
    label = "expected `Same`, `Valid` or `Explicit<(U1, U1), (U1, U1)>`"
)]
pub trait Padding: 'static {
    /// How the height is padded.
    type Height;
    /// How the width is padded.
    type Width;
}
impl Padding for Same {
    type Height = Same;
    type Width = Same;
}
impl Padding for Valid {
    type Height = Valid;
    type Width = Valid;
}
impl<H: 'static, W: 'static> Padding for Explicit<H, W> {
    type Height = H;
    type Width = W;
}

/// One padded axis of size `N` under a window of `K`, strides of `S` and dilation `D`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a padding of one axis",
    label = "expected a pair of sizes, such as `(U1, U1)`"
)]
pub trait AxisPadding<N: Size, K: Size, S: Size, D: Size> {
    /// The number of positions of the window.
    type Out: Size;
    /// How much is added in front and behind.
    const AMOUNTS: (usize, usize);
}
impl<N: Size, K: Size, S: Positive, D: Positive> AxisPadding<N, K, S, D> for Same {
    type Out = QuotientUp<N, S>;
    const AMOUNTS: (usize, usize) = {
        let reach = (<Self::Out as Size>::USIZE.saturating_sub(1)) * S::USIZE;
        let total = (reach + <Dilated<K, D> as Size>::USIZE).saturating_sub(N::USIZE);
        (total / 2, total - total / 2)
    };
}
impl<N: Fits<Dilated<K, D>>, K: Size, S: Positive, D: Positive> AxisPadding<N, K, S, D> for Valid {
    type Out = Windows<N, Dilated<K, D>, S>;
    const AMOUNTS: (usize, usize) = (0, 0);
}
impl<N: Size, K: Size, S: Positive, D: Positive, Low: Size, High: Size> AxisPadding<N, K, S, D>
    for (Low, High)
where
    Sum<Sum<N, Low>, High>: Fits<Dilated<K, D>>,
{
    type Out = Windows<Sum<Sum<N, Low>, High>, Dilated<K, D>, S>;
    const AMOUNTS: (usize, usize) = (Low::USIZE, High::USIZE);
}

/// A pair of sizes, height and width: `(U3, U3)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a pair of height and width",
    label = "expected a pair of sizes, such as `(U3, U3)`",
    note = "the size of a window, its strides and its dilation are pairs each"
)]
pub trait Pair: 'static {
    /// The height.
    type Height: Size;
    /// The width.
    type Width: Size;
}
#[diagnostic::do_not_recommend]
impl<H: Size, W: Size> Pair for (H, W) {
    type Height = H;
    type Width = W;
}

/// Images `(batch, height, width, channels)` under a two-dimensional window.
///
/// `K` is the window, `T` its strides, `P` the padding, `D` the dilation; each pair is (height, width).
pub trait Window2<K, T, P, D = (U1, U1)> {
    /// The batch.
    type Batch: Dim;
    /// The channels.
    type Channels: Size;
    /// The height that comes out.
    type Height: Size;
    /// The width that comes out.
    type Width: Size;
    /// Window, stride, dilation, padding in front and behind: of the height, then of the width.
    const GEOMETRY: [[usize; 5]; 2];
}
impl<S, K, T, P, D> Window2<K, T, P, D> for S
where
    S: Image,
    K: Pair<Height: Positive, Width: Positive>,
    T: Pair,
    D: Pair,
    P: Padding,
    P::Height: AxisPadding<S::Height, K::Height, T::Height, D::Height>,
    P::Width: AxisPadding<S::Width, K::Width, T::Width, D::Width>,
{
    type Batch = S::Batch;
    type Channels = S::Channels;
    type Height = <P::Height as AxisPadding<S::Height, K::Height, T::Height, D::Height>>::Out;
    type Width = <P::Width as AxisPadding<S::Width, K::Width, T::Width, D::Width>>::Out;
    const GEOMETRY: [[usize; 5]; 2] = [
        [
            K::Height::USIZE,
            T::Height::USIZE,
            D::Height::USIZE,
            <P::Height as AxisPadding<S::Height, K::Height, T::Height, D::Height>>::AMOUNTS.0,
            <P::Height as AxisPadding<S::Height, K::Height, T::Height, D::Height>>::AMOUNTS.1,
        ],
        [
            K::Width::USIZE,
            T::Width::USIZE,
            D::Width::USIZE,
            <P::Width as AxisPadding<S::Width, K::Width, T::Width, D::Width>>::AMOUNTS.0,
            <P::Width as AxisPadding<S::Width, K::Width, T::Width, D::Width>>::AMOUNTS.1,
        ],
    ];
}

/// Channels that all mix: one group.
#[derive(Debug, Clone, Copy)]
pub struct Ungrouped;
/// Channels in `G` groups that don't mix (Flax's `feature_group_count`).
#[derive(Debug, Clone, Copy)]
pub struct Grouped<G>(std::marker::PhantomData<G>);

/// How the channels of a convolution are grouped: [`Ungrouped`] or [`Grouped`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't group `{In}` input channels and `{Out}` output channels of `Conv`",
    label = "expected `Ungrouped`, or `Grouped<G>` where `G` divides both"
)]
pub trait Grouping<In: Size, Out: Size>: 'static {
    /// Input channels of one group.
    type In: Size;
    /// The number of groups.
    const GROUPS: usize;
}
impl<In: Size, Out: Size> Grouping<In, Out> for Ungrouped {
    type In = In;
    const GROUPS: usize = 1;
}
#[diagnostic::do_not_recommend]
impl<In: DivisibleBy<G>, Out: DivisibleBy<G>, G: Positive> Grouping<In, Out> for Grouped<G> {
    type In = Quotient<In, G>;
    const GROUPS: usize = G::USIZE;
}
