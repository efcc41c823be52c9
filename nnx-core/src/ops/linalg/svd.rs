//! The singular value decomposition.

use super::{
    as_column, as_row, expect_matrices, reciprocal_off_diagonal, rows, run, sizes, times,
    transposed, with_trailing,
};
use crate::array::{Array, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::{AttributeValue, attributes};
use crate::ops::operation::{Keeps, Operation, Signature, count_flops};
use crate::ops::{Backward, Batching, DynTensor, Members};

/// `U` (.., M, K), below it the singular values (.., 1, K), below them `V` (.., N, K), where K is the smaller of M and N.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Svd;

/// The three parts of a result, or of its gradient: U, the values (.., K), V.
fn parts(x: &DynTensor, [m, n]: [usize; 2]) -> [DynTensor; 3] {
    let dims = x.dims();
    let values = rows(x, m, 1).reshape(&dims.without_axis(dims.len() - 2));
    [rows(x, 0, m), values, rows(x, m + 1, n)]
}

/// The part of the columns of `x` that is orthogonal to those of `basis`.
fn orthogonal(x: DynTensor, basis: &DynTensor) -> DynTensor {
    let along = times(basis, &times(&transposed(basis.clone()), &x));
    x - along
}

impl Operation for Svd {
    attributes!();
    fn name(&self) -> &'static str {
        "svd"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_matrices("svd", inputs)?;
        let [m, n] = sizes(&input.dims);
        let height = crate::ops::axis_length("svd", m as u128 + n as u128 + 1)?;
        Ok(Signature { dims: with_trailing(&input.dims, &[height, m.min(n)]), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [m, n] = sizes(&inputs[0].dims());
        run(inputs, &[m + n + 1, m.min(n)], &|[a, _], out| linalg::svd(a, [m, n], out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::OUTPUT
    }
    /// With `F = 1 / (sⱼ² - sᵢ²)` off the diagonal:
    /// `U (F∘(Uᵀ gU - gUᵀ U) S + S F∘(Vᵀ gV - gVᵀ V) + diag(gs)) Vᵀ`, and what of `gU` and `gV` is orthogonal to `U` and `V`.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let [m, n] = sizes(&at.inputs[0].dims());
        let [u, s, v] = parts(at.output, [m, n]);
        let [of_u, of_s, of_v] = parts(&at.gradient, [m, n]);
        let (row, column) = (as_row(s.clone()), as_column(s));
        let differences = (&row - &column) * (&row + &column);
        let factors = reciprocal_off_diagonal(differences);
        let turned = |x: &DynTensor, g: &DynTensor| {
            let product = times(&transposed(x.clone()), g);
            (product.clone() - transposed(product)) * factors.clone()
        };
        let core = turned(&u, &of_u) * row.clone() + turned(&v, &of_v) * column + of_s.diag_embed();
        let vt = transposed(v.clone());
        let mut gradient = times(&times(&u, &core), &vt);
        if m > n {
            gradient += times(&orthogonal(of_u / row, &u), &vt);
        } else if n > m {
            let rest = transposed(orthogonal(of_v / row, &v));
            gradient += times(&u, &rest);
        }
        Some(gradient)
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let [_, k] = sizes(&output.dims);
        count_flops(inputs[0].elements(), 14 * k as u64)
    }
}

/// The singular values alone: (.., K).
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct SingularValues;

impl Operation for SingularValues {
    attributes!();
    fn name(&self) -> &'static str {
        "singular_values"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_matrices("singular_values", inputs)?;
        let [m, n] = sizes(&input.dims);
        Ok(Signature { dims: with_trailing(&input.dims, &[m.min(n)]), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [m, n] = sizes(&inputs[0].dims());
        run(inputs, &[m.min(n)], &|[a, _], out| linalg::singular_values(a, [m, n], out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let (u, _, vt) = at.inputs[0].clone().svd();
        Some(times(&(u * as_row(at.gradient.clone())), &vt))
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let k = output.dims[output.dims.len() - 1];
        count_flops(inputs[0].elements(), 4 * k as u64)
    }
}

impl DynTensor {
    /// `U` (.., M, K), the singular values (.., K) in descending order and `Vᵀ` (.., K, N), with `A = U diag(s) Vᵀ`, where
    /// K is the smaller of M and N (`jnp.linalg.svd` and `torch.linalg.svd` with `full_matrices=False`). The signs of
    /// pairs of vectors are any. As in JAX the gradient is infinite or NaN where singular values are equal or 0; that of
    /// [`singular_values`](Self::singular_values) isn't.
    #[must_use]
    #[track_caller]
    pub fn svd(self) -> (Self, Self, Self) {
        let dims = self.dims();
        let all = Self::apply(Svd, [self]);
        let [u, s, v] = parts(&all, sizes(&dims));
        (u, s, transposed(v))
    }

    /// The singular values (.., K) of matrices (.., M, N) in descending order, where K is the smaller of M and N
    /// (`jnp.linalg.svdvals`, `torch.linalg.svdvals`).
    #[must_use]
    #[track_caller]
    pub fn singular_values(self) -> Self {
        Self::apply(SingularValues, [self])
    }
}
