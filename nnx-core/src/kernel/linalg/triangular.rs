//! Triangular equations.

use faer::Par;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};

use super::{matrix, write};

/// Solves `A X = B` for a triangular `A`, whose other triangle isn't read.
pub(crate) fn solve_triangular(a: &[f64], b: &[f64], n: usize, lower: bool, out: &mut [f64]) {
    let (a, mut x) = (matrix(a, n), matrix(b, n));
    if lower {
        solve_lower_triangular_in_place(a.as_ref(), x.as_mut(), Par::Seq);
    } else {
        solve_upper_triangular_in_place(a.as_ref(), x.as_mut(), Par::Seq);
    }
    write(x.as_ref(), out);
}
