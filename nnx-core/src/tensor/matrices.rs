//! Diagonals and triangles of matrices, which are the last two axes; grids of two vectors.

use super::Tensor;
use crate::array::Element;
use crate::ops::DynTensor;
use crate::size::rules::{Diagonals, Matrices, SquareMatrices};
use crate::size::{Dim, Shape, Size};

impl<S: Shape, E: Element> Tensor<S, E> {
    /// The diagonals of square matrices: `(.., N, N)` to `(.., N)` (`jnp.diagonal`, `torch.diagonal`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.diagonal().to_vec(), [1.0, 4.0]);
    /// ```
    ///
    /// # Panics
    /// If `N` is a runtime axis with two different sizes, which no tensor has.
    #[must_use]
    #[track_caller]
    #[doc(alias = "diag")]
    pub fn diagonal<O>(self) -> Tensor<O, E>
    where
        S: SquareMatrices<Diagonal = O>,
    {
        Tensor::trusted(self.into_dyn().diagonal())
    }

    /// Square matrices with this diagonal, zeros elsewhere: `(.., N)` to `(.., N, N)` (`jnp.diag`,
    /// `torch.diag_embed`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([1.0, 2.0]).diag_embed().to_vec(), [1.0, 0.0, 0.0, 2.0]);
    /// ```
    #[must_use]
    #[doc(alias = "diag")]
    pub fn diag_embed<O>(self) -> Tensor<O, E>
    where
        S: Diagonals<Matrices = O>,
    {
        Tensor::trusted(self.into_dyn().diag_embed())
    }

    /// The lower triangles of matrices, zeros above the diagonal `k`, counted upwards from the main diagonal 0
    /// (`jnp.tril`, `torch.tril`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.clone().tril(0).to_vec(), [1.0, 0.0, 3.0, 4.0]);
    /// assert_eq!(x.tril(-1).to_vec(), [0.0, 0.0, 3.0, 0.0]);
    /// ```
    #[must_use]
    pub fn tril(self, k: isize) -> Self
    where
        S: Matrices,
    {
        Tensor::trusted(self.into_dyn().tril(k))
    }

    /// The upper triangles of matrices, zeros below the diagonal `k` (`jnp.triu`, `torch.triu`).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.triu(0).to_vec(), [1.0, 2.0, 0.0, 4.0]);
    /// ```
    #[must_use]
    pub fn triu(self, k: isize) -> Self
    where
        S: Matrices,
    {
        Tensor::trusted(self.into_dyn().triu(k))
    }
}

impl<N: Size, E: Element> Tensor<(N, N), E> {
    /// The identity matrix (`jnp.eye`, `torch.eye`).
    ///
    /// ```
    /// use nnx_core::{Tensor, tensor::Tensor};
    ///
    /// let x: Tensor![2, 2] = Tensor::eye();
    /// assert_eq!(x.to_vec(), [1.0, 0.0, 0.0, 1.0]);
    /// ```
    #[must_use]
    #[doc(alias = "identity")]
    pub fn eye() -> Self {
        Self::trusted(DynTensor::eye(N::USIZE, E::DTYPE))
    }
}

/// The grids of two vectors: `x` along the first axis, `y` along the second (`jnp.meshgrid(.., indexing="ij")`,
/// `torch.meshgrid`).
///
/// ```
/// use nnx_core::tensor::{Tensor, meshgrid};
///
/// let (x, y) = meshgrid(Tensor::from([1.0, 2.0]), Tensor::from([5.0, 6.0]));
/// assert_eq!(x.to_vec(), [1.0, 1.0, 2.0, 2.0]);
/// assert_eq!(y.to_vec(), [5.0, 6.0, 5.0, 6.0]);
/// ```
#[must_use]
pub fn meshgrid<A: Dim, B: Dim, E: Element>(
    x: Tensor<(A,), E>,
    y: Tensor<(B,), E>,
) -> (Tensor<(A, B), E>, Tensor<(A, B), E>) {
    let (rows, columns) = (x.dims()[0], y.dims()[0]);
    let grid = |x: DynTensor, own: [usize; 2]| {
        Tensor::trusted(x.reshape(&own).broadcast_to(&[rows, columns]))
    };
    (grid(x.into_dyn(), [rows, 1]), grid(y.into_dyn(), [1, columns]))
}
