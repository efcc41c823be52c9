//! The bounds of distributions, in both floating-point types.

use std::fmt::Display;
use std::ops::Sub;

/// Panics unless the bounds are finite and in order, and their difference is finite, too.
pub(super) fn expect_range<T>(lo: T, hi: T)
where
    T: Copy + Display + PartialOrd + Sub<Output = T> + Into<f64>,
{
    assert!(
        lo <= hi && (hi - lo).into().is_finite(),
        "uniform needs finite bounds with lo <= hi, found lo = {lo}, hi = {hi}: swap or correct them"
    );
}

/// Panics unless a distribution can be truncated to `(lo, hi)`.
pub(super) fn expect_truncation<T>(lo: T, hi: T)
where
    T: Copy + Display + PartialOrd + Into<f64>,
{
    assert!(
        lo < hi && lo.into().is_finite() && hi.into().is_finite(),
        "truncated_normal needs finite bounds with lo < hi, found lo = {lo}, hi = {hi}: swap or \
         widen them, and write ±10 for an open side"
    );
}
