//! Norms of matrices.

use super::{expect_matrices, leading};
use crate::array::OrPanic as _;
use crate::ops::DynTensor;

/// A norm of matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MatrixNormKind {
    /// The root of the sum of squares.
    Frobenius,
    /// The largest sum of a column's absolute values.
    One,
    /// The largest sum of a row's absolute values.
    Infinity,
    /// The largest singular value.
    Spectral,
    /// The sum of the singular values.
    Nuclear,
}

impl DynTensor {
    /// Norms (..) of matrices (.., M, N). Columns, rows or singular values that tie for the largest share its gradient
    /// evenly, as in JAX, which halves it for a matrix of zeros (`jnp.linalg.matrix_norm`, `torch.linalg.matrix_norm`).
    #[must_use]
    #[track_caller]
    pub fn matrix_norm(self, kind: MatrixNormKind) -> Self {
        let dims = expect_matrices("matrix_norm", &[self.signature()]).or_panic().dims;
        let (rank, kept) = (dims.len(), leading(&dims));
        let last = kept.len();
        match kind {
            MatrixNormKind::Frobenius => self.norm(&[rank - 2, rank - 1]),
            MatrixNormKind::One => self.abs().sum(&[rank - 2]).max(&[last]),
            MatrixNormKind::Infinity => self.abs().sum(&[rank - 1]).max(&[last]),
            MatrixNormKind::Spectral => self.singular_values().max(&[last]),
            MatrixNormKind::Nuclear => self.singular_values().sum(&[last]),
        }
    }
}
