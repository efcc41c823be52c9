//! Cumulative sums, products, maxima, minima and logsumexps along an axis.

use super::{Numeric, Real, Tensor};
use crate::size::rules::HasAxis;

impl<S, E> Tensor<S, E> {
    /// The sum of the elements up to each one along the axis `I` (`jnp.cumsum(x, axis=I)`, `torch.cumsum`).
    ///
    /// It is added in f64, so errors of rounding don't grow with the length of the axis; integers wrap.
    ///
    /// Cost: one step for each element. Rows are scanned at the same time, on several threads; a single row is a chain
    /// on one.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// assert_eq!(x.clone().cumsum::<1>().to_vec(), [1.0, 3.0, 6.0, 4.0, 9.0, 15.0]);
    /// assert_eq!(x.cumsum::<0>().to_vec(), [1.0, 2.0, 3.0, 5.0, 7.0, 9.0]);
    /// ```
    #[doc(alias = "cumulative_sum")]
    #[must_use]
    pub fn cumsum<const I: usize>(self) -> Self
    where
        S: HasAxis<I>,
        E: Numeric,
    {
        Self::trusted(self.into_dyn().cumsum(I))
    }

    /// The product of the elements up to each one along the axis `I` (`jnp.cumprod(x, axis=I)`, `torch.cumprod`).
    ///
    /// It is multiplied in f64; integers wrap. The gradient is right also where elements are 0.
    ///
    /// Cost: that of [`cumsum`](Self::cumsum).
    ///
    /// ```
    /// use nnx_core::tensor::{Tensor, gradient};
    ///
    /// let x = Tensor::from([2.0, 0.0, 3.0]);
    /// assert_eq!(x.clone().cumprod::<0>().to_vec(), [2.0, 0.0, 0.0]);
    /// let slope = gradient(|x: Tensor<_, _>| x.cumprod::<0>().sum(), x);
    /// assert_eq!(slope.to_vec(), [1.0, 8.0, 0.0]);
    /// ```
    #[doc(alias = "cumulative_prod")]
    #[must_use]
    pub fn cumprod<const I: usize>(self) -> Self
    where
        S: HasAxis<I>,
        E: Numeric,
    {
        Self::trusted(self.into_dyn().cumprod(I))
    }

    /// The maximum of the elements up to each one along the axis `I`; NaN from a NaN on (`jax.lax.cummax`,
    /// `torch.cummax`).
    ///
    /// The gradient of equal maxima flows to the first one. (In JAX they share it, in parts that depend on where they
    /// are; in PyTorch it flows to the last one so far.)
    ///
    /// Cost: that of [`cumsum`](Self::cumsum), and 4 bytes for each element, its place, for the gradient.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 3.0, 2.0, 4.0]);
    /// assert_eq!(x.cummax::<0>().to_vec(), [1.0, 3.0, 3.0, 4.0]);
    /// ```
    #[must_use]
    pub fn cummax<const I: usize>(self) -> Self
    where
        S: HasAxis<I>,
        E: Numeric,
    {
        Self::trusted(self.into_dyn().cummax(I))
    }

    /// The minimum of the elements up to each one along the axis `I`; see [`cummax`](Self::cummax) (`jax.lax.cummin`,
    /// `torch.cummin`).
    ///
    /// Cost: that of [`cummax`](Self::cummax).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([3.0, 4.0, 2.0, 3.0]);
    /// assert_eq!(x.cummin::<0>().to_vec(), [3.0, 3.0, 2.0, 2.0]);
    /// ```
    #[must_use]
    pub fn cummin<const I: usize>(self) -> Self
    where
        S: HasAxis<I>,
        E: Numeric,
    {
        Self::trusted(self.into_dyn().cummin(I))
    }

    /// `ln Σ e^x` of the elements up to each one along the axis `I` (`jax.lax.cumlogsumexp`, `torch.logcumsumexp`).
    ///
    /// Finite input gives finite output. As long as all elements are −∞ the result is −∞, and its gradient is 0, where
    /// JAX has NaN.
    ///
    /// Cost: an exponential and a logarithm for each element; otherwise that of [`cumsum`](Self::cumsum).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let y = Tensor::from([1000.0f32, 1000.0]).cumlogsumexp::<0>().to_vec();
    /// assert_eq!(y, [1000.0, 1000.0 + 2f32.ln()]);
    /// ```
    #[doc(alias = "logcumsumexp")]
    #[must_use]
    pub fn cumlogsumexp<const I: usize>(self) -> Self
    where
        S: HasAxis<I>,
        E: Real,
    {
        Self::trusted(self.into_dyn().cumlogsumexp(I))
    }
}
