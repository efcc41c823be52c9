//! Linear equations and inverses.

use super::{equation_gradients, expect_equations, expect_square, run, sizes, times, transposed};
use crate::array::{Array, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::{AttributeValue, attributes};
use crate::ops::operation::{Keeps, Operation, Signature, count_flops, one_of_gradients};
use crate::ops::{Backward, Batching, DynTensor, Members};

/// `X` with `A X = B`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Solve;

impl Operation for Solve {
    attributes!();
    fn name(&self) -> &'static str {
        "solve"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_equations("solve", inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, columns] = sizes(&inputs[1].dims());
        run(inputs, &[n, columns], &|[a, b], out| linalg::solve(a, b, n, out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        one_of_gradients(self, at, index)
    }
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        let a = transposed(at.inputs[0].clone());
        Some(equation_gradients(at, wanted, |b| a.clone().solve(b), |x| x))
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let [n, _] = sizes(&output.dims);
        let factors = count_flops(inputs[0].elements(), 2 * n as u64) / 3;
        factors.saturating_add(count_flops(output.elements(), 2 * n as u64))
    }
}

/// `A⁻¹`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Inverse;

impl Operation for Inverse {
    attributes!();
    fn name(&self) -> &'static str {
        "inverse"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_square("inverse", inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [n, _] = sizes(&inputs[0].dims());
        run(inputs, &[n, n], &|[a, _], out| linalg::inverse(a, n, out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::OUTPUT
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let inverse = transposed(at.output.clone());
        Some(-times(&times(&inverse, &at.gradient), &inverse))
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        let [n, _] = sizes(&output.dims);
        count_flops(output.elements(), 8 * n as u64) / 3
    }
}

impl DynTensor {
    /// `X` with `A X = B` for matrices `A` (.., N, N) and right sides (.., N, K), or (N,) for one matrix, by LU
    /// decomposition (`jnp.linalg.solve`, `torch.linalg.solve`). Where `A` has a pivot of 0 the result is NaN.
    #[must_use]
    #[track_caller]
    pub fn solve(self, b: Self) -> Self {
        if b.rank() == 1 {
            let dims = b.dims();
            return self.solve(super::as_column(b)).reshape(&dims);
        }
        Self::apply(Solve, [self, b])
    }

    /// The inverses of square matrices (`jnp.linalg.inv`, `torch.linalg.inv`). Where a matrix has a pivot of 0 the
    /// result is NaN.
    #[must_use]
    #[track_caller]
    pub fn inverse(self) -> Self {
        Self::apply(Inverse, [self])
    }
}
