//! Arithmetic of integers, and operations on bits. It wraps: a result that overflows keeps its lowest bits.
//!
//! | file | loops |
//! |---|---|
//! | `mod` | of two operands and of one, on this thread |
//! | `fold` | sums, products, maxima and minima of blocks, and cumulative ones |
//!
//! A loop is compiled once for each operation and type, for the instructions that every processor has: such loops are
//! memory-bound, and code for integers is small. Folds are made of the loops of two operands.

mod fold;
#[cfg(test)]
mod tests;

pub(crate) use fold::{IntegerFold, cumulate, fold};

/// A binary operation on integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntegerOp {
    Add,
    Subtract,
    Multiply,
    /// Division rounded towards zero. A divisor of 0 gives −1, all bits 1, which is the largest value of an unsigned
    /// type.
    Divide,
    /// The remainder with the sign of the dividend. A divisor of 0 gives the dividend.
    Remainder,
    /// Division rounded down, by JAX's formula, also for a divisor of 0.
    FloorDivide,
    /// The remainder with the sign of the divisor. A divisor of 0 gives 0.
    FloorRemainder,
    Maximum,
    Minimum,
    /// A negative exponent gives the power rounded towards zero: 0, except for the bases 1 and −1.
    Power,
    And,
    Or,
    Xor,
    /// Left shift. A shift outside of `0..BITS` gives 0.
    ShiftLeft,
    /// Arithmetic right shift. A shift outside of `0..BITS` gives copies of the sign bit.
    ShiftRight,
}

/// A unary operation on integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntegerMap {
    Negate,
    Abs,
    Sign,
    Not,
}

/// A type with bitwise operations: integers and booleans.
pub(crate) trait Bits: Copy + Send + Sync + 'static {
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn not(self) -> Self;
}

macro_rules! bits {
    ($($type:ident)*) => { $(
        impl Bits for $type {
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self & other
            }
            #[inline(always)]
            fn or(self, other: Self) -> Self {
                self | other
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            #[inline(always)]
            fn not(self) -> Self {
                !self
            }
        }
    )* };
}
bits!(bool i32 i64 u32 u8);

/// An integer type: its arithmetic, which wraps.
pub(crate) trait Integer: Bits + Ord {
    const ZERO: Self;
    const ONE: Self;
    const MIN: Self;
    const MAX: Self;
    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    fn divide(self, other: Self) -> Self;
    fn remainder(self, other: Self) -> Self;
    fn power(self, exponent: Self) -> Self;
    fn shift_left(self, by: Self) -> Self;
    fn shift_right(self, by: Self) -> Self;

    /// The sign: −1, 0 or 1.
    #[inline(always)]
    fn sign(self) -> Self {
        if self < Self::ZERO { Self::ZERO.subtract(Self::ONE) } else { self.min(Self::ONE) }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        if self < Self::ZERO { Self::ZERO.subtract(self) } else { self }
    }
    #[inline(always)]
    fn floor_divide(self, other: Self) -> Self {
        let rounds_up = self.sign() != other.sign() && self.remainder(other) != Self::ZERO;
        let quotient = self.divide(other);
        // For unsigned types rounding down is truncation, also for a division by 0.
        if Self::MIN < Self::ZERO && rounds_up { quotient.subtract(Self::ONE) } else { quotient }
    }
    #[inline(always)]
    fn floor_remainder(self, other: Self) -> Self {
        let rest = self.remainder(other);
        if other == Self::ZERO {
            Self::ZERO
        } else if rest != Self::ZERO && (rest < Self::ZERO) != (other < Self::ZERO) {
            rest.add(other)
        } else {
            rest
        }
    }
}

