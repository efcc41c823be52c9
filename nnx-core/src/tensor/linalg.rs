//! What is solved and computed by decompositions of matrices, which are the last two axes: the feature `linalg`.

use super::arithmetic::check_shared_axes;
use super::{Operand, Real, Tensor};
use crate::ops::{MatrixNormKind, MatrixTriangle};
use crate::size::Shape;
use crate::size::rules::{LeastSquaresSide, Matrices, RightSide, SquareMatrices, Transpose};

/// # Linear algebra
/// Matrices are the last two axes; leading axes are a batch. These need the feature `linalg`. They compute in f64, also
/// for f32, and have gradients of any order. The bits don't depend on the number of threads, but may differ between
/// processors of different instruction sets. A matrix with an element that is infinite or NaN gives NaN, and so does an
/// algorithm that doesn't converge.
impl<S, E> Tensor<S, E> {
    /// `X` with `A X = B` for matrices `A` (.., N, N), by LU decomposition with partial pivoting: `B` is (.., N, K) with
    /// the same leading axes, or (N,) for one matrix. `jnp.linalg.solve`, `torch.linalg.solve`.
    ///
    /// Where a matrix has a pivot of exactly 0 the result is NaN; in JAX some elements are infinite there. Nearly
    /// singular matrices give large numbers.
    ///
    /// Cost: 2 n³ / 3 + 2 n² k operations for n rows and k right sides.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[2.0, 0.0], [1.0, 1.0]]).solve(Tensor::from([4.0, 5.0]));
    /// assert_eq!(x.to_vec(), [2.0, 3.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    pub fn solve<R, F>(self, b: Tensor<R, F>) -> Tensor<R, E>
    where
        S: SquareMatrices,
        R: RightSide<S, S::Diagonal>,
        F: Operand<E>,
        E: Real,
    {
        check_shared_axes::<S, R>(&self.dims(), &b.dims(), "solve");
        Tensor::trusted(self.into_dyn().solve(b.into_dyn()))
    }

    /// `X` with `A X = B` for triangular matrices `A` (.., N, N), of which the other triangle isn't read: `B` is (.., N, K)
    /// with the same leading axes. `jax.scipy.linalg.solve_triangular`, `torch.linalg.solve_triangular`.
    ///
    /// A 0 on the diagonal gives infinities or NaN.
    ///
    /// Cost: n² k operations for n rows and k right sides.
    ///
    /// ```
    /// use nnx_core::ops::MatrixTriangle;
    /// use nnx_core::tensor::Tensor;
    ///
    /// let l = Tensor::from([[2.0, 0.0], [1.0, 1.0]]);
    /// let x = l.triangular_solve(Tensor::from([[4.0], [5.0]]), MatrixTriangle::Lower);
    /// assert_eq!(x.to_vec(), [2.0, 3.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    #[doc(alias = "solve_triangular")]
    pub fn triangular_solve<R, F>(self, b: Tensor<R, F>, triangle: MatrixTriangle) -> Tensor<R, E>
    where
        S: SquareMatrices,
        R: RightSide<S, S::Diagonal>,
        F: Operand<E>,
        E: Real,
    {
        check_shared_axes::<S, R>(&self.dims(), &b.dims(), "triangular_solve");
        Tensor::trusted(self.into_dyn().triangular_solve(b.into_dyn(), triangle))
    }

