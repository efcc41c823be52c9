//! Decompositions of matrices, which are the last two axes: the feature `linalg`. What is solved by them is in `linalg`.

use super::{Real, Tensor};
use crate::size::Shape;
use crate::size::rules::{SquareMatrices, TallMatrices};

/// # Decompositions of matrices
/// As all of linear algebra: see [`solve`](Tensor::solve).
impl<S, E> Tensor<S, E> {
    /// The lower triangular `L` with `A = L Lᵀ` of positive definite matrices (.., N, N). `jnp.linalg.cholesky`,
    /// `torch.linalg.cholesky`.
    ///
    /// As in JAX, `A` is replaced by `(A + Aᵀ) / 2`, and the result is NaN where that isn't positive definite.
    ///
    /// Cost: n³ / 3 operations for each matrix of n rows, and copies in f64, as for all decompositions.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let l = Tensor::from([[4.0, 2.0], [2.0, 10.0]]).cholesky();
    /// assert_eq!(l.to_vec(), [2.0, 0.0, 1.0, 3.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn cholesky(self) -> Self
    where
        S: SquareMatrices,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().cholesky())
    }

    /// `Q` (.., M, N) with orthonormal columns and the upper triangular `R` (.., N, N), with `A = Q R`, by Householder
    /// reflections, for matrices with at least as many rows as columns. `jnp.linalg.qr`, `torch.linalg.qr`.
    ///
    /// The diagonal of `R` may have any signs. The gradient is infinite or NaN where columns are linearly dependent.
    ///
    /// Cost: 4 m n² operations, nearly, for m rows and n columns.
    ///
    /// There is no `mode="complete"`, as there is no `full_matrices=True` of [`svd`](Self::svd): the M - N columns that it
    /// adds are any basis of what is orthogonal to the others, and have no derivative (JAX refuses it). The last M - N
    /// eigenvectors of `I - Q Qᵀ` by [`eigh`](Self::eigh) are such a basis.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let (q, r) = Tensor::from([[3.0, 1.0], [4.0, 2.0], [0.0, 2.0]]).qr();
    /// let error = q.matmul(r) - Tensor::from([[3.0, 1.0], [4.0, 2.0], [0.0, 2.0]]);
    /// assert!(error.to_vec().iter().all(|x: &f32| x.abs() < 1e-6));
    /// ```
    ///
    /// # Panics
    /// If M is a runtime axis with fewer elements than N.
    #[must_use]
    #[track_caller]
    pub fn qr<R>(self) -> (Self, Tensor<R, E>)
    where
        S: TallMatrices<Square = R>,
        E: Real,
    {
        const { S::CHECKED }
        let (q, r) = self.into_dyn().qr();
        (Tensor::trusted(q), Tensor::trusted(r))
    }

    /// `U` (.., M, N) with orthonormal columns, the singular values (.., N) in descending order, and `Vᵀ` (.., N, N), with
    /// `A = U diag(s) Vᵀ`, for matrices with at least as many rows as columns. `jnp.linalg.svd` and `torch.linalg.svd`
    /// with `full_matrices=False`.
    ///
    /// The signs of pairs of vectors are any. As in JAX the gradient is infinite or NaN where singular values are equal
    /// or 0; that of [`singular_values`](Self::singular_values) isn't.
    ///
    /// Cost: some 6 m n² + 20 n³ operations for m rows and n columns, in iterations: the slowest of the decompositions.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![3, 2] = Tensor::from([[0.0, 2.0], [1.0, 0.0], [0.0, 0.0]]);
    /// let (u, s, vt) = x.clone().svd();
    /// assert_eq!(s.to_vec(), [2.0, 1.0]);
    /// let error = u.matmul(s.diag_embed()).matmul(vt) - x;
    /// assert!(error.abs().max().item() < 1e-6);
    /// ```
    ///
    /// # Panics
    /// If M is a runtime axis with fewer elements than N.
    #[must_use]
    #[track_caller]
    pub fn svd<V, R>(self) -> (Self, Tensor<V, E>, Tensor<R, E>)
    where
        S: TallMatrices<Values = V, Square = R>,
        E: Real,
    {
        const { S::CHECKED }
        let (u, s, vt) = self.tall("svd").into_dyn().svd();
        (Tensor::trusted(u), Tensor::trusted(s), Tensor::trusted(vt))
    }

    /// The singular values (.., N) in descending order of matrices with at least as many rows as columns.
    /// `jnp.linalg.svdvals`, `torch.linalg.svdvals`.
    ///
    /// Cost: some 2 m n² operations for m rows and n columns; with a gradient that of [`svd`](Self::svd).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let s: Tensor![2] = Tensor::from([[0.0, 2.0], [1.0, 0.0]]).singular_values();
    /// assert_eq!(s.to_vec(), [2.0, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If M is a runtime axis with fewer elements than N.
    #[must_use]
    #[track_caller]
    #[doc(alias("svdvals", "cond"))]
    pub fn singular_values<V>(self) -> Tensor<V, E>
    where
        S: TallMatrices<Values = V>,
        E: Real,
    {
        const { S::CHECKED }
        Tensor::trusted(self.tall("singular_values").into_dyn().singular_values())
    }

    /// The same tensor, whose matrices have at least as many rows as columns.
    #[track_caller]
    fn tall(self, operation: &str) -> Self
    where
        S: Shape,
        E: Real,
    {
        if let [.., m, n] = *self.dims() {
            assert!(
                m >= n,
                "`{operation}` takes matrices with at least as many rows as columns, found {}: transpose them",
                self.dims()
            );
        }
        self
    }

    /// The eigenvalues (.., N) of symmetric matrices in ascending order, and the eigenvectors as the columns of matrices
    /// (.., N, N). `jnp.linalg.eigh`, `torch.linalg.eigh`.
    ///
    /// As in JAX, `A` is replaced by `(A + Aᵀ) / 2`, and the gradient is infinite or NaN where eigenvalues are equal;
    /// that of [`eigvalsh`](Self::eigvalsh) isn't. The signs of vectors are any.
    ///
    /// Cost: some 9 n³ operations for n rows.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![2, 2] = Tensor::from([[2.0, 1.0], [1.0, 2.0]]);
    /// let (values, vectors) = x.clone().eigh();
    /// assert_eq!(values.to_vec(), [1.0, 3.0]);
    /// let error = x.matmul(vectors.clone()) - vectors.matmul(values.diag_embed());
    /// assert!(error.abs().max().item() < 1e-6);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "symeig")]
    pub fn eigh<V>(self) -> (Tensor<V, E>, Self)
    where
        S: SquareMatrices<Diagonal = V>,
        E: Real,
    {
        let (values, vectors) = self.into_dyn().eigh();
        (Tensor::trusted(values), Tensor::trusted(vectors))
    }

    /// The eigenvalues (.., N) of symmetric matrices in ascending order. `jnp.linalg.eigvalsh`, `torch.linalg.eigvalsh`.
    ///
    /// Cost: some 4 n³ / 3 operations for n rows; with a gradient that of [`eigh`](Self::eigh).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let values: Tensor![2] = Tensor::from([[2.0, 1.0], [1.0, 2.0]]).eigvalsh();
    /// assert_eq!(values.to_vec(), [1.0, 3.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn eigvalsh<V>(self) -> Tensor<V, E>
    where
        S: SquareMatrices<Diagonal = V>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().eigvalsh())
    }
}
