//! Random draws as constructors of tensors. The operation is in `random`.

use super::random::Draw;
use super::samples::Samples;
use super::{DynKey, DynTensor};
use crate::array::{DType, Dims, OrPanic as _};

impl DynTensor {
    #[track_caller]
    fn draw(samples: Samples, key: DynKey, dtype: DType, dims: &[usize]) -> Self {
        Self::try_apply(Draw { samples, dtype, dims: Dims::new(dims) }, [key.data()]).or_panic()
    }

    /// A tensor of booleans that are true with probability `p` (`jax.random.bernoulli`). The samples are those of
    /// [`random::bernoulli`](crate::random::bernoulli). No gradient flows through them.
    ///
    /// ```
    /// use nnx_core::{ops::DynTensor, random::{Key, bernoulli}};
    ///
    /// let mask = DynTensor::bernoulli(Key::new(0), 0.3, &[2, 5]);
    /// assert_eq!(mask.array().to_vec::<bool>()?, bernoulli(Key::new(0), 10, 0.3));
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Panics
    /// If `p` isn't within 0 to 1, or there is no memory for the samples.
    #[must_use]
    #[track_caller]
    pub fn bernoulli(key: impl Into<DynKey>, p: f32, dims: &[usize]) -> Self {
        Self::draw(Samples::Bernoulli { p }, key.into(), DType::Bool, dims)
    }

    /// Samples of f32 or f64 of the uniform distribution on `[low, high)`: [`random::uniform`](crate::random::uniform),
    /// [`random::uniform_f64`](crate::random::uniform_f64).
    ///
    /// # Panics
    /// If a bound isn't finite, or `low > high`, or the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn uniform(
        key: impl Into<DynKey>,
        low: f64,
        high: f64,
        dtype: DType,
        dims: &[usize],
    ) -> Self {
        Self::draw(Samples::Uniform { low, high }, key.into(), dtype, dims)
    }

    /// Samples of f32 or f64 of the standard normal distribution: [`random::normal`](crate::random::normal),
    /// [`random::normal_f64`](crate::random::normal_f64).
    ///
    /// # Panics
    /// If the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn normal(key: impl Into<DynKey>, dtype: DType, dims: &[usize]) -> Self {
        Self::draw(Samples::Normal, key.into(), dtype, dims)
    }

    /// [`normal`](Self::normal) of the type and shape of this tensor.
    ///
    /// # Panics
    /// If the elements aren't floating-point numbers.
    #[must_use]
    #[track_caller]
    pub fn normal_like(&self, key: impl Into<DynKey>) -> Self {
        Self::normal(key, self.dtype(), &self.dims())
    }

    /// Samples of f32 or f64 of the standard normal distribution, truncated to `(low, high)`:
    /// [`random::truncated_normal`](crate::random::truncated_normal),
    /// [`random::truncated_normal_f64`](crate::random::truncated_normal_f64).
    ///
    /// # Panics
    /// If a bound isn't finite, or not `low < high`, or the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn truncated_normal(
        key: impl Into<DynKey>,
        low: f64,
        high: f64,
        dtype: DType,
        dims: &[usize],
    ) -> Self {
        Self::draw(Samples::TruncatedNormal { low, high }, key.into(), dtype, dims)
    }

    /// Samples of f32 or f64 of the standard Gumbel distribution: [`random::gumbel`](crate::random::gumbel),
    /// [`random::gumbel_f64`](crate::random::gumbel_f64).
    ///
    /// # Panics
    /// If the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn gumbel(key: impl Into<DynKey>, dtype: DType, dims: &[usize]) -> Self {
        Self::draw(Samples::Gumbel, key.into(), dtype, dims)
    }

    /// Samples of f32 or f64 of the exponential distribution with mean 1: [`random::exponential`](crate::random::exponential),
    /// [`random::exponential_f64`](crate::random::exponential_f64).
    ///
    /// # Panics
    /// If the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn exponential(key: impl Into<DynKey>, dtype: DType, dims: &[usize]) -> Self {
        Self::draw(Samples::Exponential, key.into(), dtype, dims)
    }

    /// Samples of f32 or f64 of the Laplace distribution with mean 0 and scale 1: [`random::laplace`](crate::random::laplace),
    /// [`random::laplace_f64`](crate::random::laplace_f64).
    ///
    /// # Panics
    /// If the type isn't f32 or f64.
    #[must_use]
    #[track_caller]
    pub fn laplace(key: impl Into<DynKey>, dtype: DType, dims: &[usize]) -> Self {
        Self::draw(Samples::Laplace, key.into(), dtype, dims)
    }

    /// Integers of a type, uniform in `low..high`: [`random::randint`](crate::random::randint).
    ///
    /// # Panics
    /// If the range is empty, a bound isn't of the type, or the type isn't one of integers.
    #[must_use]
    #[track_caller]
    pub fn randint(
        key: impl Into<DynKey>,
        low: i64,
        high: i64,
        dtype: DType,
        dims: &[usize],
    ) -> Self {
        Self::draw(Samples::Randint { low, high }, key.into(), dtype, dims)
    }

    /// The integers `0..n` in random order, `(n,)` of i32: [`random::permutation`](crate::random::permutation).
    ///
    /// # Panics
    /// If n is 2³¹ or more.
    #[must_use]
    #[track_caller]
    pub fn permutation(key: impl Into<DynKey>, n: usize) -> Self {
        Self::draw(Samples::Permutation, key.into(), DType::I32, &[n])
    }
}
