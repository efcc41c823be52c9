//! Comparison of tensors: exact, and within tolerances.

use crate::array::Element;
use crate::size::Shape;
use crate::tensor::{Real, Tensor};

impl<S: Shape, E: Element> PartialEq for Tensor<S, E> {
    /// Whether sizes and elements are equal, as a `bool` (`torch.equal`, `jnp.array_equal`); NaN isn't equal to itself.
    /// [`equal`](Self::equal) compares element by element.
    fn eq(&self, other: &Self) -> bool {
        self.array().widened() == other.array().widened()
    }
}

impl<S, E> Tensor<S, E> {
    /// Whether `|x - y| <= atol + rtol |y|`, elementwise (`jnp.isclose`, `torch.isclose`, whose defaults are
    /// `rtol = 1e-5` and `atol = 1e-8`). Equal infinities are close; NaN is close to nothing. Computed in `f64`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let (x, y) = (Tensor::from([1.0f32, 100.0]), Tensor::from([1.0001f32, 101.0]));
    /// assert_eq!(x.is_close(&y, 1e-3, 0.0).to_vec(), [true, false]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes.
    #[must_use]
    #[track_caller]
    #[doc(alias = "isclose")]
    pub fn is_close(&self, other: &Self, rtol: f64, atol: f64) -> Tensor<S, bool>
    where
        S: Shape,
        E: Real,
    {
        let sizes = (self.dims(), other.dims());
        assert_eq!(sizes.0, sizes.1, "`is_close` found shapes {} and {}", sizes.0, sizes.1);
        let (x, y) = (self.readable(), other.readable());
        let close = |(&x, &y): (&E, &E)| {
            let (x, y): (f64, f64) = (x.to_f64(), y.to_f64());
            x == y || (y.is_finite() && (x - y).abs() <= atol + rtol * y.abs())
        };
        let flags = x.slice::<E>().iter().zip(y.slice::<E>()).map(close).collect();
        Tensor::from_shape_vec(&self.dims(), flags).expect("a flag for each element")
    }

    /// Whether all elements are close: [`is_close`](Self::is_close) everywhere (`jnp.allclose`, `torch.allclose`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([0.1f32, 0.2]);
    /// assert!((x.clone() + x.clone()).all_close(&(x * 2.0), 1e-6, 0.0));
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes.
    #[must_use]
    #[track_caller]
    #[doc(alias = "allclose")]
    pub fn all_close(&self, other: &Self, rtol: f64, atol: f64) -> bool
    where
        S: Shape,
        E: Real,
    {
        self.is_close(other, rtol, atol).to_vec().into_iter().all(|close| close)
    }
}
