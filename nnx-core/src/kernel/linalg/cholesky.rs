//! The Cholesky factor.

use faer::Par;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};

use super::{all_finite, matrix, write};

/// The lower triangular `L` with `A = L Lᵀ`. Reads the lower triangle of `A`. NaN if `A` isn't positive definite.
pub(crate) fn cholesky(a: &[f64], n: usize, out: &mut [f64]) {
    if !all_finite(a) {
        return out.fill(f64::NAN);
    }
    let mut factor = matrix(a, n);
    let scratch = cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default());
    let mut memory = MemBuffer::new(scratch);
    let done = cholesky_in_place(
        factor.as_mut(),
        Default::default(),
        Par::Seq,
        MemStack::new(&mut memory),
        Default::default(),
    );
    if done.is_err() {
        return out.fill(f64::NAN);
    }
    write(factor.as_ref(), out);
    for (i, row) in out.chunks_exact_mut(n).enumerate() {
        row[i + 1..].fill(0.0);
    }
}
