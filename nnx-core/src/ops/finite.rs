//! Masks of the elements that are NaN, infinite or finite. No gradient flows through.

use super::{Comparison, DynTensor};

impl DynTensor {
    /// The mask of the elements that are NaN.
    #[must_use]
    pub fn is_nan(self) -> Self {
        let x = self.stop_gradient();
        x.clone().compare(Comparison::NotEqual, x)
    }

    /// The mask of the elements that are ∞ or −∞, of a tensor of floats.
    #[must_use]
    #[track_caller]
    pub fn is_inf(self) -> Self {
        let size = self.stop_gradient().abs();
        let infinity = size.full_like(f64::INFINITY);
        size.compare(Comparison::Equal, infinity)
    }

    /// The mask of the elements whose sign bit is set, of a tensor of floats: those below 0, −0, and NaN with that sign.
    #[must_use]
    #[track_caller]
    pub fn signbit(self) -> Self {
        let x = self.stop_gradient();
        let (one, zero) = (x.full_like(1.0), x.full_like(0.0));
        one.copysign(x).compare(Comparison::Less, zero)
    }

    /// The mask of the elements of a floating-point tensor that are neither infinite nor NaN.
    #[must_use]
    #[track_caller]
    pub fn is_finite(self) -> Self {
        let size = self.stop_gradient().abs();
        let infinity = size.full_like(f64::INFINITY);
        size.compare(Comparison::Less, infinity)
    }
}
