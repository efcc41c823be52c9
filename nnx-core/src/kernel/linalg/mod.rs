//! Decompositions of matrices, by faer, in f64: one thread works on one matrix, so the bits don't depend on how many
//! threads there are. faer chooses its instructions by the processor, so they may depend on that.
//!
//! A kernel takes a matrix in row-major order and writes its result so. Where a matrix has elements that aren't finite,
//! or an algorithm doesn't converge, or divides by zero, the result is NaN.
//!
//! | file | kernels |
//! |---|---|
//! | `cholesky` | the factor of a positive definite matrix |
//! | `lu` | solutions of equations, inverses, determinants |
//! | `triangular` | solutions of triangular equations |
//! | `qr` | an orthogonal and a triangular factor |
//! | `svd` | singular values and vectors, the pseudoinverse, cofactors and their derivative |
//! | `eigh` | eigenvalues and eigenvectors of a symmetric matrix |
//! | `expm` | the exponential of a matrix |

mod cholesky;
mod eigh;
mod expm;
mod lu;
mod qr;
mod svd;
mod triangular;

use faer::{Mat, MatRef};

pub(crate) use cholesky::cholesky;
pub(crate) use eigh::{eigenvalues, eigh};
pub(crate) use expm::expm;
pub(crate) use lu::{det, inverse, slogdet, solve};
pub(crate) use qr::qr;
pub(crate) use svd::{cofactors, cofactors_derivative, pinv, singular_values, svd};
pub(crate) use triangular::solve_triangular;

use super::parallel;

/// The least number of output elements of a task.
const ELEMENTS_PER_TASK: usize = 1024;

/// The work on one matrix of each input: writes one result.
pub(crate) type MatrixWork<'a> = &'a (dyn Fn([&[f64]; 2], &mut [f64]) + Sync);

/// Calls `work` for each pair of matrices of two batches. Each input comes with the number of elements of one matrix;
/// `length` is that of one result.
pub(crate) fn for_matrices(
    inputs: [(&[f64], usize); 2],
    out: &mut [f64],
    length: usize,
    work: MatrixWork<'_>,
) {
    let each = (ELEMENTS_PER_TASK / length.max(1)).max(1);
    parallel::for_chunks(out, each * length, true, &|task, out| {
        for (i, out) in (task * each..).zip(out.chunks_exact_mut(length)) {
            work(inputs.map(|(x, length)| &x[i * length..][..length]), out);
        }
    });
}

fn all_finite(x: &[f64]) -> bool {
    x.iter().all(|x| x.is_finite())
}

/// Copies a matrix of `rows` rows into faer's memory order.
fn matrix(x: &[f64], rows: usize) -> Mat<f64> {
    let columns = x.len().checked_div(rows).unwrap_or(0);
    Mat::from_fn(rows, columns, |i, j| x[i * columns + j])
}

/// Writes a matrix in row-major order.
fn write(x: MatRef<'_, f64>, out: &mut [f64]) {
    for (i, row) in out.chunks_exact_mut(x.ncols().max(1)).enumerate() {
        row.iter_mut().enumerate().for_each(|(j, out)| *out = x[(i, j)]);
    }
}
