//! The pseudoinverse, and least squares.

use super::{expect_matrices, run, sizes, times, transposed, with_trailing};
use crate::array::{Array, DType, OrPanic as _, ShapeError};
use crate::kernel::linalg;
use crate::ops::attributes::{AttributeValue, attributes};
use crate::ops::operation::{Keeps, Operation, Signature, count_flops};
use crate::ops::{Backward, Batching, DynTensor, Members};

/// The pseudoinverse. Singular values of at most `rtol` times the largest count as 0.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Pinv {
    rtol: f64,
}

impl Operation for Pinv {
    attributes!();
    fn name(&self) -> &'static str {
        "pinv"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_matrices("pinv", inputs)?;
        let [m, n] = sizes(&input.dims);
        Ok(Signature { dims: with_trailing(&input.dims, &[n, m]), ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [m, n] = sizes(&inputs[0].dims());
        run(inputs, &[n, m], &|[a, _], out| linalg::pinv(a, [m, n], self.rtol, out))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    /// `-Pᵀ g Pᵀ + (I - A P) gᵀ P Pᵀ + Pᵀ P gᵀ (I - P A)` for the pseudoinverse `P`, while the rank stays (Golub and
    /// Pereyra, 1973).
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let (a, p, g) = (&at.inputs[0], at.output, transposed(at.gradient.clone()));
        let pt = transposed(p.clone());
        let inner = -times(&times(&pt, &at.gradient), &pt);
        let left = times(&times(&g, p), &pt);
        let left = left.clone() - times(a, &times(p, &left));
        let right = times(&times(&pt, p), &g);
        let right = right.clone() - times(&times(&right, p), a);
        Some(inner + left + right)
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let [m, n] = sizes(&inputs[0].dims);
        count_flops(inputs[0].elements(), 16 * m.min(n) as u64)
    }
}

/// JAX's default: 10 max(M, N) times the difference between 1 and the next number.
#[allow(clippy::cast_precision_loss, reason = "a bound of errors")]
fn default_rtol(a: &Signature) -> f64 {
    let [m, n] = sizes(&a.dims);
    let epsilon = if a.dtype == DType::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    10.0 * m.max(n) as f64 * epsilon
}

impl DynTensor {
    /// The pseudoinverses (.., N, M) of matrices (.., M, N) (`jnp.linalg.pinv`, `torch.linalg.pinv`). Singular values
    /// of at most `10 max(M, N) ε` times the largest count as 0, as in JAX, where ε is 2⁻²³ for f32 and 2⁻⁵² for f64. The
    /// gradient holds while the rank stays the same.
    #[must_use]
    #[track_caller]
    pub fn pinv(self) -> Self {
        let signature = expect_matrices("pinv", &[self.signature()]).or_panic();
        Self::apply(Pinv { rtol: default_rtol(&signature) }, [self])
    }

    /// The `X` (.., N, K) of least `|A X - B|`, and of these the one of least norm, for `A` (.., M, N) and `B` (.., M, K):
    /// the product with the pseudoinverse (`jnp.linalg.lstsq`, `torch.linalg.lstsq`).
    #[must_use]
    #[track_caller]
    pub fn lstsq(self, b: Self) -> Self {
        self.pinv().matmul(b)
    }
}
