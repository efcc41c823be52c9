//! Shapes that pooling of all there is, pooling to a fixed size, and upsampling give.

use super::{Spatial, WindowShape};
use crate::size::{Dim, NotEmpty, Positive, Shape, Size, Stretched};

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

/// An image of any size, brought to the sizes `O`.
pub trait Resized<O>: Shape {
    /// The batch, the sizes, the channels.
    type Output: Shape;
    /// The sizes.
    const SIZES: [usize; 3];
}
impl<S: Spatial<O::Rank>, O: WindowShape> Resized<O> for S {
    type Output = O::Image<S::Batch, O::Depth, O::Height, O::Width, S::Channels>;
    const SIZES: [usize; 3] = [O::Depth::USIZE, O::Height::USIZE, O::Width::USIZE];
}

/// An image of any size but none, pooled to the sizes `O`.
pub trait AdaptivePool<O>: Resized<O> {}
impl<S, O> AdaptivePool<O> for S
where
    O: WindowShape<Depth: NotEmpty, Height: NotEmpty, Width: NotEmpty>,
    S: Spatial<O::Rank, Depth: NotEmpty, Height: NotEmpty, Width: NotEmpty>,
{
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
    S::Depth: Stretched<F::Depth>,
    S::Height: Stretched<F::Height>,
    S::Width: Stretched<F::Width>,
{
    type Output = F::Image<
        S::Batch,
        <S::Depth as Stretched<F::Depth>>::Out,
        <S::Height as Stretched<F::Height>>::Out,
        <S::Width as Stretched<F::Width>>::Out,
        S::Channels,
    >;
    const FACTORS: [usize; 3] = [F::Depth::USIZE, F::Height::USIZE, F::Width::USIZE];
}
