//! The comparisons of the `approx` crate, so that `assert_relative_eq!` and its kin take tensors.

use approx::{AbsDiffEq, RelativeEq, UlpsEq};

use crate::array::Element;
use crate::size::Shape;
use crate::tensor::Tensor;

/// Whether sizes are equal, and all pairs of elements meet `close`.
fn all<S: Shape, E: Element>(
    a: &Tensor<S, E>,
    b: &Tensor<S, E>,
    close: impl Fn(&E, &E) -> bool,
) -> bool {
    a.dims() == b.dims() && a.to_vec().iter().zip(&b.to_vec()).all(|(a, b)| close(a, b))
}

impl<S: Shape, E: Element + AbsDiffEq<Epsilon: Copy>> AbsDiffEq for Tensor<S, E> {
    type Epsilon = E::Epsilon;

    fn default_epsilon() -> E::Epsilon {
        E::default_epsilon()
    }
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// approx::assert_abs_diff_eq!(Tensor::from([0.1f32 + 0.2]), Tensor::from([0.3f32]), epsilon = 1e-6);
    /// ```
    fn abs_diff_eq(&self, other: &Self, epsilon: E::Epsilon) -> bool {
        all(self, other, |a, b| a.abs_diff_eq(b, epsilon))
    }
}

impl<S: Shape, E: Element + RelativeEq<Epsilon: Copy>> RelativeEq for Tensor<S, E> {
    fn default_max_relative() -> E::Epsilon {
        E::default_max_relative()
    }
    fn relative_eq(&self, other: &Self, epsilon: E::Epsilon, max_relative: E::Epsilon) -> bool {
        all(self, other, |a, b| a.relative_eq(b, epsilon, max_relative))
    }
}

impl<S: Shape, E: Element + UlpsEq<Epsilon: Copy>> UlpsEq for Tensor<S, E> {
    fn default_max_ulps() -> u32 {
        E::default_max_ulps()
    }
    fn ulps_eq(&self, other: &Self, epsilon: E::Epsilon, max_ulps: u32) -> bool {
        all(self, other, |a, b| a.ulps_eq(b, epsilon, max_ulps))
    }
}
