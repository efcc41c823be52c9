//! Random tensors from a key: JAX's bits.
//!
//! A [`Stream`](crate::random::Stream) gives a new key for each draw, `stream.next_key()`, and so does
//! [`Rngs`](crate::random::Rngs), `rngs.params()`. For shapes with runtime axes there are the forms `x.normal_like(key)`, of
//! the sizes of another tensor, such as [`Tensor::zeros_of`]`(&[batch])`.

use super::{Real, Tensor};
use crate::array::Dims;
use crate::ops::{DynKey, DynTensor};
use crate::size::StaticShape;

/// The sizes of a static shape.
pub(super) fn sizes<S: StaticShape>() -> Dims {
    S::AXES.iter().flatten().copied().collect()
}

/// Declares two methods for each distribution of floating-point numbers: one for a static shape, and one that takes the
/// sizes of another tensor.
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
    /// As [`uniform`](Tensor::uniform).
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
    /// As [`truncated_normal`](Tensor::truncated_normal).
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
