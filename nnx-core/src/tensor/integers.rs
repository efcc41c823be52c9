//! Operators of integers with numbers; operations on bits, and shifts; the logical operations of masks.
//!
//! Arithmetic of two tensors is in `arithmetic`, together with that of floats.

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

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident $method:ident;)*) => { $(
        $(#[$doc])*
        #[must_use]
        #[track_caller]
        pub fn $name<R, F>(self, other: Tensor<R, F>) -> Self
        where
            S: Shape,
            R: Shape + BroadcastsTo<S>,
            E: Element,
            F: BitOperand<E>,
        {
            self.$method(other)
        }
    )* };
}

impl<S, E> Tensor<S, E> {
    methods! {
        /// The logical and of two masks, elementwise; of integers that of their bits: the operator `&` as a method
        /// (`jnp.logical_and`, `jnp.bitwise_and`, and the same in PyTorch). `other` broadcasts to this shape.
        ///
        /// ```
        /// use nnx_core::tensor::Tensor;
        ///
        /// let x = Tensor::from([-1.0, 2.0, 5.0]);
        /// let inside = x.clone().gt(0.0).and(x.lt(3.0));
        /// assert_eq!(inside.to_vec(), [false, true, false]);
        /// assert_eq!((Tensor::from([12i32, 10]) & 9).to_vec(), [8, 8]);
        /// ```
        ///
        /// # Panics
        /// If a runtime axis has a different size in `other`.
        #[doc(alias("logical_and", "bitwise_and"))]
        and bitand;
        /// The logical or of two masks, elementwise; of integers that of their bits: the operator `|` as a method
        /// (`jnp.logical_or`, `jnp.bitwise_or`, and the same in PyTorch). `other` broadcasts to this shape.
        ///
        /// ```
        /// use nnx_core::tensor::Tensor;
        ///
        /// let mask = Tensor::from([[true, false], [false, false]]);
        /// assert_eq!(mask.or(Tensor::from([false, true])).to_vec(), [true, true, false, true]);
        /// assert_eq!((Tensor::from([12i32, 10]) | 1).to_vec(), [13, 11]);
        /// ```
        ///
        /// # Panics
        /// If a runtime axis has a different size in `other`.
        #[doc(alias("logical_or", "bitwise_or"))]
        or bitor;
        /// Whether exactly one of two masks is true, elementwise; of integers the exclusive or of their bits: the operator
        /// `^` as a method (`jnp.logical_xor`, `jnp.bitwise_xor`, and the same in PyTorch). `other` broadcasts to this
        /// shape.
        ///
        /// ```
        /// use nnx_core::tensor::Tensor;
        ///
        /// let x = Tensor::from([true, true, false]);
        /// assert_eq!(x.xor(Tensor::from([true, false, false])).to_vec(), [false, true, false]);
        /// assert_eq!((Tensor::from([12i32, 10]) ^ 8).to_vec(), [4, 2]);
        /// ```
        ///
        /// # Panics
        /// If a runtime axis has a different size in `other`.
        #[doc(alias("logical_xor", "bitwise_xor"))]
        xor bitxor;
    }

    /// The logical not of a mask, or the bitwise not of integers, elementwise: the operator `!` as a method
    /// (`jnp.logical_not`, `jnp.bitwise_not`, and the same in PyTorch).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([true, false]).not().to_vec(), [false, true]);
    /// assert_eq!((!Tensor::from([0, 5])).to_vec(), [-1, -6]);
    /// ```
    #[must_use]
    #[doc(alias("logical_not", "bitwise_not", "invert"))]
    #[allow(clippy::should_implement_trait, reason = "the operator as a method")]
    pub fn not(self) -> Self
    where
        S: Shape,
        E: BitOperand<E>,
    {
        Self::trusted(!self.into_dyn())
    }

    /// The bits of integers shifted up, elementwise: `self · 2^by`, which wraps; the operator `<<` as a method
    /// (`jnp.left_shift`, `torch.bitwise_left_shift`). A shift that isn't within the bits of the type gives 0, as in JAX.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([3, 3, 3]);
    /// assert_eq!(x.shift_left(Tensor::from([0, 4, 32])).to_vec(), [3, 48, 0]);
    /// assert_eq!((Tensor::from([3u8]) << 7).to_vec(), [128]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has a different size in `by`.
    #[must_use]
    #[track_caller]
    #[doc(alias("left_shift", "bitwise_left_shift", "shl"))]
    pub fn shift_left<R, F>(self, by: Tensor<R, F>) -> Self
    where
        S: Shape,
        R: Shape + BroadcastsTo<S>,
        E: Integral,
        F: Operand<E>,
    {
        self << by
    }

    /// The bits of integers shifted down, elementwise: `self / 2^by` rounded down; the operator `>>` as a method
    /// (`jnp.right_shift`, `torch.bitwise_right_shift`). Copies of the sign move in from above. A shift that isn't within
    /// the bits of the type leaves them alone, 0 or −1, as in JAX.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([9, -9, -9]);
    /// assert_eq!(x.shift_right(Tensor::from([1, 1, 40])).to_vec(), [4, -5, -1]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has a different size in `by`.
    #[must_use]
    #[track_caller]
    #[doc(alias("right_shift", "bitwise_right_shift", "shr"))]
    pub fn shift_right<R, F>(self, by: Tensor<R, F>) -> Self
    where
        S: Shape,
        R: Shape + BroadcastsTo<S>,
        E: Integral,
        F: Operand<E>,
    {
        self >> by
    }

    /// `self / divisor` rounded down, of integers, elementwise: Python's `//` (`jnp.floor_divide`, `torch.floor_divide`).
    /// The operator `/` rounds towards zero.
    ///
    /// A division by 0 gives what JAX's formula gives: −2 with a sign (−1 for 0), and the largest value without one.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([7, -7, 7]);
    /// assert_eq!(x.clone().floor_divide(Tensor::from([2, 2, 0])).to_vec(), [3, -4, -2]);
    /// assert_eq!((x / Tensor::from([2, 2, 0])).to_vec(), [3, -3, -1]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has a different size in `divisor`.
    #[must_use]
    #[track_caller]
    #[doc(alias("div_floor", "//"))]
    pub fn floor_divide<R, F>(self, divisor: Tensor<R, F>) -> Self
    where
        S: Shape,
        R: Shape + BroadcastsTo<S>,
        E: Integral,
        F: Operand<E>,
    {
        let divisor = self.aligned(divisor, "floor_divide");
        Self::trusted(self.into_dyn().floor_divide(divisor.into_dyn()))
    }
}
