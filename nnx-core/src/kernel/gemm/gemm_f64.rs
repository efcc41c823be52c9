//! GEMM of `f64`, by the crate matrixmultiply. `f64` serves to check gradients, so it needs no kernel of
//! its own. The summation order is that crate's; it depends on k alone.

use super::matrix::{MatrixMut, MatrixRef};
use super::{Gemm, finish_rows, trivial};
use crate::kernel::finish::Finish;

impl Gemm for f64 {
    fn gemm_serial(
        [m, k, n]: [usize; 3],
        a: MatrixRef<'_, f64>,
        b: MatrixRef<'_, f64>,
        finish: Finish<'_, f64>,
        mut c: MatrixMut<'_, f64>,
    ) {
        if trivial([m, k, n], &a, &b, finish, &mut c) {
            return;
        }
        let stride = |stride: usize| isize::try_from(stride).expect("a stride within a slice");
        // SAFETY: `trivial` checked that the last element of each operand is within its slice; `c` has the
        // size of the product and is borrowed mutably, so it overlaps neither `a` nor `b`.
        unsafe {
            matrixmultiply::dgemm(
                m,
                k,
                n,
                1.0,
                a.data.as_ptr(),
                stride(a.row),
                stride(a.column),
                b.data.as_ptr(),
                stride(b.row),
                stride(b.column),
                0.0,
                c.as_mut_ptr(),
                stride(c.stride()),
                1,
            );
        }
        finish_rows(finish, &mut c);
    }
}
