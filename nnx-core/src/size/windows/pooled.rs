//! Shapes that pooling of all there is, pooling to a fixed size, and upsampling give.

use super::transposed::Stretched;
use super::{Spatial, WindowShape};
use crate::size::{Dim, NotEmpty, Positive, Shape, Size};

/// An image `(batch, .., channels)` of one to three spatial axes, none of them empty.
#[diagnostic::on_unimplemented(
    message = "a global pool takes `(batch, .., channels)` with one to three axes in between, but its input has shape `{Self}`",
    label = "expected three to five axes"
)]
pub trait GlobalPool: Shape {
    /// `(batch, channels)`.
    type Output: Shape;
}
impl<B: Dim, L: NotEmpty, C: Size> GlobalPool for (B, L, C) {
    type Output = (B, C);
}
impl<B: Dim, H: NotEmpty, W: NotEmpty, C: Size> GlobalPool for (B, H, W, C) {
    type Output = (B, C);
}
impl<B: Dim, D: NotEmpty, H: NotEmpty, W: NotEmpty, C: Size> GlobalPool for (B, D, H, W, C) {
    type Output = (B, C);
}

/// An image of any size, pooled to the sizes `O`.
pub trait AdaptivePool<O>: Shape {
    /// The batch, the sizes, the channels.
    type Output: Shape;
    /// The sizes.
    const SIZES: [usize; 3];
}
impl<S, O> AdaptivePool<O> for S
where
    O: WindowShape<Depth: NotEmpty, Height: NotEmpty, Width: NotEmpty>,
    S: Spatial<O::Rank, Depth: NotEmpty, Height: NotEmpty, Width: NotEmpty>,
{
    type Output = O::Image<S::Batch, O::Depth, O::Height, O::Width, S::Channels>;
    const SIZES: [usize; 3] = [O::Depth::USIZE, O::Height::USIZE, O::Width::USIZE];
}

/// An image whose spatial axes are stretched by the factors `F`.
pub trait Upsampled<F>: Shape {
    /// The batch, the products, the channels.
    type Output: Shape;
    /// The factors.
    const FACTORS: [usize; 3];
}
impl<S, F> Upsampled<F> for S
where
    F: WindowShape<Depth: Positive, Height: Positive, Width: Positive>,
    S: Spatial<F::Rank>,
    <F::Depth as Dim>::IsOne: Stretched<S::Depth, F::Depth>,
    <F::Height as Dim>::IsOne: Stretched<S::Height, F::Height>,
    <F::Width as Dim>::IsOne: Stretched<S::Width, F::Width>,
{
    type Output = F::Image<
        S::Batch,
        <<F::Depth as Dim>::IsOne as Stretched<S::Depth, F::Depth>>::Out,
        <<F::Height as Dim>::IsOne as Stretched<S::Height, F::Height>>::Out,
        <<F::Width as Dim>::IsOne as Stretched<S::Width, F::Width>>::Out,
        S::Channels,
    >;
    const FACTORS: [usize; 3] = [F::Depth::USIZE, F::Height::USIZE, F::Width::USIZE];
}
