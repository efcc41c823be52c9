//! Output shapes of global pooling, adaptive pooling and upsampling.

use super::padding::assert_holds_window;
use super::{AxisWindow, Edge, Spatial, WindowShape, last};
use crate::size::at_build::assert_space;
use crate::size::{Dim, NotEmpty, Positive, Product, Quotient, Shape, Size, U1};

/// An image `(batch, .., channels)` of one to three spatial axes, none of them empty.
#[diagnostic::on_unimplemented(
    message = "a global pool takes `(batch, .., channels)` with one to three axes in between, but its input has shape `{Self}`",
    label = "expected three to five axes"
)]
pub trait GlobalPool: Shape {
    /// `(batch, channels)`.
    type Output: Shape;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
impl<B: Dim, L: NotEmpty, C: Size> GlobalPool for (B, L, C) {
    type Output = (B, C);
    const CHECKED: () = L::CHECKED;
}
impl<B: Dim, H: NotEmpty, W: NotEmpty, C: Size> GlobalPool for (B, H, W, C) {
    type Output = (B, C);
    const CHECKED: () = {
        let () = H::CHECKED;
        let () = W::CHECKED;
    };
}
impl<B: Dim, D: NotEmpty, H: NotEmpty, W: NotEmpty, C: Size> GlobalPool for (B, D, H, W, C) {
    type Output = (B, C);
    const CHECKED: () = {
        let () = D::CHECKED;
        let () = H::CHECKED;
        let () = W::CHECKED;
    };
}

/// An image `(batch, .., channels)` of one to three spatial axes, which may be parameters.
#[diagnostic::on_unimplemented(
    message = "a global pool takes `(batch, .., channels)` with one to three axes in between, but its input has shape `{Self}`",
    label = "expected three to five axes"
)]
pub trait WholeImage: Shape {
    /// `(batch, channels)`.
    type Output: Shape;
}
impl<B: Dim, L: Dim, C: Size> WholeImage for (B, L, C) {
    type Output = (B, C);
}
impl<B: Dim, H: Dim, W: Dim, C: Size> WholeImage for (B, H, W, C) {
    type Output = (B, C);
}
impl<B: Dim, D: Dim, H: Dim, W: Dim, C: Size> WholeImage for (B, D, H, W, C) {
    type Output = (B, C);
}

/// An image that can be resized to the spatial sizes `O`, whatever its own sizes are.
#[diagnostic::on_unimplemented(
    message = "an input of shape `{Self}` can't get the spatial sizes `{O}`",
    label = "expected `(batch, .., channels)` with an axis in between for each of the sizes",
    note = "the sizes are a tuple: `(U8,)` for `(batch, length, channels)`, `(U8, U8)` for `(batch, height, width, channels)`, `(U8, U8, U8)` for `(batch, depth, height, width, channels)`",
    note = "`insert_axis::<0>()` makes one image a batch, `insert_axis::<3>()` gives grey images their channel"
)]
pub trait Resized<O>: Shape {
    /// The batch, the spatial sizes `O`, the channels.
    type Output: Shape;
    /// The spatial sizes, with 1 for an axis that `O` lacks.
    const SIZES: [usize; 3];
}
#[diagnostic::do_not_recommend]
impl<S: Spatial<O::Rank>, O: WindowShape> Resized<O> for S {
    type Output = O::Image<S::Batch, O::Depth, O::Height, O::Width, S::Channels>;
    const SIZES: [usize; 3] = [O::Depth::USIZE, O::Height::USIZE, O::Width::USIZE];
}

/// An image that can be pooled to the spatial sizes `O`: no spatial axis is empty.
pub trait AdaptivePool<O>: Resized<O> {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
impl<S, O> AdaptivePool<O> for S
where
    O: WindowShape<Depth: NotEmpty, Height: NotEmpty, Width: NotEmpty>,
    S: Spatial<O::Rank, Depth: NotEmpty, Height: NotEmpty, Width: NotEmpty>,
{
    const CHECKED: () = {
        assert_space::<S>();
        assert_space::<<S as Resized<O>>::Output>();
    };
}

/// An image whose spatial axes can be upsampled by the factors `F`.
pub trait UpsampledBy<F>: Shape {
    /// The batch, the products of sizes and factors, the channels.
    type Output: Shape;
    /// The factors, with 1 for an axis that `F` lacks.
    const FACTORS: [usize; 3];
}
impl<S, F> UpsampledBy<F> for S
where
    F: WindowShape<Depth: Positive, Height: Positive, Width: Positive>,
    S: Spatial<F::Rank>,
{
    type Output = F::Image<
        S::Batch,
        Product<S::Depth, F::Depth>,
        Product<S::Height, F::Height>,
        Product<S::Width, F::Width>,
        S::Channels,
    >;
    const FACTORS: [usize; 3] = factors::<F>();
}

/// The sizes of `F`, none of which is 0.
pub(super) const fn factors<F>() -> [usize; 3]
where
    F: WindowShape<Depth: Positive, Height: Positive, Width: Positive>,
{
    let () = <F::Depth as Positive>::CHECKED;
    let () = <F::Height as Positive>::CHECKED;
    let () = <F::Width as Positive>::CHECKED;
    [F::Depth::USIZE, F::Height::USIZE, F::Width::USIZE]
}

/// An image that is divided into windows `K`, with strides of the window's size; incomplete windows are
/// dropped.
///
/// It is the rule of a pool without padding whose strides are the window's size, but without the guard
/// [`Fits`](crate::size::Fits): for heights and widths that are parameters.
pub trait Tiled<K>: Shape {
    /// The batch, the quotients of sizes and windows, the channels.
    type Output: Shape;
    /// The geometry of the window along each axis.
    const WINDOWS: &'static [AxisWindow];
    /// The check that `cargo build` evaluates: at least one window fits along each axis whose size is known.
    #[doc(hidden)]
    const CHECKED: ();
}
impl<S, K> Tiled<K> for S
where
    K: WindowShape<Depth: Positive, Height: Positive, Width: Positive>,
    S: Spatial<K::Rank>,
{
    type Output = K::Image<
        S::Batch,
        Quotient<S::Depth, K::Depth>,
        Quotient<S::Height, K::Height>,
        Quotient<S::Width, K::Width>,
        S::Channels,
    >;
    const WINDOWS: &'static [AxisWindow] =
        last::<K>(&[tile(K::Depth::USIZE), tile(K::Height::USIZE), tile(K::Width::USIZE)]);
    const CHECKED: () = {
        let _ = factors::<K>();
        assert_holds_window::<K::Depth, U1, S::Depth>();
        assert_holds_window::<K::Height, U1, S::Height>();
        assert_holds_window::<K::Width, U1, S::Width>();
    };
}

const fn tile(size: usize) -> AxisWindow {
    AxisWindow { size, stride: size, dilation: 1, input_dilation: 1, edge: Edge::Valid }
}