    /// The inverses of square matrices. `jnp.linalg.inv`, `torch.linalg.inv`. [`solve`](Self::solve) is faster and
    /// more exact where the inverse is only multiplied.
    ///
    /// Where a matrix has a pivot of exactly 0 the result is NaN; in JAX some elements are infinite there.
    ///
    /// Cost: 2 n³ operations for n rows.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[2.0, 0.0], [0.0, 4.0]]).inverse();
    /// assert_eq!(x.to_vec(), [0.5, 0.0, 0.0, 0.25]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "inv")]
    pub fn inverse(self) -> Self
    where
        S: SquareMatrices,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().inverse())
    }

    /// The determinants of square matrices: (.., N, N) to (..). `jnp.linalg.det`, `torch.linalg.det`.
    ///
    /// Its gradient is the matrix of cofactors, also where a matrix is singular, and the gradient of the gradient is right
    /// there, too (JAX has NaN beyond 3 rows where a pivot is exactly 0). Beyond 3 rows the third derivative of a singular
    /// matrix is NaN, or arbitrary where rounding hides a pivot of 0.
    ///
    /// Cost: 2 n³ / 3 operations for n rows; the gradient some 20 n³, by singular values, so that it is right for
    /// singular matrices.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([[2.0, 1.0], [1.0, 3.0]]).det().item(), 5.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn det<O>(self) -> Tensor<O, E>
    where
        S: SquareMatrices<Leading = O>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().det())
    }

    /// The sign of the determinant (1, -1, or 0), and the logarithm of its absolute value: each (..) of matrices
    /// (.., N, N). `jnp.linalg.slogdet`, `torch.linalg.slogdet`.
    ///
    /// A singular matrix has the sign 0 and the logarithm -∞. The sign has no gradient.
    ///
    /// Cost: 2 n³ / 3 operations for n rows.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let (sign, log) = Tensor::from([[0.0, 1.0], [1.0, 0.0]]).slogdet();
    /// assert_eq!((sign.item(), log.item()), (-1.0, 0.0));
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "logdet")]
    pub fn slogdet<O>(self) -> (Tensor<O, E>, Tensor<O, E>)
    where
        S: SquareMatrices<Leading = O>,
        E: Real,
    {
        let (sign, log) = self.into_dyn().slogdet();
        (Tensor::trusted(sign), Tensor::trusted(log))
    }

    /// The pseudoinverses (.., N, M) of matrices (.., M, N) (Moore and Penrose). `jnp.linalg.pinv`, `torch.linalg.pinv`.
    ///
    /// Singular values of at most `10 max(M, N) ε` times the largest count as 0, as in JAX, where ε is 2⁻²³ for f32 and
    /// 2⁻⁵² for f64. The gradient holds while the rank stays the same.
    ///
    /// Cost: that of [`svd`](Self::svd), and 2 m n² operations.
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![3, 2] = Tensor::from([[2.0, 0.0, 0.0], [0.0, 4.0, 0.0]]).pinv();
    /// let error = x - Tensor::from([[0.5, 0.0], [0.0, 0.25], [0.0, 0.0]]);
    /// assert!(error.abs().max().item() < 1e-6);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "pinverse")]
    pub fn pinv<O>(self) -> Tensor<O, E>
    where
        S: Transpose<Output = O>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().pinv())
    }

    /// The `X` (.., N, K) of least `|A X - B|`, and of these the one of least norm, for `A` (.., M, N) and `B` (.., M, K):
    /// the product with the [pseudoinverse](Self::pinv). `jnp.linalg.lstsq`, `torch.linalg.lstsq`.
    ///
    /// Cost: that of [`pinv`](Self::pinv), and 2 m n k operations for k right sides.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// // The line through (0, 1), (1, 3) and (2, 5): 1 + 2 x.
    /// let x = Tensor::from([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]);
    /// let line = x.lstsq(Tensor::from([[1.0], [3.0], [5.0]])).to_vec();
    /// assert!((line[0] - 1.0_f32).abs() < 1e-5 && (line[1] - 2.0).abs() < 1e-5);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    pub fn lstsq<R, F>(self, b: Tensor<R, F>) -> Tensor<R::Output, E>
    where
        R: LeastSquaresSide<S>,
        F: Operand<E>,
        S: Shape,
        E: Real,
    {
        check_shared_axes::<S, R>(&self.dims(), &b.dims(), "lstsq");
        Tensor::trusted(self.into_dyn().lstsq(b.into_dyn()))
    }

    /// The exponentials of square matrices, `I + A + A²/2 + ..`. `jax.scipy.linalg.expm`, `torch.linalg.matrix_exp`.
    ///
    /// Cost: six products of matrices of 2 n³ operations, 8 n³ / 3 for a solution, and one more product for each power
    /// of 2 in the norm.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[0.0, 1.0], [0.0, 0.0]]).expm();
    /// assert_eq!(x.to_vec(), [1.0, 1.0, 0.0, 1.0]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "matrix_exp")]
    pub fn expm(self) -> Self
    where
        S: SquareMatrices,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().expm())
    }

    /// Norms (..) of matrices (.., M, N). `jnp.linalg.matrix_norm`, `torch.linalg.matrix_norm`.
    ///
    /// Columns, rows or singular values that tie for the largest share its gradient evenly, as in JAX. (At a matrix of
    /// zeros JAX's gradient of the spectral norm is half of this one.)
    ///
    /// Cost: one pass; with `Spectral` and `Nuclear` that of [`singular_values`](Self::singular_values).
    ///
    /// ```
    /// use nnx_core::{Tensor, ops::MatrixNormKind, tensor::Tensor};
    ///
    /// let x: Tensor![2, 2] = Tensor::from([[3.0, 0.0], [0.0, -4.0]]);
    /// assert_eq!(x.clone().matrix_norm(MatrixNormKind::Frobenius).item(), 5.0);
    /// assert_eq!(x.matrix_norm(MatrixNormKind::Nuclear).item(), 7.0);
    /// ```
    ///
    /// # Panics
    /// With [`One`](MatrixNormKind::One), [`Infinity`](MatrixNormKind::Infinity) and
    /// [`Spectral`](MatrixNormKind::Spectral), if an axis of the matrices is empty.
    #[must_use]
    #[track_caller]
    pub fn matrix_norm<O>(self, kind: MatrixNormKind) -> Tensor<O, E>
    where
        S: Matrices<Leading = O>,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().matrix_norm(kind))
    }
}
