//! Random tensors from a key: JAX's bits.
//!
//! A [`Stream`](crate::random::Stream) gives a new key for each draw, `stream.next_key()`, and so does
//! [`Rngs`](crate::random::Rngs), `rngs.params()`. For shapes with runtime axes there are the forms `x.normal_like(key)`, of
//! the sizes of another tensor, such as [`Tensor::zeros_of`]`(&[batch])`.

use super::Tensor;
use crate::array::Dims;
use crate::ops::DynTensor;
use crate::random::Key;
use crate::size::rules::LastAxis;
use crate::size::{Shape, Size, StaticShape};

/// The sizes of a static shape.
fn sizes<S: StaticShape>() -> Dims {
    S::AXES.iter().flatten().copied().collect()
}

/// Makes a method for a static shape, and one for the sizes of another tensor.
macro_rules! draws {
    ($($element:ident {
        $(#[$doc:meta])* $name:ident;
        $(#[$like_doc:meta])* $like:ident($($option:ident: $type:ty),*);
    })*) => { $(
        impl<S> Tensor<S, $element> {
            $(#[$doc])*
            #[must_use]
            #[track_caller]
            pub fn $name(key: Key $(, $option: $type)*) -> Self
            where
                S: StaticShape,
            {
                Self::trusted(DynTensor::$name(key, $($option,)* &sizes::<S>()))
            }
        }
        impl<S: Shape, E> Tensor<S, E> {
            $(#[$like_doc])*
            #[must_use]
            #[track_caller]
            pub fn $like(&self, key: Key $(, $option: $type)*) -> Tensor<S, $element> {
                Tensor::trusted(DynTensor::$name(key, $($option,)* &self.dims()))
            }
        }
    )* };
}
draws! {
    f32 {
        /// Samples of the uniform distribution on `[low, high)` (`jax.random.uniform`, `torch.rand`). See
        /// [`random::uniform`](crate::random::uniform).
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
        /// [`uniform`](Tensor::uniform) of the sizes of this tensor (`torch.rand_like`).
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
        uniform_like(low: f32, high: f32);
    }
    f32 {
        /// Samples of the normal distribution with mean 0 and variance 1 (`jax.random.normal`, `torch.randn`). See
        /// [`random::normal`](crate::random::normal).
        ///
        /// ```
        /// use nnx_core::{Tensor, random::Key, tensor::Tensor};
        ///
        /// let x: Tensor![2] = Tensor::normal(Key::new(0));
        /// assert_eq!(x.to_vec(), [1.6226422, 2.0252647]);
        /// ```
        #[doc(alias = "randn")]
        normal;
        /// [`normal`](Tensor::normal) of the sizes of this tensor (`torch.randn_like`).
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
    }
    f32 {
        /// Samples of the standard normal distribution, truncated to `(low, high)` (`jax.random.truncated_normal`,
        /// `torch.nn.init.trunc_normal_`). See [`random::truncated_normal`](crate::random::truncated_normal).
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
        /// [`truncated_normal`](Tensor::truncated_normal) of the sizes of this tensor.
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
        truncated_normal_like(low: f32, high: f32);
    }
    f32 {
        /// Samples of the standard Gumbel distribution (`jax.random.gumbel`). See
        /// [`random::gumbel`](crate::random::gumbel).
        ///
        /// ```
        /// use nnx_core::{Tensor, random::{Key, gumbel}, tensor::Tensor};
        ///
        /// let x: Tensor![3] = Tensor::gumbel(Key::new(0));
        /// assert_eq!(x.to_vec(), gumbel(Key::new(0), 3));
        /// ```
        gumbel;
        /// [`gumbel`](Tensor::gumbel) of the sizes of this tensor.
        ///
        /// ```
        /// use nnx_core::{random::{Key, gumbel}, tensor::Tensor};
        ///
        /// let logits = Tensor::from([0.0f32, 1.0]);
        /// assert_eq!(logits.gumbel_like(Key::new(0)).to_vec(), gumbel(Key::new(0), 2));
        /// ```
        gumbel_like();
    }
    f32 {
        /// Samples of the exponential distribution with mean 1 (`jax.random.exponential`,
        /// `torch.Tensor.exponential_`). See [`random::exponential`](crate::random::exponential).
        ///
        /// ```
        /// use nnx_core::{Tensor, random::{Key, exponential}, tensor::Tensor};
        ///
        /// let x: Tensor![3] = Tensor::exponential(Key::new(0));
        /// assert_eq!(x.to_vec(), exponential(Key::new(0), 3));
        /// ```
        exponential;
        /// [`exponential`](Tensor::exponential) of the sizes of this tensor.
        ///
        /// ```
        /// use nnx_core::{random::Key, tensor::Tensor};
        ///
        /// assert!(Tensor::from([0.0; 9]).exponential_like(Key::new(0)).ge(0.0).all().item());
        /// ```
        exponential_like();
    }
    f32 {
        /// Samples of the Laplace distribution with mean 0 and scale 1 (`jax.random.laplace`). See
        /// [`random::laplace`](crate::random::laplace).
        ///
        /// ```
        /// use nnx_core::{Tensor, random::{Key, laplace}, tensor::Tensor};
        ///
        /// let x: Tensor![3] = Tensor::laplace(Key::new(0));
        /// assert_eq!(x.to_vec(), laplace(Key::new(0), 3));
        /// ```
        laplace;
        /// [`laplace`](Tensor::laplace) of the sizes of this tensor.
        ///
        /// ```
        /// use nnx_core::{random::{Key, laplace}, tensor::Tensor};
        ///
        /// let x = Tensor::from([0.0; 3]).laplace_like(Key::new(0));
        /// assert_eq!(x.to_vec(), laplace(Key::new(0), 3));
        /// ```
        laplace_like();
    }
    bool {
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
        bernoulli;
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
        bernoulli_like(p: f32);
    }
    i32 {
        /// Integers, uniform in `low..high` (`jax.random.randint`, `torch.randint`). See
        /// [`random::randint`](crate::random::randint).
        ///
        /// ```
        /// use nnx_core::{Tensor, random::{Key, randint}, tensor::Tensor};
        ///
        /// let x: Tensor![2, 3; i32] = Tensor::randint(Key::new(0), -5, 5);
        /// assert_eq!(x.to_vec(), randint(Key::new(0), 6, -5, 5));
        /// ```
        ///
        /// # Panics
        /// If the range is empty.
        #[doc(alias = "integers")]
        randint;
        /// [`randint`](Tensor::randint) of the sizes of this tensor (`torch.randint_like`).
        ///
        /// ```
        /// use nnx_core::{random::Key, tensor::Tensor};
        ///
        /// assert_eq!(Tensor::from([1.0, 2.0]).randint_like(Key::new(0), 7, 8).to_vec(), [7, 7]);
        /// ```
        ///
        /// # Panics
        /// As there.
        randint_like(low: i32, high: i32);
    }
}

impl<N: Size> Tensor<(N,), i32> {
    /// The integers `0..N` in random order (`jax.random.permutation`, `torch.randperm`). See
    /// [`random::permutation`](crate::random::permutation). With it, [`take`](Tensor::take) shuffles an axis.
    ///
    /// ```
    /// use nnx_core::{Tensor, random::Key, tensor::Tensor};
    ///
    /// let order: Tensor![5; i32] = Tensor::permutation(Key::new(0));
    /// assert_eq!(order.to_vec(), [0, 1, 4, 3, 2]);
    /// ```
    #[must_use]
    #[doc(alias("randperm", "shuffle"))]
    pub fn permutation(key: Key) -> Self {
        Self::trusted(DynTensor::permutation(key, N::USIZE))
    }
}

impl<S> Tensor<S, f32> {
    /// An index of each row of these logits `(.., C)`, drawn with the probabilities `softmax(row)`
    /// (`jax.random.categorical`, `torch.distributions.Categorical`). See
    /// [`random::categorical`](crate::random::categorical).
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
    pub fn categorical<L>(self, key: Key) -> Tensor<L, i32>
    where
        S: LastAxis<Leading = L>,
    {
        Tensor::trusted(self.into_dyn().categorical(key))
    }
}