macro_rules! integers {
    ($($type:ident)*) => { $(
        #[allow(
            unused_comparisons,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_lossless,
            reason = "one text for all types; shifts and exponents are checked to be in range"
        )]
        impl Integer for $type {
            const ZERO: Self = 0;
            const ONE: Self = 1;
            const MIN: Self = $type::MIN;
            const MAX: Self = $type::MAX;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn subtract(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn multiply(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            #[inline(always)]
            fn divide(self, other: Self) -> Self {
                if other == 0 { !0 } else { self.wrapping_div(other) }
            }
            #[inline(always)]
            fn remainder(self, other: Self) -> Self {
                if other == 0 { self } else { self.wrapping_rem(other) }
            }
            fn power(self, exponent: Self) -> Self {
                let minus_one: Self = 0 - (Self::MIN < 0) as Self;
                if exponent < 0 {
                    return match self {
                        1 => 1,
                        x if x == minus_one => if exponent & 1 == 0 { 1 } else { x },
                        _ => 0,
                    };
                }
                let (mut power, mut base, mut rest) = (1 as Self, self, exponent);
                while rest > 0 {
                    if rest & 1 == 1 {
                        power = power.wrapping_mul(base);
                    }
                    base = base.wrapping_mul(base);
                    rest >>= 1;
                }
                power
            }
            #[inline(always)]
            fn shift_left(self, by: Self) -> Self {
                if (0..Self::BITS as Self).contains(&by) { self << by } else { 0 }
            }
            #[inline(always)]
            fn shift_right(self, by: Self) -> Self {
                let last = Self::BITS as Self - 1;
                if (0..=last).contains(&by) {
                    self >> by
                } else if self < 0 {
                    !0
                } else {
                    0
                }
            }
        }
    )* };
}
integers!(i32 i64 u32 u8);

/// `a[i] = op(a[i], b[i])`.
#[inline(never)]
pub(crate) fn update<T: Integer>(op: IntegerOp, a: &mut [T], b: &[T]) {
    match op {
        IntegerOp::Add => zip(a, b, T::add),
        IntegerOp::Subtract => zip(a, b, T::subtract),
        IntegerOp::Multiply => zip(a, b, T::multiply),
        IntegerOp::Divide => zip(a, b, T::divide),
        IntegerOp::Remainder => zip(a, b, T::remainder),
        IntegerOp::FloorDivide => zip(a, b, T::floor_divide),
        IntegerOp::FloorRemainder => zip(a, b, T::floor_remainder),
        IntegerOp::Maximum => zip(a, b, T::max),
        IntegerOp::Minimum => zip(a, b, T::min),
        IntegerOp::Power => zip(a, b, T::power),
        IntegerOp::ShiftLeft => zip(a, b, T::shift_left),
        IntegerOp::ShiftRight => zip(a, b, T::shift_right),
        IntegerOp::And | IntegerOp::Or | IntegerOp::Xor => update_bits(op, a, b),
    }
}

/// [`update`] for bitwise operations.
#[inline(never)]
pub(crate) fn update_bits<T: Bits>(op: IntegerOp, a: &mut [T], b: &[T]) {
    match op {
        IntegerOp::And => zip(a, b, T::and),
        IntegerOp::Or => zip(a, b, T::or),
        IntegerOp::Xor => zip(a, b, T::xor),
        _ => unreachable!("{op:?} isn't an operation on bits"),
    }
}

#[inline(always)]
fn zip<T: Copy>(a: &mut [T], b: &[T], f: impl Fn(T, T) -> T) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a = f(*a, b);
    }
}

/// `x[i] = op(x[i])`.
#[inline(never)]
pub(crate) fn map<T: Integer>(op: IntegerMap, x: &mut [T]) {
    match op {
        IntegerMap::Negate => each(x, |x| T::ZERO.subtract(x)),
        IntegerMap::Abs => each(x, T::abs),
        IntegerMap::Sign => each(x, T::sign),
        IntegerMap::Not => each(x, T::not),
    }
}

/// `x[i] = !x[i]`.
pub(crate) fn not<T: Bits>(x: &mut [T]) {
    each(x, T::not);
}

#[inline(always)]
fn each<T: Copy>(x: &mut [T], f: impl Fn(T) -> T) {
    for x in x {
        *x = f(*x);
    }
}
