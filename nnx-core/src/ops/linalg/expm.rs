//! The matrix exponential.

use super::{expect_square, run, sizes, transposed};
use crate::array::{Array, OrPanic as _, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::{AttributeValue, attributes};
use crate::ops::operation::{Keeps, Operation, Signature, count_flops};
use crate::ops::{Backward, Batching, DynTensor, Members};

/// `exp(A) = I + A + A²/2 + ..`
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Expm;

impl Operation for Expm {
    attributes!();
    fn name(&self) -> &'static str {
        "expm"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_square("expm", inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, _] = sizes(&inputs[0].dims());
        run(inputs, &[n, n], &|[a, _], out| linalg::expm(a, n, out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    /// The upper right block of the exponential of `[Aᵀ g; 0 Aᵀ]` (Mathias, 1996).
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let a = transposed(at.inputs[0].clone());
        let (dims, g) = (a.dims(), at.gradient.clone());
        let (rank, [n, _]) = (dims.len(), sizes(&dims));
        let beside = |x, y| DynTensor::concat(vec![x, y], rank - 1).or_panic();
        let (upper, lower) = (beside(a.clone(), g), beside(a.full_like(0.0), a));
        let blocks = DynTensor::concat(vec![upper, lower], rank - 2).or_panic();
        Some(blocks.expm().slice(rank - 2, 0, n).slice(rank - 1, n, n))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let [n, _] = sizes(&inputs[0].dims);
        count_flops(inputs[0].elements(), 16 * n as u64)
    }
}

impl DynTensor {
    /// The exponentials of square matrices, `I + A + A²/2 + ..` (`jax.scipy.linalg.expm`, `torch.linalg.matrix_exp`).
    #[must_use]
    #[track_caller]
    pub fn expm(self) -> Self {
        Self::apply(Expm, [self])
    }
}
