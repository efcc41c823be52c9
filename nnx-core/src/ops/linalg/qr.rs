//! The QR decomposition.

use super::{expect_matrices, rows, run, sizes, times, transposed, with_trailing};
use crate::array::{Array, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::{AttributeValue, attributes};
use crate::ops::operation::{Keeps, Operation, Signature, count_flops};
use crate::ops::view::refuse;
use crate::ops::{Backward, Batching, DynTensor, MatrixTriangle, Members};

/// `Q` (.., M, N) and below it `R` (.., N, N).
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Qr;

impl Operation for Qr {
    attributes!();
    fn name(&self) -> &'static str {
        "qr"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_matrices("qr", inputs)?;
        let [m, n] = sizes(&input.dims);
        if m < n {
            let problem = "takes matrices with at least as many rows as columns, found";
            return refuse("qr", format!("{problem} {input}: transpose them for rows"));
        }
        let height = crate::ops::axis_length("qr", m as u128 + n as u128)?;
        Ok(Signature { dims: with_trailing(&input.dims, &[height, n]), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [m, n] = sizes(&inputs[0].dims());
        run(inputs, &[m + n, n], &|[a, _], out| linalg::qr(a, [m, n], out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::OUTPUT
    }
    /// `(gQ + Q C) R⁻ᵀ`, where `C` is the lower triangle of `R gRᵀ - gQᵀ Q`, mirrored at the diagonal.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let [m, n] = sizes(&at.inputs[0].dims());
        let parts = |x: &DynTensor| [rows(x, 0, m), rows(x, m, n)];
        let ([q, r], [of_q, of_r]) = (parts(at.output), parts(&at.gradient));
        let mixed = times(&r, &transposed(of_r.triu(0))) - times(&transposed(of_q.clone()), &q);
        let mirrored = mixed.clone().tril(0) + transposed(mixed.tril(-1));
        let sum = of_q + times(&q, &mirrored);
        Some(transposed(r.triangular_solve(transposed(sum), MatrixTriangle::Upper)))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let [_, n] = sizes(&inputs[0].dims);
        count_flops(inputs[0].elements(), 4 * n as u64)
    }
}

impl DynTensor {
    /// `Q` (.., M, N) with orthonormal columns, and the upper triangular `R` (.., N, N), with `A = Q R`, of matrices with
    /// at least as many rows as columns (`jnp.linalg.qr`, `torch.linalg.qr`). The gradient is infinite or NaN where
    /// the columns of `A` are linearly dependent.
    #[must_use]
    #[track_caller]
    pub fn qr(self) -> (Self, Self) {
        let dims = self.dims();
        let both = Self::apply(Qr, [self]);
        let [m, n] = sizes(&dims);
        (rows(&both, 0, m), rows(&both, m, n))
    }
}
