//! Rules of products of vectors, and of decompositions of matrices.

use super::{LastAxis, RightFactor, SquareMatrices, Transpose};
use crate::size::HoldsWindow;
use crate::size::dim::{Dim, Size};
use crate::size::names::U3;
use crate::size::shape::Shape;

/// Vectors `(.., N)` whose outer product with vectors `L` of `(.., M)` is `(.., M, N)`.
// The trait is implemented by the right operand, for the reason given at `LabelsOf`.
#[diagnostic::on_unimplemented(
    message = "`{L}` and `{Self}` have no outer product",
    label = "expected vectors `(.., M)` and `(.., N)` with the same leading axes, and at most 7 axes"
)]
pub trait OuterFactor<L>: Shape {
    /// `(.., M, N)`.
    type Output: Shape;
}

macro_rules! outer {
    ($($($leading:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* M: Dim, N: Dim> OuterFactor<($($leading,)* M,)> for ($($leading,)* N,) {
            type Output = ($($leading,)* M, N);
        }
    )* };
}
outer! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; }

/// A shape whose last axis is of size 3.
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't hold vectors of 3 elements",
    label = "a cross product takes vectors `(.., U<3>)`, as the last axis"
)]
pub trait Vectors3: Shape {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Last = U3>> Vectors3 for S {}

/// Right sides `B` of equations `A X = B` with square matrices `A` of shape `S`, whose diagonals have shape `D`.
// The trait is implemented by the right side, for the reason given at `LabelsOf`. It depends on the diagonals alone, which only
// square matrices have: of matrices that aren't, rustc says nothing but that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a right side of equations with matrices `{S}`",
    label = "expected `(.., N, K)` for matrices `(.., N, N)` with the same leading axes, or `(N,)` for one matrix",
    note = "`b.insert_axis::<I>()` makes vectors `(.., N)` matrices of one column, where `I` is their rank",
    note = "one matrix for a batch of right sides: `a.insert_axis::<0>()`, and `broadcast_to` the leading axes of the right side"
)]
pub trait RightSide<S, D>: Shape {}

macro_rules! right_side {
    ($($($leading:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<S, $($leading: Dim,)* N: Dim, K: Dim> RightSide<S, ($($leading,)* N,)>
            for ($($leading,)* N, K) {}
    )* };
}
right_side! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; }
#[diagnostic::do_not_recommend]
impl<S, N: Dim> RightSide<S, (N,)> for (N,) {}

/// Right sides `(.., M, K)` of overdetermined or underdetermined equations with matrices `S` of `(.., M, N)`.
// The trait is implemented by the right side, for the reason given at `LabelsOf`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a right side of equations with matrices `{S}`",
    label = "expected `(.., M, K)` for matrices `(.., M, N)` with the same leading axes"
)]
pub trait LeastSquaresSide<S>: Shape {
    /// `(.., N, K)`.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<S: Transpose, R: RightFactor<S::Output>> LeastSquaresSide<S> for R {
    type Output = R::Product;
}

/// Matrices `(.., M, N)` with at least as many rows as columns; where M is a runtime axis, that is checked at run
/// time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a matrix with at least as many rows as columns",
    label = "expected `(.., M, N)` with M at least N, where N is a size",
    note = "`x.transpose()` swaps rows and columns",
    note = "where M and N are parameters, write the bound `M: HoldsWindow<N>`"
)]
pub trait TallMatrices: Shape {
    /// `(.., N)`.
    type Values: Shape;
    /// `(.., N, N)`.
    type Square: Shape + SquareMatrices;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}

macro_rules! tall {
    ($($($leading:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* M: HoldsWindow<N>, N: Size> TallMatrices for ($($leading,)* M, N) {
            type Values = ($($leading,)* N,);
            type Square = ($($leading,)* N, N);
            const CHECKED: () = <M as HoldsWindow<N>>::CHECKED;
        }
    )* };
}
tall! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; }
