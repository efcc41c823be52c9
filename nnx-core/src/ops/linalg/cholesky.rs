//! The Cholesky decomposition.

use super::{expect_square, run, sizes, symmetrized, times, transposed};
use crate::array::{Array, OrPanic as _, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::{AttributeValue, attributes};
use crate::ops::operation::{Keeps, Operation, Signature};
use crate::ops::{Backward, Batching, DynTensor, MatrixTriangle, Members};

/// The lower triangular `L` with `A = L Lᵀ`. The lower triangle of `A` is read.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Cholesky;

impl Operation for Cholesky {
    attributes!();
    fn name(&self) -> &'static str {
        "cholesky"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_square("cholesky", inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, _] = sizes(&inputs[0].dims());
        run(inputs, &[n, n], &|[a, _], out| linalg::cholesky(a, n, out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::OUTPUT
    }
    /// `L⁻ᵀ Φ(Lᵀ g) L⁻¹` made symmetric, where `Φ` takes the lower triangle and half of the diagonal.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let upper = transposed(at.output.clone());
        let product = times(&upper, &at.gradient).tril(0);
        let halved = product.clone().diagonal().diag_embed().mul_scalar(0.5);
        let solve = |b: DynTensor| upper.clone().triangular_solve(b, MatrixTriangle::Upper);
        let right = transposed(solve(product - halved));
        Some(symmetrized(solve(right)))
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        let [n, _] = sizes(&output.dims);
        crate::ops::operation::count_flops(output.elements(), n as u64) / 3
    }
}

impl DynTensor {
    /// The lower triangular `L` with `A = L Lᵀ` of positive definite matrices `(.., N, N)` (`jnp.linalg.cholesky`,
    /// `torch.linalg.cholesky`). As in JAX, `A` is replaced by `(A + Aᵀ) / 2`, and the result is NaN where that isn't
    /// positive definite.
    #[must_use]
    #[track_caller]
    pub fn cholesky(self) -> Self {
        expect_square("cholesky", &[self.signature()]).or_panic();
        Self::apply(Cholesky, [symmetrized(self)])
    }
}
