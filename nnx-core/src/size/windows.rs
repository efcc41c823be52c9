//! Windows over images: their shape, stride and dilation, and the output sizes.
//!
//! An image is `(batch, .., channels)` with one to three spatial axes: length; height and width; depth, height
//! and width. All rules here compute with depth, height and width. An axis that an image lacks has size 1, and
//! the window along it too.

pub(super) mod grouping;
pub(super) mod options;
pub(super) mod padding;
pub(super) mod pooled;
pub(super) mod shuffled;
pub(super) mod transposed;

use super::arithmetic::Positive;
use super::dim::{Dim, Size};
use super::names::U1;
use super::rules::LastAxis;
use super::shape::{Shape, StaticShape};
use padding::{AxisPadding, Edge, Padding};

/// The geometry of a window along one axis, as values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AxisWindow {
    /// The number of elements in the window.
    pub size: usize,
    /// The distance between neighbouring positions of the window.
    pub stride: usize,
    /// The distance between neighbouring elements of the window.
    pub dilation: usize,
    /// The distance between neighbouring elements of the input, with zeros in between.
    pub input_dilation: usize,
    /// The padding of the axis.
    pub edge: Edge,
}

impl AxisWindow {
    /// The extent of the window, from its first element to its last: `(size - 1) dilation + 1`, at most
    /// `usize::MAX`.
    #[must_use]
    pub const fn reach(&self) -> usize {
        self.size.saturating_sub(1).saturating_mul(self.dilation).saturating_add(1)
    }
}

/// The number of spatial axes of a window.
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
    /// The number of sizes as a value.
    const RANK: usize;
    /// The depth.
    type Depth: Size;
    /// The height.
    type Height: Size;
    /// The width, or the length.
    type Width: Size;
    /// The shape of a kernel: these sizes, then those of the input and output channels.
    type Weights<I: Size, O: Size>: StaticShape + LastAxis<Last = O>;
    /// The shape of an image with the same number of spatial axes: batch, spatial axes, channels.
    type Image<B: Dim, D: Dim, H: Dim, W: Dim, C: Dim>: Shape;
}

/// An image `(batch, .., channels)` with `R` axes in between, such as [`Axes<2>`](Axes).
#[diagnostic::on_unimplemented(
    message = "expected an input `(batch, .., channels)` with `{R}` in between, but its shape is `{Self}`",
    label = "expected an axis between batch and channels for each of the sizes",
    note = "one size, such as `(U3,)`, is for `(batch, length, channels)`, two are for `(batch, height, width, channels)`, three for `(batch, depth, height, width, channels)`",
    note = "`insert_axis::<0>()` makes one image a batch, `insert_axis::<3>()` gives grey images their channel"
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

/// A size for each of the spatial axes `R`, such as strides and dilations: one size for each axis, or a single
/// size for all axes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't give a window over `{R}` a size for each axis",
    label = "expected one size for all axes, such as `U2`, or one for each, such as `(U2, U2)`",
    note = "strides and dilations are single sizes, or have one size for each axis of the window"
)]
pub trait ForEach<R>: 'static {
    /// The size for the depth.
    type Depth: Size;
    /// The size for the height.
    type Height: Size;
    /// The size for the width.
    type Width: Size;
}

macro_rules! of_rank {
    // For each spatial axis: a kernel size, a size of `ForEach`, and the name of the axis.
    ($rank:literal: $($k:ident $t:ident $axis:ident),+; [$($absent:ident),*]) => {
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
of_rank!(1: K1 T1 Width; [Depth, Height]);
of_rank!(2: K1 T1 Height, K2 T2 Width; [Depth]);
of_rank!(3: K1 T1 Depth, K2 T2 Height, K3 T3 Width; []);

// Messages about another rank quote these. They may be recommended, so that a forgotten bound of an axis is reported as
// such.
impl<B: Dim, W: Dim, C: Size> Spatial<Axes<1>> for (B, W, C) {
    type Batch = B;
    type Depth = U1;
    type Height = U1;
    type Width = W;
    type Channels = C;
}
impl<B: Dim, H: Dim, W: Dim, C: Size> Spatial<Axes<2>> for (B, H, W, C) {
    type Batch = B;
    type Depth = U1;
    type Height = H;
    type Width = W;
    type Channels = C;
}
impl<B: Dim, D: Dim, H: Dim, W: Dim, C: Size> Spatial<Axes<3>> for (B, D, H, W, C) {
    type Batch = B;
    type Depth = D;
    type Height = H;
    type Width = W;
    type Channels = C;
}

/// Implementations for numbers of spatial axes that no window has. Without them, rustc would say that shapes of other
/// ranks, or with channels that are a runtime axis, have no method such as `unfold`: see
/// [`HasAxis`](super::rules::HasAxis).
macro_rules! no_image {
    ($($($axis:ident)*;)*) => { $(
        no_image!(@of 0 $($axis)*);
        no_image!(@of 9 $($axis)*);
    )* };
    (@of $rank:literal $($axis:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($axis: Dim),*> Spatial<Axes<$rank>> for ($($axis,)*) {
            type Batch = U1;
            type Depth = U1;
            type Height = U1;
            type Width = U1;
            type Channels = U1;
        }
    };
}
no_image! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; }

/// An image to which a window applies: `K` is the window, `T` its strides, `P` the padding, `D` the dilation of
/// the window, `L` that of the input.
pub trait Windowed<K, T, P, D = U1, L = U1>: Shape {
    /// The channels.
    type Channels: Size;
    /// The output with `C` channels: one element for each position of the window.
    type Output<C: Dim>: Shape;
    /// The geometry of the window along each axis.
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

/// The last axes of depth, height and width: those of a window of shape `K`.
const fn last<K: WindowShape>(axes: &[AxisWindow; 3]) -> &[AxisWindow] {
    axes.split_at(3 - K::RANK).1
}
