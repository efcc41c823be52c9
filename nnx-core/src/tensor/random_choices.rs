//! Random masks, integers, permutations and classes from a key: JAX's bits.

use super::random::sizes;
use super::{Integral, Real, Tensor};
use crate::array::Element;
use crate::ops::{DynKey, DynTensor};
use crate::size::StaticShape;
use crate::size::rules::{LastAxis, LongVector, VectorOf};

impl<S, E> Tensor<S, E> {
    /// Booleans that are true with probability `p` (`jax.random.bernoulli`, `torch.bernoulli`). See
    /// [`random::bernoulli`](crate::random::bernoulli).
    ///
    /// ```
    /// use nnx_core::{Tensor, random::{Key, bernoulli}, tensor::Tensor};
    ///
    /// let x: Tensor![2, 3; bool] = Tensor::bernoulli(Key::new(0), 0.3);
    /// assert_eq!(x.to_vec(), bernoulli(Key::new(0), 6, 0.3));
    /// ```
    ///
    /// # Panics
    /// If `p` isn't within 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn bernoulli(key: impl Into<DynKey>, p: f32) -> Self
    where
        S: StaticShape,
        E: MaskElement,
    {
        Self::trusted(DynTensor::bernoulli(key, p, &sizes::<S>()))
    }

    /// [`bernoulli`](Tensor::bernoulli) of the sizes of this tensor.
    ///
    /// ```
    /// use nnx_core::{random::Key, tensor::Tensor};
    ///
    /// let x = Tensor::from([1.0, 2.0]);
    /// assert_eq!(x.bernoulli_like(Key::new(0), 1.0).to_vec(), [true, true]);
    /// ```
    ///
    /// # Panics
    /// As there.
    #[must_use]
    #[track_caller]
    pub fn bernoulli_like(&self, key: impl Into<DynKey>, p: f32) -> Tensor<S, bool> {
        Tensor::trusted(DynTensor::bernoulli(key, p, &self.dims()))
    }

    /// Integers, uniform in `low..high` (`jax.random.randint`, `torch.randint`). See
    /// [`random::randint`](crate::random::randint).
    ///
    /// ```
    /// use nnx_core::{Tensor, random::{Key, randint}, tensor::Tensor};
    ///
    /// let x: Tensor![2, 3; i32] = Tensor::randint(Key::new(0), -5, 5);
    /// assert_eq!(x.to_vec(), randint(Key::new(0), 6, -5, 5));
    /// let ids: Tensor![2; i64] = Tensor::randint(Key::new(0), 0, 1 << 40);
    /// # let _ = ids;
    /// ```
    ///
    /// # Panics
    /// If the range is empty.
    #[must_use]
    #[track_caller]
    #[doc(alias = "integers")]
    pub fn randint(key: impl Into<DynKey>, low: E, high: E) -> Self
    where
        S: StaticShape,
        E: Integral,
    {
        Self::trusted(DynTensor::randint(key, low.into(), high.into(), E::DTYPE, &sizes::<S>()))
    }

    /// [`randint`](Tensor::randint) of the sizes of this tensor (`torch.randint_like`), of the type of the bounds.
    ///
    /// ```
    /// use nnx_core::{random::Key, tensor::Tensor};
    ///
    /// assert_eq!(Tensor::from([1.0, 2.0]).randint_like(Key::new(0), 7, 8).to_vec(), [7, 7]);
    /// ```
    ///
    /// # Panics
    /// As there.
    #[must_use]
    #[track_caller]
    pub fn randint_like<I: Integral>(
        &self,
        key: impl Into<DynKey>,
        low: I,
        high: I,
    ) -> Tensor<S, I> {
        let (low, high) = (low.into(), high.into());
        Tensor::trusted(DynTensor::randint(key, low, high, I::DTYPE, &self.dims()))
    }
}

impl<S> Tensor<S, i32> {
    /// The integers `0..N` in random order (`jax.random.permutation`, `torch.randperm`). See
    /// [`random::permutation`](crate::random::permutation). With it, [`take`](Tensor::take) shuffles an axis. Time
    /// n log n for n integers, by sorting.
    ///
    /// ```
    /// use nnx_core::{Tensor, random::Key, tensor::Tensor};
    ///
    /// let order: Tensor![5; i32] = Tensor::permutation(Key::new(0));
    /// assert_eq!(order.to_vec(), [0, 1, 4, 3, 2]);
    /// ```
    #[must_use]
    #[doc(alias("randperm", "shuffle"))]
    pub fn permutation(key: impl Into<DynKey>) -> Self
    where
        S: VectorOf,
    {
        Self::trusted(DynTensor::permutation(key, S::LENGTH))
    }

    /// [`permutation`](Tensor::permutation) along a runtime axis of `length` elements. With it, [`take`](Tensor::take)
    /// shuffles a batch.
    ///
    /// ```
    /// use nnx_core::{Tensor, random::Key, size::Batch, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 2] = Tensor::from_vec(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0])?;
    /// let order: Tensor![Batch; i32] = Tensor::permutation_of(x.dims()[0], Key::new(0));
    /// let shuffled: Tensor![Batch, 2] = x.clone().take::<0, _, _>(order)?;
    /// assert_eq!(shuffled.sum().item(), x.sum().item());
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Panics
    /// If the length is 2³¹ or more.
    #[must_use]
    #[track_caller]
    pub fn permutation_of(length: usize, key: impl Into<DynKey>) -> Self
    where
        S: LongVector,
    {
        Self::trusted(DynTensor::permutation(key, length))
    }
}

/// `bool`, the element type of a mask.
#[diagnostic::on_unimplemented(
    message = "`bernoulli` gives a mask, but this tensor holds `{Self}`",
    label = "expected elements of type `bool`",
    note = "convert the mask with `.cast::<{Self}>()`"
)]
pub trait MaskElement: Element {}
#[diagnostic::do_not_recommend]
impl MaskElement for bool {}

impl<S, E> Tensor<S, E> {
    /// An index of each row of these logits `(.., C)`, drawn with the probabilities `softmax(row)`
    /// (`jax.random.categorical`, `torch.distributions.Categorical`). See
    /// [`random::categorical`](crate::random::categorical) and [`categorical_f64`](crate::random::categorical_f64).
    ///
    /// Cost: a random number and a logarithm of one for each logit, and 4 or 8 bytes.
    ///
    /// ```
    /// use nnx_core::{random::Key, tensor::Tensor};
    ///
    /// let logits = Tensor::from([[0.0, f32::NEG_INFINITY], [f32::NEG_INFINITY, 0.0]]);
    /// assert_eq!(logits.categorical(Key::new(0)).to_vec(), [0, 1]);
    /// ```
    ///
    /// # Panics
    /// If the last axis is empty.
    #[must_use]
    #[track_caller]
    #[doc(alias = "multinomial")]
    pub fn categorical<L>(self, key: impl Into<DynKey>) -> Tensor<L, i32>
    where
        S: LastAxis<Leading = L>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().categorical(key))
    }
}
