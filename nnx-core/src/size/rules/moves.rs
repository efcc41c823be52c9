//! Rules for moving and removing axes, and for diagonals.

use super::{HasAxis, InsertAxis};
use crate::size::arithmetic::{Dilated, DivisibleBy, Sum};
use crate::size::dim::{Const, Dim, Size};
use crate::size::names::U1;
use crate::size::shape::Shape;
use crate::size::{Fits, HoldsWindow, Positive, RuntimeAxis, assert_has};

/// A shape whose axis of index `I` has size 1.
#[diagnostic::on_unimplemented(
    message = "axis {I} of `{Self}` can't be removed",
    label = "the axis must be of size 1; axes are counted from 0",
    note = "`x.at::<{I}>(i)` takes one element of a longer axis, and removes it"
)]
pub trait Squeeze<const I: usize>: HasAxis<I> {}
#[diagnostic::do_not_recommend]
impl<const I: usize, S: HasAxis<I, Axis = U1>> Squeeze<I> for S {}

/// A shape with axes of index `I` and `J`, which can be swapped.
#[diagnostic::on_unimplemented(
    message = "axes {I} and {J} of `{Self}` can't be swapped",
    label = "the shape has no such axes; axes are counted from 0"
)]
pub trait SwapAxes<const I: usize, const J: usize>: Shape {
    /// The shape with both axes swapped.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<const I: usize, const J: usize, S: Swapped<I, J>> SwapAxes<I, J> for S {
    type Output = S::Output;
}

/// The rule of [`SwapAxes`]. A trait of its own, so that rustc names the axis that is missing, and nothing else.
pub trait Swapped<const I: usize, const J: usize>: Shape {
    /// The shape with both axes swapped.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<const I: usize, const J: usize, S, One: Dim, Two: Dim, Half, Both: Shape> Swapped<I, J> for S
where
    S: HasAxis<I, Axis = One, Replaced<Two> = Half> + HasAxis<J, Axis = Two>,
    Half: HasAxis<J, Replaced<One> = Both>,
{
    type Output = Both;
}

/// A shape whose axis of index `I` can be moved to the index `J`.
#[diagnostic::on_unimplemented(
    message = "axis {I} of `{Self}` can't be moved to index {J}",
    label = "both indices must be those of axes; axes are counted from 0"
)]
pub trait MoveAxis<const I: usize, const J: usize>: Shape {
    /// The shape in the new order.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<const I: usize, const J: usize, S> MoveAxis<I, J> for S
where
    S: HasAxis<I>,
    S::Removed: InsertAxis<J>,
{
    type Output = <S::Removed as InsertAxis<J>>::Inserted<S::Axis>;
}

/// Matrices, as the last two axes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no two axes, and so is no matrix",
    label = "expected a shape of rank 2 to 8"
)]
pub trait Matrices: Shape {
    /// The shape without the last two axes.
    type Leading: Shape;
}

/// Square matrices `(.., N, N)`, as the last two axes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a square matrix",
    label = "the last two axes must be the same"
)]
pub trait SquareMatrices: Shape {
    /// The shape of the diagonals, `(.., N)`.
    type Diagonal: Shape;
    /// The shape without the last two axes.
    type Leading: Shape;
}

/// `(N, N)`: the shape of one square matrix, without leading axes, whose size is known to the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the shape of an identity matrix",
    label = "expected two equal sizes: `Tensor![3, 3]`",
    note = "of a runtime axis `T` it is `Tensor::eye_of(n)`, (T, T); a batch of them is `broadcast_to` its shape"
)]
pub trait IdentityMatrix: Shape {
    /// Its rows.
    const ROWS: usize;
}
#[diagnostic::do_not_recommend]
impl<N: Size> IdentityMatrix for (N, N) {
    const ROWS: usize = N::USIZE;
}

/// The shape of one square matrix of a runtime axis.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the shape of an identity matrix of a runtime axis",
    label = "expected a runtime axis twice: `Tensor![Time, Time]`",
    note = "of a size it is `Tensor::eye()`"
)]
pub trait LongIdentityMatrix: Shape {}
#[diagnostic::do_not_recommend]
impl<N: RuntimeAxis> LongIdentityMatrix for (N, N) {}

/// A shape `(.., N)` of diagonals, of at most 7 axes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the diagonal of matrices",
    label = "expected a shape of rank 1 to 7"
)]
pub trait Diagonals: Shape {
    /// The shape of the matrices, `(.., N, N)`.
    type Matrices: Shape;
}

