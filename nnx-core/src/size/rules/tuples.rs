//! The rules for tuples of each rank: tables, since a tuple has no length that a type could count.

use super::*;
use crate::size::Sum;

macro_rules! last_axis {
    ($($($leading:ident)*, $last:ident;)*) => { $(
        impl<$($leading: Dim,)* $last: Dim> LastAxis for ($($leading,)* $last,) {
            type Leading = ($($leading,)*);
            type Last = $last;
        }
        impl<$($leading: Dim,)* $last: Size> Features<$last> for ($($leading,)* $last,) {
            type With<O: Dim> = ($($leading,)* O,);
        }
    )* };
}
last_axis! { , A; A, B; A B, C; A B C, D; A B C D, E; A B C D E, F; }

macro_rules! has_axis {
    ($($index:literal: $($before:ident)*, $axis:ident, $($after:ident)*;)*) => { $(
        impl<$($before: Dim,)* $axis: Dim, $($after: Dim,)*> HasAxis<$index>
            for ($($before,)* $axis, $($after,)*)
        {
            type Axis = $axis;
            type Removed = ($($before,)* $($after,)*);
            type Replaced<New: Dim> = ($($before,)* New, $($after,)*);
        }
        impl<$($before: Dim,)* $($after: Dim,)*> InsertAxis<$index>
            for ($($before,)* $($after,)*)
        {
            type Inserted<New: Dim> = ($($before,)* New, $($after,)*);
        }
        impl<$($before: Dim,)* $axis: Size, Right: Size, $($after: Dim,)*>
            Concat<$index, ($($before,)* Right, $($after,)*)> for ($($before,)* $axis, $($after,)*)
        {
            type Output = ($($before,)* Sum<$axis, Right>, $($after,)*);
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
}

macro_rules! matrix {
    ($($($leading:ident)*;)*) => { $(
        impl<$($leading: Dim,)* K: Dim, N: Dim> MatMul<(K, N)> for ($($leading,)* K,) {
            type Output = ($($leading,)* N,);
        }
    )* };
}
matrix! { ; A; A B; A B C; A B C D; A B C D E; }

macro_rules! batched_matrix {
    ($($($leading:ident)*;)*) => { $(
        impl<$($leading: Dim,)* M: Dim, K: Dim, N: Dim> MatMul<($($leading,)* K, N)>
            for ($($leading,)* M, K)
        {
            type Output = ($($leading,)* M, N);
        }
    )* };
}
batched_matrix! { A; A B; A B C; A B C D; }

macro_rules! transpose {
    ($($($leading:ident)*;)*) => { $(
        impl<$($leading: Dim,)* M: Dim, N: Dim> Transpose for ($($leading,)* M, N) {
            type Output = ($($leading,)* N, M);
        }
    )* };
}
transpose! { ; A; A B; A B C; A B C D; }

/// `2^I` for `Axis<I>`.
pub trait PowerOfTwo {
    /// The power.
    type Nat: Nat;
}
macro_rules! power_of_two {
    ($($index:literal $power:literal),*) => { $(
        impl PowerOfTwo for Axis<$index> {
            type Nat = <Const<$power> as Size>::Nat;
        }
    )* };
}
power_of_two!(0 1, 1 2, 2 4, 3 8, 4 16, 5 32);

/// Guard: the axes `P` are those of `S`, each once. As many powers of two as `S` has axes add up to
/// `All`, which is `2^rank - 1`, only if each is there.
#[diagnostic::on_unimplemented(
    message = "`{P}` doesn't name each axis of `{S}` once",
    label = "an axis is missing, and another one there twice"
)]
pub trait EachOnce<S, P, All> {}
impl<S, P, All> EachOnce<S, P, All> for (All,) {}

macro_rules! permute {
    ($($all:literal: $($axis:ident $index:ident)*;)*) => { $(
        impl<$($axis: Dim,)* $(const $index: usize),*> Permute<($(Axis<$index>,)*)>
            for ($($axis,)*)
        where
            $(Self: HasAxis<$index>, Axis<$index>: PowerOfTwo,)*
            (permute!(@sum $($index)*),):
                EachOnce<Self, ($(Axis<$index>,)*), <Const<$all> as Size>::Nat>,
        {
            type Output = ($(<Self as HasAxis<$index>>::Axis,)*);
            const ORDER: &'static [usize] = &[$($index),*];
        }
    )* };
    (@sum $last:ident) => { <Axis<$last> as PowerOfTwo>::Nat };
    (@sum $first:ident $($rest:ident)*) => {
        <<Axis<$first> as PowerOfTwo>::Nat as Nat>::Plus<permute!(@sum $($rest)*)>
    };
}
permute! {
    1: A I;
    3: A I B J;
    7: A I B J C K;
    15: A I B J C K D L;
    31: A I B J C K D L E M;
    63: A I B J C K D L E M F N;
}

macro_rules! gather {
    ($([$($index:ident)*] [$($row:ident)*];)*) => { $(
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
