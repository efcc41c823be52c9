//! Eigenvalues and eigenvectors of symmetric matrices.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Mat, Par};

use super::{all_finite, matrix, write};

/// Eigenvalues in ascending order, and eigenvectors as the columns of a matrix; `None` if the algorithm fails. Reads
/// the lower triangle.
fn decompose(a: &[f64], n: usize, vectors: bool) -> Option<(Vec<f64>, Mat<f64>)> {
    if !all_finite(a) {
        return None;
    }
    let compute = if vectors { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let (a, mut values, mut v) = (matrix(a, n), Diag::zeros(n), Mat::zeros(n, n));
    let scratch = self_adjoint_evd_scratch::<f64>(n, compute, Par::Seq, Default::default());
    let mut memory = MemBuffer::new(scratch);
    let done = self_adjoint_evd(
        a.as_ref(),
        values.as_mut(),
        vectors.then(|| v.as_mut()),
        Par::Seq,
        MemStack::new(&mut memory),
        Default::default(),
    );
    done.ok()?;
    Some(((0..n).map(|i| values.column_vector()[i]).collect(), v))
}

/// Writes the eigenvalues in ascending order, followed by the matrix of eigenvectors.
pub(crate) fn eigh(a: &[f64], n: usize, out: &mut [f64]) {
    let Some((values, vectors)) = decompose(a, n, true) else { return out.fill(f64::NAN) };
    let (of_values, of_vectors) = out.split_at_mut(n);
    of_values.copy_from_slice(&values);
    write(vectors.as_ref(), of_vectors);
}

/// Writes the eigenvalues in ascending order.
pub(crate) fn eigenvalues(a: &[f64], n: usize, out: &mut [f64]) {
    match decompose(a, n, false) {
        Some((values, _)) => out.copy_from_slice(&values),
        None => out.fill(f64::NAN),
    }
}