macro_rules! diagonals {
    ($($($leading:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* N: Dim> SquareMatrices for ($($leading,)* N, N) {
            type Diagonal = ($($leading,)* N,);
            type Leading = ($($leading,)*);
        }
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* M: Dim, N: Dim> Matrices for ($($leading,)* M, N) {
            type Leading = ($($leading,)*);
        }
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* N: Dim> Diagonals for ($($leading,)* N,) {
            type Matrices = ($($leading,)* N, N);
        }
    )* };
}
diagonals! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; }

/// A shape whose first axis is a runtime axis, of which a part can be taken.
#[diagnostic::on_unimplemented(
    message = "`rows` takes a part of a runtime axis, but the first axis of `{Self}` is a size",
    label = "expected a runtime axis, such as `Batch`, as the first axis",
    note = "`x.slice::<0, Start, Length>()` cuts a size, `x.slice_at::<0, Length>(start)` from a start known at run time"
)]
pub trait RowsAtRunTime: Shape {}
#[diagnostic::do_not_recommend]
impl<S: HasAxis<0, Axis: RuntimeAxis>> RowsAtRunTime for S {}

/// A shape whose axis of index `I` has at least `Length` elements, or is a runtime axis: that is checked at run time.
#[diagnostic::on_unimplemented(
    message = "`{Length}` elements can't be taken from axis {I} of `{Self}`",
    label = "the axis must have at least `{Length}` elements; axes are counted from 0",
    note = "where the axis is a parameter `N`, write the bound `N: HoldsWindow<{Length}>`"
)]
pub trait SliceAt<const I: usize, Length>: HasAxis<I> {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<const I: usize, S: HasAxis<I, Axis: HoldsWindow<Length>>, Length: Size> SliceAt<I, Length>
    for S
{
    const CHECKED: () = assert_has::<S, I, Length>();
}

/// A shape whose axis of index `I` has `N` elements, a number that the program writes.
#[diagnostic::on_unimplemented(
    message = "axis {I} of `{Self}` can't be unstacked into {N} tensors",
    label = "the axis must be of size {N}; axes are counted from 0"
)]
pub trait Unstack<const I: usize, const N: usize>: HasAxis<I> {}
#[diagnostic::do_not_recommend]
impl<const I: usize, const N: usize, S> Unstack<I, N> for S
where
    S: HasAxis<I, Axis = Const<N>>,
    Const<N>: Size,
{
}

/// A shape whose axis of index `I` can be cut into `N` chunks of equal size.
#[diagnostic::on_unimplemented(
    message = "axis {I} of `{Self}` can't be cut into {N} equal chunks",
    label = "the axis must be a size that {N} divides; axes are counted from 0",
    note = "where the axis is a parameter, cut it by `x.reshape_at_build::<shape![..]>()` and `x.unstack::<{I}, {N}>()`"
)]
pub trait Chunk<const I: usize, const N: usize>: HasAxis<I> {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<const I: usize, const N: usize, S> Chunk<I, N> for S
where
    S: HasAxis<I>,
    Const<N>: Size,
    S::Axis: DivisibleBy<Const<N>>,
{
    const CHECKED: () = <S::Axis as DivisibleBy<Const<N>>>::CHECKED;
}

/// A shape whose axis of index `I` has an element at `Start + (Length - 1) Step`.
#[diagnostic::on_unimplemented(
    message = "`{Length}` elements from `{Start}` on, `{Step}` apart, can't be taken from axis {I} of `{Self}`",
    label = "the axis must be a size that reaches so far, and the step at least 1; axes are counted from 0",
    note = "where the axis is a parameter `N`, write the bound `N: Fits<Sum<Start, Dilated<Length, Step>>>`"
)]
pub trait SliceStep<const I: usize, Start, Length, Step>: HasAxis<I> {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
/// The number of elements up to the last one of `Length`, `Step` apart.
type Stepped<Start, Length, Step> = Sum<Start, Dilated<Length, Step>>;
#[diagnostic::do_not_recommend]
impl<const I: usize, S: HasAxis<I>, Start: Size, Length: Size, Step: Positive>
    SliceStep<I, Start, Length, Step> for S
where
    S::Axis: Fits<Stepped<Start, Length, Step>>,
{
    const CHECKED: () = {
        assert!(Step::USIZE != 0, "a slice with a step of 0: it is at least 1");
        assert_has::<S, I, Stepped<Start, Length, Step>>();
    };
}
