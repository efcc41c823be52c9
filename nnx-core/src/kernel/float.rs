//! The floating-point numbers that kernels work on.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::convolution::{Channels, Geometry, Tiled, winograd};
use super::elementary;
use super::indexed::{self, Indexed, Start};
use super::product::{self, Layout, Output};

/// Keeps [`Float`] to the types that have kernels.
pub trait Sealed {}

/// A floating-point number: `f32` or `f64`. Sealed.
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
    + Sealed
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The largest finite number.
    const MAX: Self;
    /// −∞, the start of a maximum.
    const NEG_INFINITY: Self;
    /// The nearest value to an `f64`.
    fn from_f64(value: f64) -> Self;
    /// The value as an `f64`, exactly.
    fn to_f64(self) -> f64;
    /// `e^self`.
    fn exp(self) -> Self;
    /// `e^self - 1`, exact near 0.
    fn exp_m1(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The natural logarithm of `1 + self`, exact near 0.
    fn ln_1p(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The error function.
    fn erf(self) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
    /// `self` to the power of `exponent`.
    fn powf(self, exponent: Self) -> Self;
    /// The absolute value.
    fn abs(self) -> Self;
    /// Neither infinite nor NaN?
    fn is_finite(self) -> bool;
    /// Not a number?
    fn is_nan(self) -> bool;
    #[doc(hidden)]
    /// `C = A B`, or `C = A B + bias` with one number for each column, on this thread; `A` is m × k, `B` is
    /// k × n.
    ///
    /// Panics if an operand is shorter than its layout reaches.
    fn product(
        size: [usize; 3],
        a: Layout<'_, Self>,
        b: Layout<'_, Self>,
        bias: Option<&[Self]>,
        c: Output<'_, Self>,
    );
    #[doc(hidden)]
    /// The product of matrices whose elements are found by lists of places.
    ///
    /// Panics if a place is beyond its slice.
    fn indexed_product(
        product: Indexed<'_, Self>,
        c: &mut [Self],
        to: &[usize],
        start: Start<'_, Self>,
    );
    #[doc(hidden)]
    /// A convolution, or a gradient of one, by tiles, where these serve it. Gives whether it was computed:
    /// if not, `out` holds anything.
    fn tiled_convolution(
        g: &Geometry,
        c: &Channels,
        what: Tiled<'_, Self>,
        out: &mut [Self],
    ) -> bool;
}

macro_rules! float {
    ($float:ident, $product:path, $indexed:path, $tiled:path, $exp:path, $ln:path, $tanh:path, $erf:path) => {
        impl Sealed for $float {}
        impl Float for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const MAX: Self = $float::MAX;
            const NEG_INFINITY: Self = $float::NEG_INFINITY;
            #[inline(always)]
            #[allow(
                clippy::cast_possible_truncation,
                reason = "rounding to the nearest is what is asked for"
            )]
            fn from_f64(value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $ln(self)
            }
            #[inline(always)]
            fn exp_m1(self) -> Self {
                $float::exp_m1(self)
            }
            #[inline(always)]
            fn ln_1p(self) -> Self {
                $float::ln_1p(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $tanh(self)
            }
            #[inline(always)]
            fn erf(self) -> Self {
                $erf(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                $float::sin(self)
            }
            #[inline(always)]
            fn cos(self) -> Self {
                $float::cos(self)
            }
            #[inline(always)]
            fn powf(self, exponent: Self) -> Self {
                $float::powf(self, exponent)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $float::is_nan(self)
            }
            #[inline]
            fn product(
                size: [usize; 3],
                a: Layout<'_, Self>,
                b: Layout<'_, Self>,
                bias: Option<&[Self]>,
                c: Output<'_, Self>,
            ) {
                $product(size, a, b, bias, c);
            }
            #[inline]
            fn indexed_product(
                product: Indexed<'_, Self>,
                c: &mut [Self],
                to: &[usize],
                start: Start<'_, Self>,
            ) {
                $indexed(product, c, to, start);
            }
            #[inline]
            fn tiled_convolution(
                g: &Geometry,
                c: &Channels,
                what: Tiled<'_, Self>,
                out: &mut [Self],
            ) -> bool {
                $tiled(g, c, what, out)
            }
        }
    };
}
float!(
    f32,
    product::serial,
    indexed::vectors,
    winograd::vectors,
    elementary::exp,
    elementary::ln,
    elementary::tanh,
    elementary::erf
);
float!(
    f64,
    product::serial_f64,
    indexed::plain,
    winograd::none,
    f64::exp,
    f64::ln,
    f64::tanh,
    libm::erf
);
