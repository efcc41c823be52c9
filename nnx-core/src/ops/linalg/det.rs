//! Determinants.

use super::det_hessian::CofactorsDerivative;
use super::{as_factor, expect_square, leading, run, sizes, transposed, with_trailing};
use crate::array::{Array, Dims, OrPanic as _, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::{AttributeValue, attributes};
use crate::ops::operation::{Keeps, Operation, Signature, count_flops};
use crate::ops::{Backward, Batching, DynTensor, Members};

/// The determinant of matrices of 4 rows or more; smaller ones are composed of products.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Det;

impl Operation for Det {
    attributes!();
    fn name(&self) -> &'static str {
        "det"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_square("det", inputs)?;
        Ok(Signature { dims: Dims::new(leading(&input.dims)), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, _] = sizes(&inputs[0].dims());
        run(inputs, &[], &|[a, _], out| out[0] = linalg::det(a, n))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(at.inputs[0].clone().cofactors() * as_factor(at.gradient.clone()))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let [n, _] = sizes(&inputs[0].dims);
        count_flops(inputs[0].elements(), 2 * n as u64) / 3
    }
}

/// The cofactor matrix: it is `det(A) A⁻ᵀ` if `A` has an inverse.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Cofactors;

impl Operation for Cofactors {
    attributes!();
    fn name(&self) -> &'static str {
        "cofactors"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_square("cofactors", inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, _] = sizes(&inputs[0].dims());
        run(inputs, &[n, n], &|[a, _], out| linalg::cofactors(a, n, out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(DynTensor::apply(CofactorsDerivative, [at.inputs[0].clone(), at.gradient.clone()]))
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        let [n, _] = sizes(&output.dims);
        count_flops(output.elements(), 20 * n as u64)
    }
}

/// The sign of the determinant and the logarithm of its absolute value: (.., N, N) to (.., 2).
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct SignLogDet;

impl Operation for SignLogDet {
    attributes!();
    fn name(&self) -> &'static str {
        "slogdet"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_square("slogdet", inputs)?;
        Ok(Signature { dims: with_trailing(&input.dims, &[2]), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, _] = sizes(&inputs[0].dims());
        run(inputs, &[2], &|[a, _], out| (out[0], out[1]) = linalg::slogdet(a, n))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    /// `A⁻ᵀ` for the logarithm; the sign has none.
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let dims = leading(&at.inputs[0].dims()).to_vec();
        let of_log = at.gradient.clone().slice(dims.len(), 1, 1).reshape(&dims);
        Some(transposed(at.inputs[0].clone().inverse()) * as_factor(of_log))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let [n, _] = sizes(&inputs[0].dims);
        count_flops(inputs[0].elements(), 2 * n as u64) / 3
    }
}

impl DynTensor {
    /// The matrices of cofactors, the gradient of the determinant.
    pub(super) fn cofactors(self) -> Self {
        Self::apply(Cofactors, [self])
    }

    /// The determinants of square matrices: (.., N, N) to (..) (`jnp.linalg.det`, `torch.linalg.det`). Its gradient is
    /// the matrix of cofactors, also where a matrix is singular, and so is the gradient of the gradient (JAX has NaN
    /// beyond 3 rows where a pivot is exactly 0). Beyond 3 rows the third derivative of a singular matrix is NaN, or
    /// arbitrary where rounding hides a pivot of 0.
    #[must_use]
    #[track_caller]
    pub fn det(self) -> Self {
        let dims = expect_square("det", &[self.signature()]).or_panic().dims;
        let (rank, kept) = (dims.len(), leading(&dims));
        let row = |i: usize| self.clone().slice(rank - 2, i, 1);
        let element = |i: usize, j: usize| row(i).slice(rank - 1, j, 1).reshape(kept);
        match dims[rank - 1] {
            1 => element(0, 0),
            2 => element(0, 0) * element(1, 1) - element(0, 1) * element(1, 0),
            3 => {
                let normal = row(1).cross(row(2));
                (row(0) * normal).sum(&[rank - 2, rank - 1])
            }
            _ => Self::apply(Det, [self]),
        }
    }

    /// The sign of the determinant (1, -1, or 0), and the logarithm of its absolute value, each (..) of matrices
    /// (.., N, N) (`jnp.linalg.slogdet`, `torch.linalg.slogdet`): 0 and -∞ for a singular matrix. The sign has no
    /// gradient.
    #[must_use]
    #[track_caller]
    pub fn slogdet(self) -> (Self, Self) {
        let both = Self::apply(SignLogDet, [self]);
        let kept = Dims::new(&both.dims()[..both.rank() - 1]);
        let part = |i: usize| both.clone().slice(kept.len(), i, 1).reshape(&kept);
        (part(0).stop_gradient(), part(1))
    }
}
