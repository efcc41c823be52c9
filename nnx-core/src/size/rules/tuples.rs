//! The rules for tuples, one `impl` for each rank: the length of a tuple can't be a generic parameter.

use super::*;
use crate::size::nat::{Nat, Plus};
use crate::size::{Const, Sum, U1};

macro_rules! last_axis {
    ($($($leading:ident)*, $last:ident;)*) => { $(
        impl<$($leading: Dim,)* $last: Dim> LastAxis for ($($leading,)* $last,) {
            type Leading = ($($leading,)*);
            type Last = $last;
            type With<O: Dim> = ($($leading,)* O,);
        }
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* $last: Dim> LabelsOf<($($leading,)* $last,)> for ($($leading,)*) {}
    )* };
}
last_axis! {
    , A; A, B; A B, C; A B C, D; A B C D, E; A B C D E, F; A B C D E F, G; A B C D E F G, H;
}

macro_rules! sizes_of {
    ($($($own:ident $other:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<Batch: Dim, $($own: Dim, $other: Dim,)* C: Dim, Other: Dim>
            SizesOf<(Batch, $($other,)* Other)> for (Batch, $($own,)* C)
        {
            type Output = (Batch, $($own,)* Other);
        }
    )* };
}
sizes_of! { L M; H I W X; H I W X L M; }

/// A scalar has no axis. Without implementations for it, rustc would say that its tensor has no such method. With two,
/// rustc can't choose one before it reads the index.
macro_rules! no_axis {
    ($($index:expr),*) => { $(
        #[diagnostic::do_not_recommend]
        impl HasAxis<{ $index }> for () {
            type Axis = U1;
            type Removed = ();
            type Replaced<New: Dim> = ();
            type Power = <Axis<0> as PowerOfTwo>::Nat;
        }
        #[diagnostic::do_not_recommend]
        impl Permute<Axis<{ $index }>> for () {
            type Output = ();
            const ORDER: &'static [usize] = &[];
        }
    )* };
}
no_axis!(usize::MAX - 1, usize::MAX);
/// So that a vector has more than one index, too: rustc doesn't conclude, before it reads the index, that no axis follows.
#[diagnostic::do_not_recommend]
impl<N: Dim> HasAxis<{ usize::MAX }> for (N,) {
    type Axis = U1;
    type Removed = ();
    type Replaced<New: Dim> = ();
    type Power = <Axis<0> as PowerOfTwo>::Nat;
}

macro_rules! has_axis {
    ($($index:literal: $($before:ident)*, $axis:ident, $($after:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($before: Dim,)* $axis: Dim, $($after: Dim,)*> HasAxis<$index>
            for ($($before,)* $axis, $($after,)*)
        {
            type Axis = $axis;
            type Removed = ($($before,)* $($after,)*);
            type Replaced<New: Dim> = ($($before,)* New, $($after,)*);
            type Power = <Axis<$index> as PowerOfTwo>::Nat;
        }
        #[diagnostic::do_not_recommend]
        impl<$($before: Dim,)* $($after: Dim,)*> InsertAxis<$index>
            for ($($before,)* $($after,)*)
        {
            type Inserted<New: Dim> = ($($before,)* New, $($after,)*);
        }
        #[diagnostic::do_not_recommend]
        impl<$($before: Dim,)* $axis: Dim, Left: Dim, $($after: Dim,)*>
            Appended<$index, ($($before,)* Left, $($after,)*)> for ($($before,)* $axis, $($after,)*)
        {
            type Output = ($($before,)* Sum<Left, $axis>, $($after,)*);
        }
    )* };
}
has_axis! {
    0: , A, ;
    0: , A, B; 1: A, B, ;
    0: , A, B C; 1: A, B, C; 2: A B, C, ;
    0: , A, B C D; 1: A, B, C D; 2: A B, C, D; 3: A B C, D, ;
    0: , A, B C D E; 1: A, B, C D E; 2: A B, C, D E; 3: A B C, D, E; 4: A B C D, E, ;
    0: , A, B C D E F; 1: A, B, C D E F; 2: A B, C, D E F; 3: A B C, D, E F; 4: A B C D, E, F;
    5: A B C D E, F, ;
    0: , A, B C D E F G;
    1: A, B, C D E F G;
    2: A B, C, D E F G;
    3: A B C, D, E F G;
    4: A B C D, E, F G;
    5: A B C D E, F, G;
    6: A B C D E F, G, ;
    0: , A, B C D E F G H;
    1: A, B, C D E F G H;
    2: A B, C, D E F G H;
    3: A B C, D, E F G H;
    4: A B C D, E, F G H;
    5: A B C D E, F, G H;
    6: A B C D E F, G, H;
    7: A B C D E F G, H, ;
}

macro_rules! matrix {
    ($($($leading:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* K: Dim, N: Dim> RightFactor<($($leading,)* K,)> for (K, N) {
            type Product = ($($leading,)* N,);
        }
    )* };
}
matrix! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; }

macro_rules! batched_matrix {
    ($($($leading:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* M: Dim, K: Dim, N: Dim> RightFactor<($($leading,)* M, K)>
            for ($($leading,)* K, N)
        {
            type Product = ($($leading,)* M, N);
        }
    )* };
}
batched_matrix! { A; A B; A B C; A B C D; A B C D E; A B C D E F; }

macro_rules! transpose {
    ($($($leading:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* M: Dim, N: Dim> Transpose for ($($leading,)* M, N) {
            type Output = ($($leading,)* N, M);
        }
    )* };
}
transpose! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; }

/// `2^I` for `Axis<I>`.
pub trait PowerOfTwo {
    /// The power.
    type Nat: Nat;
}
macro_rules! power_of_two {
    ($($index:literal $power:literal),*) => { $(
        impl PowerOfTwo for Axis<$index> {
            type Nat = <Const<$power> as Dim>::Nat;
        }
    )* };
}
power_of_two!(0 1, 1 2, 2 4, 3 8, 4 16, 5 32, 6 64, 7 128);

macro_rules! permute {
    // Each axis occurs exactly once if and only if the `rank` powers of two `2^I` add up to `2^rank - 1`, which
    // is `$all`. The powers are those of axes that the shape has: so only a missing axis is reported where one is.
    ($($all:literal: $($axis:ident $index:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($axis: Dim,)* $(const $index: usize),*> Permute<($(Axis<$index>,)*)>
            for ($($axis,)*)
        where
            $(Self: HasAxis<$index>,)*
            permute!(@sum $($index)*): Is<<Const<$all> as Dim>::Nat>,
        {
            type Output = ($(<Self as HasAxis<$index>>::Axis,)*);
            const ORDER: &'static [usize] = &[$($index),*];
        }
    )* };
    (@sum $last:ident) => { <Self as HasAxis<$last>>::Power };
    (@sum $first:ident $($rest:ident)*) => {
        Plus<<Self as HasAxis<$first>>::Power, permute!(@sum $($rest)*)>
    };
}
permute! {
    1: A I;
    3: A I B J;
    7: A I B J C K;
    15: A I B J C K D L;
    31: A I B J C K D L E M;
    63: A I B J C K D L E M F N;
    127: A I B J C K D L E M F N G O;
    255: A I B J C K D L E M F N G O H P;
}

macro_rules! gather {
    ($([$($index:ident)*] [$($row:ident)*];)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<V: Dim, $($index: Dim,)* $($row: Dim),*> Gather<($($index,)*)> for (V, $($row,)*) {
            type Output = ($($index,)* $($row,)*);
        }
    )* };
}
gather! {
    [] []; [] [X]; [] [X Y];
    [A] []; [A] [X]; [A] [X Y];
    [A B] []; [A B] [X]; [A B] [X Y];
    [A B C] []; [A B C] [X]; [A B C] [X Y];
}
