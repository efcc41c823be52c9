//! The floating-point types that kernels work on: their arithmetic, without the kernels.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::elementary::Elementary;
use super::kernels::Kernels;

/// A floating-point type: `f32` or `f64`. Sealed.
pub trait Float:
    Copy
    + Debug
    + Display
    + Default
    + PartialOrd
    + Send
    + Sync
    + Sum
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Elementary
    + Kernels
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The largest finite value.
    const MAX: Self;
    /// −∞, the initial value of a maximum.
    const NEG_INFINITY: Self;
    /// An `f64` rounded to this type.
    fn from_f64(value: f64) -> Self;
    /// The value as an `f64`, exactly.
    fn to_f64(self) -> f64;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The absolute value.
    fn abs(self) -> Self;
    /// The larger one; if one is NaN, the other.
    fn max(self, other: Self) -> Self;
    /// The smaller one; if one is NaN, the other.
    fn min(self, other: Self) -> Self;
    /// The largest integer that isn't above.
    fn floor(self) -> Self;
    /// The smallest integer that isn't below.
    fn ceil(self) -> Self;
    /// The integer part.
    fn trunc(self) -> Self;
    /// The nearest integer; of two, the even one.
    fn round_ties_even(self) -> Self;
    /// The absolute value with the sign of `other`.
    fn copysign(self, other: Self) -> Self;
    /// The next float in the direction of `other`.
    fn next_after(self, other: Self) -> Self;
    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Whether it is NaN.
    fn is_nan(self) -> bool;
}

macro_rules! float {
    ($float:ident) => {
        impl Float for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const MAX: Self = $float::MAX;
            const NEG_INFINITY: Self = $float::NEG_INFINITY;
            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, reason = "rounding is intended")]
            fn from_f64(value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            float! { of the standard library, $float: sqrt abs floor ceil trunc round_ties_even }
            #[inline(always)]
            fn copysign(self, other: Self) -> Self {
                $float::copysign(self, other)
            }
            #[inline(always)]
            fn next_after(self, other: Self) -> Self {
                // For floats of one sign, the order of their bits is that of their magnitudes.
                let (bits, larger) = (self.to_bits(), (other > self) == (self > 0.0));
                let moved = if larger { bits.wrapping_add(1) } else { bits.wrapping_sub(1) };
                let moved = if self == 0.0 {
                    Self::from_bits(1).copysign(other)
                } else {
                    Self::from_bits(moved)
                };
                let moved = if self == other { other } else { moved };
                if self.is_nan() || other.is_nan() { Self::NAN } else { moved }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                $float::max(self, other)
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                $float::min(self, other)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $float::is_nan(self)
            }
        }
    };
    (of the standard library, $float:ident: $($name:ident)*) => { $(
        #[inline(always)]
        fn $name(self) -> Self {
            $float::$name(self)
        }
    )* };
}
float!(f32);
float!(f64);
