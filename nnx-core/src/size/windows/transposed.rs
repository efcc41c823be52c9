//! Output sizes of transposed convolutions.

use super::padding::{
    Around, Circular, Edge, PaddedBy, Padding, Same, Valid, assert_holds_window, assert_window,
};
use super::{AxisWindow, ForEach, Spatial, WindowShape, last};
use crate::size::number::N as Arithmetic;
use crate::size::{
    Dilated, Dim, HoldsWindow, NotEmpty, Positive, Product, Shape, Size, Sum, U1, Windows,
};

/// The padding of one axis of size `N`, for a transposed convolution with a window of size `K`, stride `S` and
/// dilation `D`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a padding of a transposed convolution",
    label = "expected `Same`, `Valid`, `Circular` or `Explicit` with a pair for each axis"
)]
pub trait AxisTransposed<N: Dim, K: Size, S: Size, D: Size> {
    /// The padding of the axis.
    const EDGE: Edge;
    /// The length of the output.
    type Out: Dim;
    /// The check that `cargo build` evaluates, of a window that may not fit.
    #[doc(hidden)]
    const CHECKED: () = ();
    /// All parameters as values.
    const WINDOW: AxisWindow = {
        let () = Self::CHECKED;
        assert_window::<K, S, D, U1>();
        AxisWindow {
            size: K::USIZE,
            stride: S::USIZE,
            dilation: D::USIZE,
            input_dilation: 1,
            edge: Self::EDGE,
        }
    };
}

macro_rules! stretching {
    ($($padding:ident),+) => { $(
        impl<N: Dim, K: Size, S: Positive, D: Positive> AxisTransposed<N, K, S, D> for $padding {
            const EDGE: Edge = Edge::$padding;
            type Out = Product<N, S>;
        }
    )+ };
}
stretching!(Same, Circular);
impl<N: Dim, K: Size, S: Positive, D: Positive> AxisTransposed<N, K, S, D> for Valid {
    const EDGE: Edge = Edge::Valid;
    type Out = PaddedBy<Product<N, S>, Excess<Dilated<K, D>, S>>;
}
impl<N: NotEmpty, K: Size, S: Positive, D: Positive, Low: Size, High: Size>
    AxisTransposed<N, K, S, D> for (Low, High)
where
    Around<Dilated<N, S>, Low, High>: HoldsWindow<Dilated<K, D>>,
{
    const EDGE: Edge = Edge::Zeros(Low::USIZE, High::USIZE);
    type Out = Windows<Around<Dilated<N, S>, Low, High>, Dilated<K, D>, U1>;
    const CHECKED: () = {
        let () = <N as NotEmpty>::CHECKED;
        assert_holds_window::<K, D, Around<Dilated<N, S>, Low, High>>();
    };
}

/// `max(A - B, 0)`: the positions of a window of `B + 1` along `A`.
type Excess<A, B> = <A as Arithmetic>::Windows<Sum<B, U1>, U1>;

/// An image to which a transposed convolution applies: `K` is the window, `T` its strides, `P` the padding, `D`
/// the dilation of the window.
pub trait Transposed<K, T, P, D = U1>: Shape {
    /// The output with `C` channels.
    type Output<C: Dim>: Shape;
    /// The geometry of the window along each axis.
    const WINDOWS: &'static [AxisWindow];
}
impl<S, K, T, P, D> Transposed<K, T, P, D> for S
where
    K: WindowShape<Depth: Positive, Height: Positive, Width: Positive>,
    S: Spatial<K::Rank>,
    T: ForEach<K::Rank>,
    D: ForEach<K::Rank>,
    P: Padding<K::Rank>,
    P::Depth: AxisTransposed<S::Depth, K::Depth, T::Depth, D::Depth>,
    P::Height: AxisTransposed<S::Height, K::Height, T::Height, D::Height>,
    P::Width: AxisTransposed<S::Width, K::Width, T::Width, D::Width>,
{
    type Output<C: Dim> = K::Image<
        S::Batch,
        <P::Depth as AxisTransposed<S::Depth, K::Depth, T::Depth, D::Depth>>::Out,
        <P::Height as AxisTransposed<S::Height, K::Height, T::Height, D::Height>>::Out,
        <P::Width as AxisTransposed<S::Width, K::Width, T::Width, D::Width>>::Out,
        C,
    >;
    const WINDOWS: &'static [AxisWindow] = last::<K>(&[
        <P::Depth as AxisTransposed<S::Depth, K::Depth, T::Depth, D::Depth>>::WINDOW,
        <P::Height as AxisTransposed<S::Height, K::Height, T::Height, D::Height>>::WINDOW,
        <P::Width as AxisTransposed<S::Width, K::Width, T::Width, D::Width>>::WINDOW,
    ]);
}
