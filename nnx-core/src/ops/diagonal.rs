//! Matrices and their diagonals; triangles. Matrices are the last two axes.

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature};
use super::view::{moves_elements, refuse};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::dtype::for_element;
use crate::array::{Array, Dims, MAX_RANK, ShapeError};

/// The diagonal of square matrices: `(.., N, N)` to `(.., N)`. A view.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Diagonal;

impl Operation for Diagonal {
    attributes!();
    moves_elements!("diagonal");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        match &*input.dims {
            [.., rows, columns] if rows == columns => {
                Ok(Signature { dims: Dims::new(&input.dims[..input.dims.len() - 1]), ..input })
            }
            _ => refuse(self.name(), format!("takes square matrices, found {}", input.dims)),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].diagonal()
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.gradient.clone().diag_embed())
    }
}

/// Matrices with a diagonal, and zeros elsewhere: `(.., N)` to `(.., N, N)`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct DiagEmbed;

impl Operation for DiagEmbed {
    attributes!();
    moves_elements!("diag_embed");
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = inputs[0];
        match input.dims.last() {
            Some(_) if input.dims.len() == MAX_RANK => refuse(
                self.name(),
                format!("gives at most {MAX_RANK} axes, one more than {} has", input.dims),
            ),
            Some(&size) => {
                Ok(Signature { dims: input.dims.insert_axis(input.dims.len(), size), ..input })
            }
            None => refuse(self.name(), "takes at least one axis, found ()".to_owned()),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let size = x.dims()[x.dims().len() - 1];
        for_element!(x.dtype(), E => {
            Array::build(x.dims().insert_axis(x.dims().len(), size), |out: &mut [E]| {
                out.fill(E::default());
                let matrices = out.chunks_exact_mut(size * size);
                for (x, out) in x.slice::<E>().chunks_exact(size).zip(matrices) {
                    out.iter_mut().step_by(size + 1).zip(x).for_each(|(out, &x)| *out = x);
                }
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.gradient.clone().diagonal())
    }
}

/// Which elements of a matrix are kept: those in row i and column j with `j - i <= k` (below), or with `j - i >= k`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Triangle {
    below: bool,
    k: isize,
}

impl Operation for Triangle {
    attributes!();
    fn name(&self) -> &'static str {
        if self.below { "tril" } else { "triu" }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs[0].dims.len() {
            0 | 1 => refuse(self.name(), format!("takes matrices, found {}", inputs[0].dims)),
            _ => Ok(inputs[0]),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let [.., rows, columns] = *x.dims() else { unreachable!("`output` takes matrices") };
        for_element!(x.dtype(), E => {
            Array::build(x.dims(), |out: &mut [E]| {
                let lines = x.slice::<E>().chunks_exact(columns).zip(out.chunks_exact_mut(columns));
                for (i, (x, out)) in lines.enumerate() {
                    let kept = self.kept(i % rows, columns);
                    out.fill(E::default());
                    out[kept.clone()].copy_from_slice(&x[kept]);
                }
            })
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(DynTensor::apply(*self, [at.gradient.clone()]))
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

impl Triangle {
    /// The range of columns that are kept in a row.
    fn kept(self, row: usize, columns: usize) -> std::ops::Range<usize> {
        let end = i128::try_from(self.k).unwrap_or(0) + row as i128 + i128::from(self.below);
        let end = usize::try_from(end.max(0)).unwrap_or(usize::MAX).min(columns);
        if self.below { 0..end } else { end..columns }
    }
}

impl DynTensor {
    /// The diagonal of square matrices: `(.., N, N)` to `(.., N)` (`jnp.diagonal`, `torch.diagonal` of the last
    /// two axes).
    #[must_use]
    #[track_caller]
    pub fn diagonal(self) -> Self {
        Self::apply(Diagonal, [self])
    }

    /// Square matrices with this diagonal, zeros elsewhere: `(.., N)` to `(.., N, N)` (`jnp.diag`,
    /// `torch.diag_embed`).
    #[must_use]
    #[track_caller]
    pub fn diag_embed(self) -> Self {
        Self::apply(DiagEmbed, [self])
    }

    /// The lower triangles of matrices, zeros above diagonal `k` (`jnp.tril`, `torch.tril`). `k` counts upwards
    /// from the main diagonal, which is 0.
    #[must_use]
    #[track_caller]
    pub fn tril(self, k: isize) -> Self {
        Self::apply(Triangle { below: true, k }, [self])
    }

    /// The upper triangles of matrices, zeros below diagonal `k` (`jnp.triu`, `torch.triu`).
    #[must_use]
    #[track_caller]
    pub fn triu(self, k: isize) -> Self {
        Self::apply(Triangle { below: false, k }, [self])
    }
}
