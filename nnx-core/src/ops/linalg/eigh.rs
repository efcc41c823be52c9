//! Eigenvalues and eigenvectors of symmetric matrices.

use super::{
    as_column, as_row, expect_square, reciprocal_off_diagonal, rows, run, sizes, symmetrized,
    times, transposed, with_trailing,
};
use crate::array::{Array, OrPanic as _, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::{AttributeValue, attributes};
use crate::ops::operation::{Keeps, Operation, Signature, count_flops};
use crate::ops::{Backward, Batching, DynTensor, Members};

/// The eigenvalues (.., 1, N), below them the eigenvectors as columns (.., N, N). The lower triangle is read.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Eigh;

/// Eigenvalues (.., N) and eigenvectors of a result, or of its gradient.
fn parts(x: &DynTensor) -> [DynTensor; 2] {
    let dims = x.dims();
    let [_, n] = sizes(&dims);
    let values = rows(x, 0, 1).reshape(&dims.without_axis(dims.len() - 2));
    [values, rows(x, 1, n)]
}

impl Operation for Eigh {
    attributes!();
    fn name(&self) -> &'static str {
        "eigh"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_square("eigh", inputs)?;
        let [n, _] = sizes(&input.dims);
        let height = crate::ops::axis_length("eigh", n as u128 + 1)?;
        Ok(Signature { dims: with_trailing(&input.dims, &[height, n]), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, _] = sizes(&inputs[0].dims());
        run(inputs, &[n + 1, n], &|[a, _], out| linalg::eigh(a, n, out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::OUTPUT
    }
    /// `V (diag(gw) + F∘(Vᵀ gV)) Vᵀ` with `F = 1 / (wⱼ - wᵢ)` off the diagonal, made symmetric.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let ([w, v], [of_w, of_v]) = (parts(at.output), parts(&at.gradient));
        let factors = reciprocal_off_diagonal(as_row(w.clone()) - as_column(w));
        let vt = transposed(v.clone());
        let core = of_w.diag_embed() + factors * times(&vt, &of_v);
        Some(symmetrized(times(&times(&v, &core), &vt)))
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let [_, n] = sizes(&output.dims);
        count_flops(inputs[0].elements(), 9 * n as u64)
    }
}

/// The eigenvalues alone: (.., N). The lower triangle is read.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Eigenvalues;

impl Operation for Eigenvalues {
    attributes!();
    fn name(&self) -> &'static str {
        "eigvalsh"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_square("eigvalsh", inputs)?;
        let [n, _] = sizes(&input.dims);
        Ok(Signature { dims: with_trailing(&input.dims, &[n]), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, _] = sizes(&inputs[0].dims());
        run(inputs, &[n], &|[a, _], out| linalg::eigenvalues(a, n, out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let [_, v] = parts(&DynTensor::apply(Eigh, [at.inputs[0].clone()]));
        Some(times(&(v.clone() * as_row(at.gradient.clone())), &transposed(v)))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let [n, _] = sizes(&inputs[0].dims);
        count_flops(inputs[0].elements(), 4 * n as u64) / 3
    }
}

impl DynTensor {
    /// The eigenvalues (.., N) of symmetric matrices in ascending order, and the eigenvectors as the columns of matrices
    /// (.., N, N) (`jnp.linalg.eigh`, `torch.linalg.eigh`). As in JAX, `A` is replaced by `(A + Aᵀ) / 2`, and the
    /// gradient is infinite or NaN where eigenvalues are equal; that of [`eigvalsh`](Self::eigvalsh) isn't. The signs of
    /// the vectors are any.
    #[must_use]
    #[track_caller]
    pub fn eigh(self) -> (Self, Self) {
        expect_square("eigh", &[self.signature()]).or_panic();
        let [values, vectors] = parts(&Self::apply(Eigh, [symmetrized(self)]));
        (values, vectors)
    }

    /// The eigenvalues (.., N) of symmetric matrices in ascending order (`jnp.linalg.eigvalsh`,
    /// `torch.linalg.eigvalsh`), of `(A + Aᵀ) / 2`.
    #[must_use]
    #[track_caller]
    pub fn eigvalsh(self) -> Self {
        expect_square("eigvalsh", &[self.signature()]).or_panic();
        Self::apply(Eigenvalues, [symmetrized(self)])
    }
}
