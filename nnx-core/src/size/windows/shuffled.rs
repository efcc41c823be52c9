//! Output shapes of `pixel_shuffle` and `pixel_unshuffle`.

use super::pooled::factors;
use super::{Spatial, WindowShape};
use crate::size::{DivisibleBy, Positive, Product, Quotient, Shape, Size};

/// The number of elements of a block `F`.
type Block<F> = Product<
    Product<<F as WindowShape>::Depth, <F as WindowShape>::Height>,
    <F as WindowShape>::Width,
>;

/// Channels that fill blocks of `F` pixels: a multiple of the block's size.
#[diagnostic::on_unimplemented(
    message = "`pixel_shuffle` makes blocks of `{F}` pixels of `{Self}` channels: the block doesn't divide them",
    label = "expected channels that are a multiple of `{N}`",
    note = "the layer before it returns `{N}` times as many channels as you want"
)]
pub trait FillsBlocks<F, N>: Size {
    /// The channels of the larger image.
    type Channels: Size;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<C: DivisibleBy<N>, F, N: Size> FillsBlocks<F, N> for C {
    type Channels = Quotient<C, N>;
    const CHECKED: () = <C as DivisibleBy<N>>::CHECKED;
}

/// An image whose channels can be rearranged into blocks of `F` pixels.
pub trait PixelShuffled<F>: Shape {
    /// The batch, the products of sizes and factors, the quotient of the channels.
    type Output: Shape;
    /// The factors, with 1 for an axis that `F` lacks.
    const FACTORS: [usize; 3];
}
impl<S, F> PixelShuffled<F> for S
where
    F: WindowShape<Depth: Positive, Height: Positive, Width: Positive>,
    S: Spatial<F::Rank, Channels: FillsBlocks<F, Block<F>>>,
{
    type Output = F::Image<
        S::Batch,
        Product<S::Depth, F::Depth>,
        Product<S::Height, F::Height>,
        Product<S::Width, F::Width>,
        <S::Channels as FillsBlocks<F, Block<F>>>::Channels,
    >;
    const FACTORS: [usize; 3] = {
        let () = <S::Channels as FillsBlocks<F, Block<F>>>::CHECKED;
        factors::<F>()
    };
}

/// A height or width that is cut into blocks of `N` pixels: a multiple of N.
#[diagnostic::on_unimplemented(
    message = "`pixel_unshuffle` cuts an axis of `{Self}` pixels into blocks of `{N}`: `{N}` doesn't divide it",
    label = "expected heights and widths that are multiples of the factors",
    note = "a runtime axis isn't known to be a multiple: give the image a size as a type by `try_into_shape`"
)]
pub trait CutIntoBlocks<N>: Size {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<A: DivisibleBy<N>, N: Size> CutIntoBlocks<N> for A {
    const CHECKED: () = <A as DivisibleBy<N>>::CHECKED;
}

/// An image whose blocks of `F` pixels can be rearranged into channels.
pub trait PixelUnshuffled<F>: Shape {
    /// The batch, the quotients of sizes and factors, the product of the channels.
    type Output: Shape;
    /// The factors, with 1 for an axis that `F` lacks.
    const FACTORS: [usize; 3];
}
impl<S, F> PixelUnshuffled<F> for S
where
    F: WindowShape<Depth: Positive, Height: Positive, Width: Positive>,
    S: Spatial<
            F::Rank,
            Depth: CutIntoBlocks<F::Depth>,
            Height: CutIntoBlocks<F::Height>,
            Width: CutIntoBlocks<F::Width>,
        >,
{
    type Output = F::Image<
        S::Batch,
        Quotient<S::Depth, F::Depth>,
        Quotient<S::Height, F::Height>,
        Quotient<S::Width, F::Width>,
        Product<S::Channels, Block<F>>,
    >;
    const FACTORS: [usize; 3] = {
        let () = <S::Depth as CutIntoBlocks<F::Depth>>::CHECKED;
        let () = <S::Height as CutIntoBlocks<F::Height>>::CHECKED;
        let () = <S::Width as CutIntoBlocks<F::Width>>::CHECKED;
        factors::<F>()
    };
}
