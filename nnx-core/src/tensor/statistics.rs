//! Norms, variances and standard deviations, with finite gradients where the gradient of the plain formula is
//! NaN.

use super::reduce::reduced;
use super::{Real, Tensor};
use crate::size::Shape;
use crate::size::rules::Reduce;

impl<S, E> Tensor<S, E> {
    /// The Euclidean norm of all elements, `√(Σ x²)` (`jnp.linalg.norm` and `torch.linalg.vector_norm` of the
    /// flattened array).
    ///
    /// For a vector of zeros the gradient is 0, as in PyTorch; JAX gives NaN. The squares can't overflow:
    ///
    /// ```
    /// use nnx_core::tensor::{Tensor, gradient};
    ///
    /// assert_eq!(Tensor::from([3e20f32, 4e20]).norm().item(), 5e20);
    /// assert_eq!(gradient(|x| x.norm(), Tensor::from([0.0f32, 0.0])).to_vec(), [0.0, 0.0]);
    /// ```
    #[must_use]
    #[doc(alias("matrix_norm", "vector_norm"))]
    pub fn norm(self) -> Tensor<(), E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().norm(&axes))
    }

    /// The Euclidean norm over axes: `x.norm_axes::<Axis<1>>()`; see [`norm`](Self::norm).
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[3.0f32, 4.0], [0.0, 2.0]]);
    /// assert_eq!(x.norm_axes::<Axis<1>>().to_vec(), [5.0, 2.0]);
    /// ```
    #[must_use]
    #[doc(alias = "renorm")]
    pub fn norm_axes<A>(self) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().norm(S::INDICES))
    }

    /// The p-norm of all elements, `(Σ |x|^p)^(1/p)`; the largest `|x|` if `p` is infinite (`torch.linalg.vector_norm`,
    /// `jnp.linalg.norm` with `ord=p` of the flattened array). Count the elements that aren't 0 with
    /// [`count_nonzero`](Self::count_nonzero), the norm of order 0.
    ///
    /// The powers can't overflow. Where an element is 0, so is its gradient, and that of a vector of zeros; JAX has 1
    /// there if p is 1, and NaN if p is 3. Elements that tie for the largest share the gradient evenly.
    ///
    /// ```
    /// use nnx_core::tensor::{Tensor, gradient};
    ///
    /// let x = Tensor::from([3.0f32, -4.0]);
    /// assert_eq!(x.clone().norm_p(1.0).item(), 7.0);
    /// assert_eq!(x.norm_p(f64::INFINITY).item(), 4.0);
    /// assert_eq!(gradient(|x| x.norm_p(3.0), Tensor::from([0.0f32, 0.0])).to_vec(), [0.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If `p` isn't above 0.
    #[must_use]
    #[track_caller]
    pub fn norm_p(self, p: f64) -> Tensor<(), E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().norm_p(p, &axes))
    }

    /// The p-norm over axes: `x.norm_p_axes::<Axis<1>>(1.0)`; see [`norm_p`](Self::norm_p).
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[3.0f32, -4.0], [0.0, 2.0]]);
    /// assert_eq!(x.norm_p_axes::<Axis<1>>(1.0).to_vec(), [7.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If `p` isn't above 0.
    #[must_use]
    #[track_caller]
    pub fn norm_p_axes<A>(self, p: f64) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().norm_p(p, S::INDICES))
    }

    /// The Euclidean norm of all elements, but at least `min_norm` (`optax.safe_norm`). If the norm isn't
    /// greater than `min_norm`, the gradient is 0. So it is safe to divide a vector by it.
    ///
    /// ```
    /// use nnx_core::tensor::{Tensor, value_and_gradient};
    ///
    /// let of = |x: [f32; 2]| {
    ///     let (norm, slope) = value_and_gradient(|x: Tensor<_>| x.safe_norm(2.0), Tensor::from(x));
    ///     (norm.item(), slope.to_vec())
    /// };
    /// assert_eq!(of([0.0, 2.5]), (2.5, vec![0.0, 1.0]));
    /// assert_eq!(of([0.0, 1.5]), (2.0, vec![0.0, 0.0]));
    /// assert_eq!(of([0.0, 0.0]), (2.0, vec![0.0, 0.0]));
    /// ```
    ///
    /// # Panics
    /// If `min_norm` is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn safe_norm(self, min_norm: f64) -> Tensor<(), E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().safe_norm(&axes, min_norm))
    }

    /// [`safe_norm`](Self::safe_norm) over axes.
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[3.0f32, 4.0], [0.0, 0.0]]);
    /// assert_eq!(x.safe_norm_axes::<Axis<1>>(1e-6).to_vec(), [5.0, 1e-6]);
    /// ```
    ///
    /// # Panics
    /// If `min_norm` is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn safe_norm_axes<A>(self, min_norm: f64) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().safe_norm(S::INDICES, min_norm))
    }

    /// The variance of all elements, `Σ (x - mean)² / (n - correction)`, computed in two passes over memory.
    ///
    /// A correction of 0 is the default of NumPy and JAX (`ddof`), 1 that of PyTorch (`correction`). If n isn't
    /// greater than the correction, the variance is NaN for equal elements and infinite for others.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0f32, 2.0, 6.0]);
    /// assert_eq!((x.clone().var(0).item(), x.var(1).item()), (14.0 / 3.0, 7.0));
    /// ```
    #[must_use]
    pub fn var(self, correction: u32) -> Tensor<(), E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().var(&axes, correction))
    }

    /// The variance over axes: `x.var_axes::<Axis<1>>(0)`; see [`var`](Self::var).
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0, 3.0], [2.0, 2.0]]);
    /// assert_eq!(x.var_axes::<Axis<1>>(0).to_vec(), [1.0, 0.0]);
    /// ```
    #[must_use]
    pub fn var_axes<A>(self, correction: u32) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().var(S::INDICES, correction))
    }

    /// The standard deviation of all elements, the square root of [`var`](Self::var).
    ///
    /// If all elements are equal it is 0, and so is its gradient. The gradient of `x.var(0).sqrt()`, `jnp.std`
    /// and `torch.std` is NaN there. The squares can't overflow.
    ///
    /// ```
    /// use nnx_core::tensor::{Tensor, gradient};
    ///
    /// assert_eq!(Tensor::from([-1e30f32, 1e30]).std(0).item(), 1e30);
    /// let slope = gradient(|x: Tensor<_>| x.std(0), Tensor::from([0.1f32; 3]));
    /// assert_eq!(slope.to_vec(), [0.0; 3]);
    /// ```
    #[must_use]
    pub fn std(self, correction: u32) -> Tensor<(), E>
    where
        S: Shape,
        E: Real,
    {
        let axes = self.every_axis();
        Tensor::trusted(self.into_dyn().std(&axes, correction))
    }

    /// The standard deviation over axes: `x.std_axes::<Axis<0>>(1)`; see [`std`](Self::std).
    ///
    /// ```
    /// use nnx_core::{size::rules::Axis, tensor::Tensor};
    ///
    /// let x = Tensor::from([[1.0f32, 5.0], [3.0, 5.0]]);
    /// assert_eq!(x.std_axes::<Axis<0>>(0).to_vec(), [1.0, 0.0]);
    /// ```
    #[must_use]
    pub fn std_axes<A>(self, correction: u32) -> Tensor<S::Output, E>
    where
        S: Reduce<A>,
        E: Real,
    {
        let dims = self.dims();
        reduced::<S, A, E>(dims, self.into_dyn().std(S::INDICES, correction))
    }
}
