//! Windows that move over images: their shape, strides and dilation, and the sizes that come out.
//!
//! An image is `(batch, .., channels)` with one to three spatial axes: a length; height and width; depth,
//! height and width. All rules here look at depth, height and width. What an image doesn't have is an
//! axis of size 1 under a window of 1.

pub(super) mod grouping;
pub(super) mod options;
pub(super) mod padding;
pub(super) mod pooled;
pub(super) mod transposed;

use super::arithmetic::Positive;
use super::dim::{Dim, Size};
use super::names::U1;
use super::rules::LastAxis;
use super::shape::{Shape, StaticShape};
use padding::{AxisPadding, Edge, Padding};

/// What a window does on one axis, as values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisWindow {
    /// Elements under the window.
    pub size: usize,
    /// Steps between positions.
    pub stride: usize,
    /// Steps between the elements under the window.
    pub dilation: usize,
    /// Steps between the elements of the input, zeros in between.
    pub input_dilation: usize,
    /// What lies around the axis.
    pub edge: Edge,
}

impl AxisWindow {
    /// From the window's first element to its last; `usize::MAX` where that is farther.
    #[must_use]
    pub const fn reach(&self) -> usize {
        self.size.saturating_sub(1).saturating_mul(self.dilation).saturating_add(1)
    }
}

/// The number of axes that a window moves over.
#[derive(Debug)]
pub struct Axes<const N: usize>;

/// The shape of a window: one, two or three sizes, `(U3,)`, `(U3, U3)`, `(U3, U3, U3)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the shape of a window",
    label = "expected one to three sizes in parentheses: `(U3,)`, `(U3, U3)` or `(U3, U3, U3)`",
    note = "a window has a size for each axis between the batch and the channels; a single one needs its comma"
)]
pub trait WindowShape: 'static {
    /// The number of sizes: [`Axes<2>`](Axes).
    type Rank;
    /// The number as a value.
    const RANK: usize;
    /// The depth.
    type Depth: Size;
    /// The height.
    type Height: Size;
    /// The width, or the length.
    type Width: Size;
    /// The shape of a kernel: these sizes, then those of the channels.
    type Weights<I: Size, O: Size>: StaticShape + LastAxis<Last = O>;
    /// The shape of an image with as many axes: the batch, its own axes, the channels.
    type Image<B: Dim, D: Dim, H: Dim, W: Dim, C: Dim>: Shape;
}

/// An image `(batch, .., channels)` with `R` axes in between, such as [`Axes<2>`](Axes).
#[diagnostic::on_unimplemented(
    message = "a convolution or pooling over `{R}` takes `(batch, .., channels)` with as many axes in between, but its input has shape `{Self}`",
    label = "expected an axis between batch and channels for each size of the window",
    note = "a window of one size is for `(batch, length, channels)`, of two for `(batch, height, width, channels)`, of three for `(batch, depth, height, width, channels)`",
    note = "`insert_axis::<0>()` makes one image a batch, `insert_axis::<3>()` gives grey images their channel",
    note = "where the axes are parameters, each needs the bound `Dim`, and the channels `Size`"
)]
pub trait Spatial<R>: Shape {
    /// The batch.
    type Batch: Dim;
    /// The depth.
    type Depth: Dim;
    /// The height.
    type Height: Dim;
    /// The width, or the length.
    type Width: Dim;
    /// The channels.
    type Channels: Size;
}

/// A size for each of the axes `R`, as strides and dilations are: as many as there are, or a single one
/// for all.
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't give a window over `{R}` a size for each axis",
    label = "expected one size for all axes, such as `U2`, or one for each, such as `(U2, U2)`",
    note = "strides and dilations are single sizes, or have as many sizes as the window"
)]
pub trait ForEach<R>: 'static {
    /// On the depth.
    type Depth: Size;
    /// On the height.
    type Height: Size;
    /// On the width.
    type Width: Size;
}

