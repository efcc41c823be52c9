//! Triangular equations.

use super::{equation_gradients, expect_equations, run, sizes, transposed};
use crate::array::{Array, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::{AttributeValue, attributes};
use crate::ops::operation::{Keeps, Operation, Signature, count_flops, one_of_gradients};
use crate::ops::{Backward, Batching, DynTensor, Members};

/// The triangle of a matrix that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
pub enum MatrixTriangle {
    /// The lower triangle, with the diagonal.
    Lower,
    /// The upper triangle, with the diagonal.
    Upper,
}

impl MatrixTriangle {
    fn transposed(self) -> Self {
        match self {
            Self::Lower => Self::Upper,
            Self::Upper => Self::Lower,
        }
    }
}

/// `X` with `A X = B` for triangular `A`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct TriangularSolve {
    triangle: MatrixTriangle,
}

impl Operation for TriangularSolve {
    attributes!();
    fn name(&self) -> &'static str {
        "triangular_solve"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_equations("triangular_solve", inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let ([n, columns], lower) =
            (sizes(&inputs[1].dims()), self.triangle == MatrixTriangle::Lower);
        let solve = |[a, b]: [&[f64]; 2], out: &mut [f64]| {
            linalg::solve_triangular(a, b, n, lower, out);
        };
        run(inputs, &[n, columns], &solve)
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
        let solve = |b| a.clone().triangular_solve(b, self.triangle.transposed());
        Some(equation_gradients(at, wanted, solve, |x| match self.triangle {
            MatrixTriangle::Lower => x.tril(0),
            MatrixTriangle::Upper => x.triu(0),
        }))
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        let [n, _] = sizes(&output.dims);
        count_flops(output.elements(), n as u64)
    }
}

impl DynTensor {
    /// `X` with `A X = B` for triangular matrices `A` (.., N, N) and right sides (.., N, K)
    /// (`jax.scipy.linalg.solve_triangular`, `torch.linalg.solve_triangular`). The other triangle isn't read. A 0 on the
    /// diagonal gives infinities or NaN.
    #[must_use]
    #[track_caller]
    pub fn triangular_solve(self, b: Self, triangle: MatrixTriangle) -> Self {
        Self::apply(TriangularSolve { triangle }, [self, b])
    }
}
