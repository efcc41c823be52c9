//! Comparison with a number, and tests for NaN and infinities.

use super::{Real, Tensor};
use crate::array::{Array, Element};
use crate::ops::Comparison;
use crate::size::Shape;

// The methods are declared with their full signatures, because rustc quotes them in errors.
macro_rules! comparisons {
    ($($how:ident: $(#[$doc:meta])* pub fn $name:ident(self, number: E) -> Tensor<S, bool>;)*) => {
        impl<S: Shape, E: Element> Tensor<S, E> { $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(self, number: E) -> Tensor<S, bool> {
                let number = Array::full(number, &self.dims()).into();
                Tensor::trusted(self.into_dyn().compare(Comparison::$how, number))
            }
        )* }
    };
}
comparisons! {
    Equal:
    /// Whether the element equals the number, elementwise: `x == number` in PyTorch. NaN isn't equal to anything.
    /// For two tensors there is [`equal`](Self::equal).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.eq(2.0).to_vec(), [false, true, false]);
    /// ```
    pub fn eq(self, number: E) -> Tensor<S, bool>;
    NotEqual:
    /// Whether the element differs from the number, elementwise: `x != number` in PyTorch. NaN differs from everything.
    /// For two tensors there is [`not_equal`](Self::not_equal).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.ne(2.0).to_vec(), [true, false, true]);
    /// ```
    pub fn ne(self, number: E) -> Tensor<S, bool>;
    Less:
    /// Whether the element is less than the number, elementwise: `x < number` in PyTorch; false for NaN.
    /// For two tensors there is [`less`](Self::less).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.lt(2.0).to_vec(), [true, false, false]);
    /// ```
    pub fn lt(self, number: E) -> Tensor<S, bool>;
    LessEqual:
    /// Whether the element is at most the number, elementwise: `x <= number` in PyTorch; false for NaN.
    /// For two tensors there is [`less_equal`](Self::less_equal).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.le(2.0).to_vec(), [true, true, false]);
    /// ```
    pub fn le(self, number: E) -> Tensor<S, bool>;
    Greater:
    /// Whether the element is greater than the number, elementwise: `x > number` in PyTorch; false for NaN.
    /// For two tensors there is [`greater`](Self::greater).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.gt(2.0).to_vec(), [false, false, true]);
    /// ```
    pub fn gt(self, number: E) -> Tensor<S, bool>;
    GreaterEqual:
    /// Whether the element is at least the number, elementwise: `x >= number` in PyTorch; false for NaN.
    /// For two tensors there is [`greater_equal`](Self::greater_equal).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.ge(2.0).to_vec(), [false, true, true]);
    /// ```
    pub fn ge(self, number: E) -> Tensor<S, bool>;
}

impl<S, E> Tensor<S, E> {
    /// Whether the element is NaN, elementwise (`jnp.isnan`, `torch.isnan`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, f32::NAN, f32::INFINITY]);
    /// assert_eq!(x.is_nan().to_vec(), [false, true, false]);
    /// ```
    #[doc(alias = "isnan")]
    #[must_use]
    pub fn is_nan(self) -> Tensor<S, bool>
    where
        S: Shape,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().is_nan())
    }

    /// Whether the sign bit of the element is set, elementwise: below 0, at −0, and at NaN with that sign (`jnp.signbit`,
    /// `torch.signbit`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 0.0, -0.0, f64::NEG_INFINITY]);
    /// assert_eq!(x.signbit().to_vec(), [false, false, true, true]);
    /// ```
    #[must_use]
    pub fn signbit(self) -> Tensor<S, bool>
    where
        S: Shape,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().signbit())
    }

    /// Whether the element is ∞ or −∞, elementwise (`jnp.isinf`, `torch.isinf`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, f32::NAN, f32::NEG_INFINITY]);
    /// assert_eq!(x.is_inf().to_vec(), [false, false, true]);
    /// ```
    #[doc(alias = "isinf")]
    #[must_use]
    pub fn is_inf(self) -> Tensor<S, bool>
    where
        S: Shape,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().is_inf())
    }

    /// Whether the element is neither infinite nor NaN, elementwise (`jnp.isfinite`, `torch.isfinite`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, f32::NAN, f32::INFINITY]);
    /// assert_eq!(x.is_finite().to_vec(), [true, false, false]);
    /// ```
    #[doc(alias = "isfinite")]
    #[must_use]
    pub fn is_finite(self) -> Tensor<S, bool>
    where
        S: Shape,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().is_finite())
    }
}