macro_rules! of_rank {
    // Kernel sizes, sizes given for each, axes of an image; then what each of the three is.
    ($rank:literal: $($k:ident $t:ident $n:ident $axis:ident),+; [$($absent:ident),*]) => {
        #[diagnostic::do_not_recommend]
        impl<$($k: Size),+> WindowShape for ($($k,)+) {
            type Rank = Axes<$rank>;
            const RANK: usize = $rank;
            $(type $absent = U1;)*
            $(type $axis = $k;)+
            type Weights<I: Size, O: Size> = ($($k,)+ I, O);
            type Image<Batch: Dim, Depth: Dim, Height: Dim, Width: Dim, Channels: Dim> =
                (Batch, $($axis,)+ Channels);
        }
        #[diagnostic::do_not_recommend]
        impl<B: Dim, $($n: Dim,)+ C: Size> Spatial<Axes<$rank>> for (B, $($n,)+ C) {
            type Batch = B;
            $(type $absent = U1;)*
            $(type $axis = $n;)+
            type Channels = C;
        }
        #[diagnostic::do_not_recommend]
        impl<$($t: Size),+> ForEach<Axes<$rank>> for ($($t,)+) {
            $(type $absent = U1;)*
            $(type $axis = $t;)+
        }
        #[diagnostic::do_not_recommend]
        impl<T: Size> ForEach<Axes<$rank>> for T {
            $(type $absent = U1;)*
            $(type $axis = T;)+
        }
    };
}
of_rank!(1: K1 T1 N1 Width; [Depth, Height]);
of_rank!(2: K1 T1 N1 Height, K2 T2 N2 Width; [Depth]);
of_rank!(3: K1 T1 N1 Depth, K2 T2 N2 Height, K3 T3 N3 Width; []);

/// An image under a window: `K` the window, `T` its strides, `P` the padding, `D` the dilation of the
/// window, `L` that of the image.
pub trait Windowed<K, T, P, D = U1, L = U1>: Shape {
    /// The channels.
    type Channels: Size;
    /// What comes out, with channels `C`: the positions of the window.
    type Output<C: Dim>: Shape;
    /// What the window does on each axis.
    const WINDOWS: &'static [AxisWindow];
}
impl<S, K, T, P, D, L> Windowed<K, T, P, D, L> for S
where
    K: WindowShape<Depth: Positive, Height: Positive, Width: Positive>,
    S: Spatial<K::Rank>,
    T: ForEach<K::Rank>,
    D: ForEach<K::Rank>,
    L: ForEach<K::Rank>,
    P: Padding<K::Rank>,
    P::Depth: AxisPadding<S::Depth, K::Depth, T::Depth, D::Depth, L::Depth>,
    P::Height: AxisPadding<S::Height, K::Height, T::Height, D::Height, L::Height>,
    P::Width: AxisPadding<S::Width, K::Width, T::Width, D::Width, L::Width>,
{
    type Channels = S::Channels;
    type Output<C: Dim> = K::Image<
        S::Batch,
        <P::Depth as AxisPadding<S::Depth, K::Depth, T::Depth, D::Depth, L::Depth>>::Out,
        <P::Height as AxisPadding<S::Height, K::Height, T::Height, D::Height, L::Height>>::Out,
        <P::Width as AxisPadding<S::Width, K::Width, T::Width, D::Width, L::Width>>::Out,
        C,
    >;
    const WINDOWS: &'static [AxisWindow] = last::<K>(&[
        <P::Depth as AxisPadding<S::Depth, K::Depth, T::Depth, D::Depth, L::Depth>>::WINDOW,
        <P::Height as AxisPadding<S::Height, K::Height, T::Height, D::Height, L::Height>>::WINDOW,
        <P::Width as AxisPadding<S::Width, K::Width, T::Width, D::Width, L::Width>>::WINDOW,
    ]);
}

/// Of depth, height and width those that a window of the shape `K` has.
const fn last<K: WindowShape>(axes: &[AxisWindow; 3]) -> &[AxisWindow] {
    axes.split_at(3 - K::RANK).1
}
