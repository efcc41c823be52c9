//! Random tensors from a key: JAX's bits.
//!
//! A [`Stream`](crate::random::Stream) gives a new key for each draw, `stream.next_key()`, and so does
//! [`Rngs`](crate::random::Rngs), `rngs.params()`. For shapes with runtime axes there are the forms `x.normal_like(key)`, of
//! the sizes of another tensor, such as [`Tensor::zeros_of`]`(&[batch])`.

use super::{Integral, Real, Tensor};
use crate::array::{Dims, Element};
use crate::ops::{DynKey, DynTensor};
use crate::size::StaticShape;
use crate::size::rules::{LastAxis, LongVector, VectorOf};

/// The sizes of a static shape.
fn sizes<S: StaticShape>() -> Dims {
    S::AXES.iter().flatten().copied().collect()
}

/// Makes a method for a static shape, and one for the sizes of another tensor; of floating-point numbers.
macro_rules! draws {
    ($(
        $(#[$doc:meta])* $name:ident;
        $(#[$like_doc:meta])* $like:ident($($option:ident),*);
    )*) => { impl<S, E> Tensor<S, E> { $(
        $(#[$doc])*
        #[must_use]
        #[track_caller]
        pub fn $name(key: impl Into<DynKey> $(, $option: E)*) -> Self
        where
            S: StaticShape,
            E: Real,
        {
            let dims = sizes::<S>();
            Self::trusted(DynTensor::$name(key, $($option.to_f64(),)* E::DTYPE, &dims))
        }
        $(#[$like_doc])*
        #[must_use]
        #[track_caller]
        pub fn $like(&self, key: impl Into<DynKey> $(, $option: E)*) -> Self
        where
            E: Real,
        {
            Self::trusted(DynTensor::$name(key, $($option.to_f64(),)* E::DTYPE, &self.dims()))
        }
    )* } };
}
draws! {
    /// Samples of the uniform distribution on `[low, high)` (`jax.random.uniform`, `torch.rand`). See
    /// [`random::uniform`](crate::random::uniform) and [`uniform_f64`](crate::random::uniform_f64).
    ///
    /// ```
    /// use nnx_core::{Tensor, random::Key, tensor::Tensor};
    ///
    /// let x: Tensor![2] = Tensor::uniform(Key::new(0), 0.0, 1.0);
    /// assert_eq!(x.to_vec(), [0.947667, 0.9785799]);
    /// ```
    ///
    /// # Panics
    /// If a bound isn't finite, or `low > high`.
    #[doc(alias = "rand")]
    uniform;
    /// [`uniform`](Tensor::uniform) of the type and sizes of this tensor (`torch.rand_like`).
    ///
    /// ```
    /// use nnx_core::{Tensor, random::Key, size::Batch, tensor::Tensor};
    ///
    /// let x: Tensor![Batch, 2] = Tensor::zeros_of(&[3]);
    /// assert_eq!(x.uniform_like(Key::new(0), -1.0, 1.0).dims(), x.dims());
    /// ```
    ///
    /// # Panics
    /// As there.
    #[doc(alias = "rand_like")]
    uniform_like(low, high);
    /// Samples of the normal distribution with mean 0 and variance 1 (`jax.random.normal`, `torch.randn`). See
    /// [`random::normal`](crate::random::normal) and [`normal_f64`](crate::random::normal_f64).
    ///
    /// ```
    /// use nnx_core::{Tensor, random::Key, tensor::Tensor};
    ///
    /// let x: Tensor![2] = Tensor::normal(Key::new(0));
    /// assert_eq!(x.to_vec(), [1.6226422, 2.0252647]);
    /// ```
    #[doc(alias = "randn")]
    normal;
    /// [`normal`](Tensor::normal) of the type and sizes of this tensor (`torch.randn_like`).
    ///
    /// ```
    /// use nnx_core::{random::Key, tensor::Tensor};
    ///
    /// let x = Tensor::from([1.0f32, 2.0]);
    /// let noisy = &x + &(x.normal_like(Key::new(0)) * 0.1);
    /// assert!((noisy - x).to_vec().iter().all(|noise| noise.abs() < 1.0));
    /// ```
    #[doc(alias = "randn_like")]
    normal_like();
    /// Samples of the standard normal distribution, truncated to `(low, high)` (`jax.random.truncated_normal`,
    /// `torch.nn.init.trunc_normal_`). See [`random::truncated_normal`](crate::random::truncated_normal) and [`truncated_normal_f64`](crate::random::truncated_normal_f64).
    ///
    /// ```
    /// use nnx_core::{Tensor, random::Key, tensor::Tensor};
    ///
    /// let x: Tensor![10, 10] = Tensor::truncated_normal(Key::new(0), -2.0, 2.0);
    /// assert!(x.abs().max().item() < 2.0);
    /// ```
    ///
    /// # Panics
    /// If a bound isn't finite, or not `low < high`.
    truncated_normal;
    /// [`truncated_normal`](Tensor::truncated_normal) of the type and sizes of this tensor.
    ///
    /// ```
    /// use nnx_core::{random::Key, tensor::Tensor};
    ///
    /// let x = Tensor::from([1.0, 2.0]).truncated_normal_like(Key::new(0), 0.0, 1.0);
    /// assert!(x.to_vec().iter().all(|x| (0.0..1.0).contains(x)));
    /// ```
    ///
    /// # Panics
    /// As there.
    truncated_normal_like(low, high);
    /// Samples of the standard Gumbel distribution (`jax.random.gumbel`). See
    /// [`random::gumbel`](crate::random::gumbel) and [`gumbel_f64`](crate::random::gumbel_f64).
    ///
    /// ```
    /// use nnx_core::{Tensor, random::{Key, gumbel}, tensor::Tensor};
    ///
    /// let x: Tensor![3] = Tensor::gumbel(Key::new(0));
    /// assert_eq!(x.to_vec(), gumbel(Key::new(0), 3));
    /// ```
    gumbel;
    /// [`gumbel`](Tensor::gumbel) of the type and sizes of this tensor.
    ///
    /// ```
    /// use nnx_core::{random::{Key, gumbel}, tensor::Tensor};
    ///
    /// let logits = Tensor::from([0.0f32, 1.0]);
    /// assert_eq!(logits.gumbel_like(Key::new(0)).to_vec(), gumbel(Key::new(0), 2));
    /// ```
    gumbel_like();
    /// Samples of the exponential distribution with mean 1 (`jax.random.exponential`,
    /// `torch.Tensor.exponential_`). See [`random::exponential`](crate::random::exponential) and [`exponential_f64`](crate::random::exponential_f64).
    ///
    /// ```
    /// use nnx_core::{Tensor, random::{Key, exponential}, tensor::Tensor};
    ///
    /// let x: Tensor![3] = Tensor::exponential(Key::new(0));
    /// assert_eq!(x.to_vec(), exponential(Key::new(0), 3));
    /// ```
    exponential;
    /// [`exponential`](Tensor::exponential) of the type and sizes of this tensor.
    ///
    /// ```
    /// use nnx_core::{random::Key, tensor::Tensor};
    ///
    /// assert!(Tensor::from([0.0; 9]).exponential_like(Key::new(0)).ge(0.0).all().item());
    /// ```
    exponential_like();
    /// Samples of the Laplace distribution with mean 0 and scale 1 (`jax.random.laplace`). See
    /// [`random::laplace`](crate::random::laplace) and [`laplace_f64`](crate::random::laplace_f64).
    ///
    /// ```
    /// use nnx_core::{Tensor, random::{Key, laplace}, tensor::Tensor};
    ///
    /// let x: Tensor![3] = Tensor::laplace(Key::new(0));
    /// assert_eq!(x.to_vec(), laplace(Key::new(0), 3));
    /// ```
    laplace;
    /// [`laplace`](Tensor::laplace) of the type and sizes of this tensor.
    ///
    /// ```
    /// use nnx_core::{random::{Key, laplace}, tensor::Tensor};
    ///
    /// let x = Tensor::from([0.0f32; 3]).laplace_like(Key::new(0));
    /// assert_eq!(x.to_vec(), laplace(Key::new(0), 3));
    /// ```
    laplace_like();
}

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
