//! Products of vectors, which are the last axis; the trace.

use super::arithmetic::check_shared_axes;
use super::{Operand, Real, Tensor};
use crate::size::Shape;
use crate::size::rules::{LastAxis, OuterFactor, SameShape, SquareMatrices, Vectors3};

impl<S, E> Tensor<S, E> {
    /// The products `Σ aᵢ bᵢ` of vectors, which are the last axis: (.., N) to (..). Both tensors have the same shape.
    ///
    /// `jnp.dot` of two vectors and `jnp.vecdot`; `torch.dot` and `torch.linalg.vecdot`. For matrices there is
    /// [`matmul`](Self::matmul), for everything else [`einsum!`](crate::einsum).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0, 3.0]);
    /// assert_eq!(x.clone().dot(x).item(), 14.0);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    #[doc(alias("vecdot", "inner", "vdot"))]
    pub fn dot<R, F, O>(self, other: Tensor<R, F>) -> Tensor<O, E>
    where
        S: LastAxis<Leading = O>,
        R: SameShape<S> + Shape,
        F: Operand<E>,
        E: Real,
    {
        check_shared_axes::<S, R>(&self.dims(), &other.dims(), "dot");
        Tensor::trusted(self.into_dyn().dot(other.into_dyn()))
    }

    /// All products of an element of one vector and one of another: (.., M) and (.., N) to (.., M, N), with the same
    /// leading axes. `jnp.outer` and `torch.outer` of vectors.
    ///
    /// Cost: one product for each element of the result.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([1.0, 2.0]).outer(Tensor::from([1.0, 10.0, 100.0]));
    /// assert_eq!(x.to_vec(), [1.0, 10.0, 100.0, 2.0, 20.0, 200.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    #[doc(alias = "ger")]
    pub fn outer<R, F>(self, other: Tensor<R, F>) -> Tensor<R::Output, E>
    where
        R: OuterFactor<S>,
        F: Operand<E>,
        S: Shape,
        E: Real,
    {
        check_shared_axes::<S, R>(&self.dims(), &other.dims(), "outer");
        Tensor::trusted(self.into_dyn().outer(other.into_dyn()))
    }

    /// The cross products of vectors of 3 elements, which are the last axis. `jnp.cross`, `torch.linalg.cross`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let z = Tensor::from([1.0, 0.0, 0.0]).cross(Tensor::from([0.0, 1.0, 0.0]));
    /// assert_eq!(z.to_vec(), [0.0, 0.0, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    pub fn cross<R, F>(self, other: Tensor<R, F>) -> Self
    where
        S: Vectors3,
        R: SameShape<S> + Shape,
        F: Operand<E>,
        E: Real,
    {
        check_shared_axes::<S, R>(&self.dims(), &other.dims(), "cross");
        Tensor::trusted(self.into_dyn().cross(other.into_dyn()))
    }

    /// The sums of the diagonals of square matrices: (.., N, N) to (..). `jnp.trace`, `torch.trace`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([[1.0, 2.0], [3.0, 4.0]]).trace().item(), 5.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn trace<O>(self) -> Tensor<O, E>
    where
        S: SquareMatrices<Leading = O>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().trace())
    }
}
