//! Solutions, inverses and determinants by LU decomposition with partial pivoting.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::factor::{lu_in_place, lu_in_place_scratch};
use faer::linalg::lu::partial_pivoting::solve::{solve_in_place, solve_in_place_scratch};
use faer::perm::PermRef;
use faer::{Mat, MatMut, Par};

use super::{all_finite, matrix, write};

/// `P A = L U`, with both factors in one matrix.
pub(super) struct Lu {
    factors: Mat<f64>,
    permutation: [Vec<usize>; 2],
    /// The number of row swaps.
    swaps: usize,
}

impl Lu {
    pub(super) fn new(mut factors: Mat<f64>) -> Self {
        let n = factors.nrows();
        let mut permutation = [vec![0; n], vec![0; n]];
        let [forward, back] = &mut permutation;
        let scratch = lu_in_place_scratch::<usize, f64>(n, n, Par::Seq, Default::default());
        let mut memory = MemBuffer::new(scratch);
        let (info, _) = lu_in_place(
            factors.as_mut(),
            forward,
            back,
            Par::Seq,
            MemStack::new(&mut memory),
            Default::default(),
        );
        Self { factors, permutation, swaps: info.transposition_count }
    }

    /// The sign of the determinant and the logarithm of its absolute value. The product stops at a pivot of 0, because
    /// later elements were divided by it.
    pub(super) fn determinant(&self) -> (f64, f64) {
        let mut sign = if self.swaps.is_multiple_of(2) { 1.0 } else { -1.0 };
        let mut log = 0.0;
        for i in 0..self.factors.nrows() {
            let pivot = self.factors[(i, i)];
            if pivot == 0.0 {
                return (0.0, f64::NEG_INFINITY);
            }
            sign *= pivot.signum();
            log += pivot.abs().ln();
        }
        (sign, log)
    }

    fn is_singular(&self) -> bool {
        (0..self.factors.nrows()).any(|i| self.factors[(i, i)] == 0.0)
    }

    /// Solves the equations in place; NaN if the matrix is singular.
    pub(super) fn solve(&self, mut b: MatMut<'_, f64>) {
        if self.is_singular() {
            return b.fill(f64::NAN);
        }
        let n = self.factors.nrows();
        let scratch = solve_in_place_scratch::<usize, f64>(n, b.ncols(), Par::Seq);
        let mut memory = MemBuffer::new(scratch);
        let [forward, back] = &self.permutation;
        solve_in_place(
            self.factors.as_ref(),
            self.factors.as_ref(),
            PermRef::new_checked(forward, back, n),
            b,
            Par::Seq,
            MemStack::new(&mut memory),
        );
    }
}

/// `X` with `A X = B`.
pub(crate) fn solve(a: &[f64], b: &[f64], n: usize, out: &mut [f64]) {
    if !all_finite(a) {
        return out.fill(f64::NAN);
    }
    let mut x = matrix(b, n);
    Lu::new(matrix(a, n)).solve(x.as_mut());
    write(x.as_ref(), out);
}

/// `A⁻¹`.
pub(crate) fn inverse(a: &[f64], n: usize, out: &mut [f64]) {
    if !all_finite(a) {
        return out.fill(f64::NAN);
    }
    let mut x = Mat::identity(n, n);
    Lu::new(matrix(a, n)).solve(x.as_mut());
    write(x.as_ref(), out);
}

/// The determinant.
pub(crate) fn det(a: &[f64], n: usize) -> f64 {
    if !all_finite(a) {
        return f64::NAN;
    }
    let lu = Lu::new(matrix(a, n));
    let sign = if lu.swaps.is_multiple_of(2) { 1.0 } else { -1.0 };
    let pivots = (0..n).map(|i| lu.factors[(i, i)]);
    // A pivot of 0 makes the matrix singular; the elements after it were divided by it.
    let product = pivots.take_while(|pivot| *pivot != 0.0).enumerate();
    let (count, product) = product.fold((0, sign), |(_, all), (i, pivot)| (i + 1, all * pivot));
    if count == n { product } else { 0.0 }
}

/// The sign of the determinant, and the logarithm of its absolute value.
pub(crate) fn slogdet(a: &[f64], n: usize) -> (f64, f64) {
    if !all_finite(a) {
        return (f64::NAN, f64::NAN);
    }
    Lu::new(matrix(a, n)).determinant()
}
