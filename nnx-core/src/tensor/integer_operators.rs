//! Operators of integers with numbers; operations on bits, and shifts; the logical operations of masks.
//!
//! Arithmetic of two tensors is in `arithmetic`, where floating-point numbers have it too.

use std::ops::{
    Add, AddAssign, BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, BitXorAssign, Div, DivAssign,
    Mul, MulAssign, Not, Rem, RemAssign, Shl, ShlAssign, Shr, ShrAssign, Sub, SubAssign,
};

use super::{BitOperand, Integral, Operand, Tensor};
use crate::array::{Array, Element};
use crate::ops::DynTensor;
use crate::size::{BroadcastsTo, Shape};

/// The number at each index of `x`: a broadcast view.
fn number_like<E: Element>(x: &DynTensor, number: E) -> DynTensor {
    Array::full(number, &x.dims()).into()
}

macro_rules! with_numbers {
    ($($number:ident)*: $operators:tt) => { $( with_numbers! { @one $number $operators } )* };
    (@one $number:ident { $($operator:ident $method:ident $assign:ident $assign_method:ident;)* }) => { $(
        impl<S: Shape> $operator<$number> for Tensor<S, $number> {
            type Output = Self;
            #[track_caller]
            fn $method(self, right: $number) -> Self {
                let right = number_like(&self.value, right);
                Self::trusted(self.into_dyn().$method(right))
            }
        }
        impl<S: Shape> $assign<$number> for Tensor<S, $number> {
            #[track_caller]
            fn $assign_method(&mut self, right: $number) {
                let right = number_like(&self.value, right);
                self.value = self.value.move_out().$method(right);
            }
        }
    )* };
}
with_numbers! { i32 i64 u32 u8: {
    Add add AddAssign add_assign;
    Sub sub SubAssign sub_assign;
    Mul mul MulAssign mul_assign;
    Div div DivAssign div_assign;
    Rem rem RemAssign rem_assign;
    BitAnd bitand BitAndAssign bitand_assign;
    BitOr bitor BitOrAssign bitor_assign;
    BitXor bitxor BitXorAssign bitxor_assign;
    Shl shl ShlAssign shl_assign;
    Shr shr ShrAssign shr_assign;
} }
with_numbers! { bool: {
    BitAnd bitand BitAndAssign bitand_assign;
    BitOr bitor BitOrAssign bitor_assign;
    BitXor bitxor BitXorAssign bitxor_assign;
} }

macro_rules! with_numbers_on_the_left {
    ($($number:ident)*) => { $(
        with_numbers_on_the_left! { @one $number Add add Sub sub Mul mul Div div Rem rem }
    )* };
    (@one $number:ident $($operator:ident $method:ident)*) => { $(
        impl<S: Shape> $operator<Tensor<S, $number>> for $number {
            type Output = Tensor<S, $number>;
            #[track_caller]
            fn $method(self, right: Tensor<S, $number>) -> Tensor<S, $number> {
                Tensor::trusted(number_like(&right.value, self).$method(right.into_dyn()))
            }
        }
    )* };
}
with_numbers_on_the_left!(i32 i64 u32 u8);

macro_rules! with_floats {
    ($($float:ident)*) => { $(
        impl<S: Shape> Rem<$float> for Tensor<S, $float> {
            type Output = Self;
            #[track_caller]
            fn rem(self, right: $float) -> Self {
                let right = number_like(&self.value, right);
                Self::trusted(self.into_dyn() % right)
            }
        }
        impl<S: Shape> RemAssign<$float> for Tensor<S, $float> {
            #[track_caller]
            fn rem_assign(&mut self, right: $float) {
                let right = number_like(&self.value, right);
                self.value = self.value.move_out() % right;
            }
        }
    )* };
}
with_floats!(f32 f64);

macro_rules! operators {
    ($($operator:ident $method:ident $assign:ident $assign_method:ident $symbol:literal
        [$($left:tt)*] [$($right:tt)*];)*) => { $(
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E: Element $($left)*, F: $($right)*>
            $operator<Tensor<R, F>> for Tensor<S, E>
        {
            type Output = Self;
            #[track_caller]
            fn $method(self, right: Tensor<R, F>) -> Self {
                super::arithmetic::check_runtime_axes::<R>(&self.dims(), &right.dims(), $symbol);
                let right = right.into_dyn().broadcast_to(&self.dims());
                Self::trusted(self.into_dyn().$method(right))
            }
        }
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E: Element $($left)*, F: $($right)*>
            $operator<&Tensor<R, F>> for Tensor<S, E>
        {
            type Output = Self;
            #[track_caller]
            fn $method(self, right: &Tensor<R, F>) -> Self {
                self.$method(right.clone())
            }
        }
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E: Element $($left)*, F: $($right)*>
            $operator<Tensor<R, F>> for &Tensor<S, E>
        {
            type Output = Tensor<S, E>;
            #[track_caller]
            fn $method(self, right: Tensor<R, F>) -> Tensor<S, E> {
                self.clone().$method(right)
            }
        }
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E: Element $($left)*, F: $($right)*>
            $operator<&Tensor<R, F>> for &Tensor<S, E>
        {
            type Output = Tensor<S, E>;
            #[track_caller]
            fn $method(self, right: &Tensor<R, F>) -> Tensor<S, E> {
                self.clone().$method(right.clone())
            }
        }
        /// In place, if no other tensor shares the buffer.
        impl<S: Shape, R: Shape + BroadcastsTo<S>, E: Element $($left)*, F: $($right)*>
            $assign<Tensor<R, F>> for Tensor<S, E>
        {
            #[track_caller]
            fn $assign_method(&mut self, right: Tensor<R, F>) {
                let left = Self::trusted(self.value.move_out());
                *self = left.$method(right);
            }
        }
    )* };
}
operators! {
    BitAnd bitand BitAndAssign bitand_assign "&" [] [BitOperand<E>];
    BitOr bitor BitOrAssign bitor_assign "|" [] [BitOperand<E>];
    BitXor bitxor BitXorAssign bitxor_assign "^" [] [BitOperand<E>];
    Shl shl ShlAssign shl_assign "<<" [+ Integral] [Operand<E>];
    Shr shr ShrAssign shr_assign ">>" [+ Integral] [Operand<E>];
}

impl<S: Shape, E: BitOperand<E>> Not for Tensor<S, E> {
    type Output = Self;
    fn not(self) -> Self {
        Self::trusted(!self.into_dyn())
    }
}

impl<S: Shape, E: BitOperand<E>> Not for &Tensor<S, E> {
    type Output = Tensor<S, E>;
    fn not(self) -> Tensor<S, E> {
        !self.clone()
    }
}
