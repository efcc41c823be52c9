//! Methods of integers and of masks: bits, shifts, the division that rounds down. Their operators are in
//! `integer_operators`.

use std::ops::{BitAnd as _, BitOr as _, BitXor as _};

use super::{BitOperand, Integral, Operand, RightOperand, Tensor};
use crate::array::Element;
use crate::size::{BroadcastsTo, Shape};

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
    /// The operator `/` rounds towards zero. The divisor is a tensor that broadcasts to this shape, or a number.
    ///
    /// A division by 0 gives what JAX's formula gives: in signed types −2, or −1 for `0 / 0`; in unsigned types the
    /// largest value.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([7, -7, 7]);
    /// assert_eq!(x.clone().floor_divide(Tensor::from([2, 2, 0])).to_vec(), [3, -4, -2]);
    /// assert_eq!((x.clone() / Tensor::from([2, 2, 0])).to_vec(), [3, -3, -1]);
    /// assert_eq!(x.floor_divide(2).to_vec(), [3, -4, 3]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has a different size in `divisor`.
    #[must_use]
    #[track_caller]
    #[doc(alias("div_floor", "//"))]
    pub fn floor_divide<O>(self, divisor: O) -> Self
    where
        S: Shape,
        E: Integral,
        O: RightOperand<S, E>,
    {
        let divisor = divisor.aligned_to(&self.dims(), "floor_divide");
        Self::trusted(self.into_dyn().floor_divide(divisor))
    }
}
