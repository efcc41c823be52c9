//! Rules for several adjacent axes.

use super::LastAxis;
use crate::size::dim::{Dim, Size};
use crate::size::shape::{Shape, StaticShape};

/// The size of one axis, `U64`, or the sizes of several adjacent axes, `(U8, U16)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a size nor a tuple of sizes",
    label = "expected a size such as `U64`, or a tuple of up to three such as `(U8, U16)`"
)]
pub trait Sizes: 'static {
    /// The shape of these axes alone.
    type Shape: StaticShape;
    /// The shape of these axes, followed by those of `B`.
    type Then<B: Sizes>: StaticShape;
    /// These axes, after one other axis.
    type Behind1<A: Size>: StaticShape;
    /// These axes, after two other axes.
    type Behind2<A: Size, B: Size>: StaticShape;
    /// These axes, after three other axes.
    type Behind3<A: Size, B: Size, C: Size>: StaticShape;
}

macro_rules! sizes {
    ($($type:ty, [$($axis:ident)*] $behind:ident;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($axis: Size),*> Sizes for $type {
            type Shape = ($($axis,)*);
            type Then<Others: Sizes> = Others::$behind<$($axis),*>;
            type Behind1<A: Size> = (A, $($axis,)*);
            type Behind2<A: Size, B: Size> = (A, B, $($axis,)*);
            type Behind3<A: Size, B: Size, C: Size> = (A, B, C, $($axis,)*);
        }
    )* };
}
sizes! {
    X, [X] Behind1;
    (X,), [X] Behind1;
    (X, Y), [X Y] Behind2;
    (X, Y, Z), [X Y Z] Behind3;
}

/// A shape whose last axes are `F`, which is one of [`Sizes`].
#[diagnostic::on_unimplemented(
    message = "the last axes of `{Self}` aren't `{F}`",
    label = "expected a shape that ends with `{F}`"
)]
pub trait EndsWith<F>: Shape {
    /// The axes before these.
    type Leading: Shape;
}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Last = F>, F: Size> EndsWith<F> for S {
    type Leading = S::Leading;
}

macro_rules! ends_with {
    ($([$($leading:ident)*] $($axis:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* $($axis: Size),*> EndsWith<($($axis,)*)>
            for ($($leading,)* $($axis,)*)
        {
            type Leading = ($($leading,)*);
        }
    )* };
}
ends_with! {
    [] X; [A] X; [A B] X; [A B C] X; [A B C D] X; [A B C D E] X;
    [A B C D E F] X; [A B C D E F G] X;
    [] X Y; [A] X Y; [A B] X Y; [A B C] X Y; [A B C D] X Y;
    [A B C D E] X Y; [A B C D E F] X Y;
    [] X Y Z; [A] X Y Z; [A B] X Y Z; [A B C] X Y Z;
    [A B C D] X Y Z; [A B C D E] X Y Z;
}

/// A shape to which the axes `T` can be appended.
#[diagnostic::on_unimplemented(
    message = "the axes `{T}` can't follow `{Self}`",
    label = "a tensor has at most eight axes"
)]
pub trait Append<T>: Shape {
    /// The axes of the shape, followed by `T`.
    type Output: Shape;
}

macro_rules! append {
    ($([$($axis:ident)*] $($behind:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($axis: Dim,)* $($behind: Dim),*> Append<($($behind,)*)> for ($($axis,)*) {
            type Output = ($($axis,)* $($behind,)*);
        }
    )* };
}
append! {
    [] X; [A] X; [A B] X; [A B C] X; [A B C D] X; [A B C D E] X;
    [A B C D E F] X; [A B C D E F G] X;
    [] X Y; [A] X Y; [A B] X Y; [A B C] X Y; [A B C D] X Y;
    [A B C D E] X Y; [A B C D E F] X Y;
    [] X Y Z; [A] X Y Z; [A B] X Y Z; [A B C] X Y Z;
    [A B C D] X Y Z; [A B C D E] X Y Z;
}
