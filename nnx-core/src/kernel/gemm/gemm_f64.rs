//! GEMM of `f64`, by the crate matrixmultiply. `f64` serves to check gradients, so it needs no kernel of
//! its own. The summation order is that crate's; it depends on k alone.

use super::matrix::{MatrixMut, MatrixRef};
use super::{Gemm, GemmParts, finish_rows, trivial};
use crate::kernel::MAX_LANES;
use crate::kernel::finish::Finish;

impl Gemm for f64 {
    fn gemm_serial(
        size: [usize; 3],
        a: MatrixRef<'_, f64>,
        b: MatrixRef<'_, f64>,
        finish: Finish<'_, f64>,
        mut c: MatrixMut<'_, f64>,
    ) {
        if !trivial(size, &a, &b, finish, &mut c) {
            product(size, a, b, 0.0, &mut c);
            finish_rows(finish, &mut c);
        }
    }
}

impl GemmParts for f64 {
    fn gemm_add(
        [m, k, n]: [usize; 3],
        a: MatrixRef<'_, f64>,
        b: MatrixRef<'_, f64>,
        mut c: MatrixMut<'_, f64>,
    ) {
        assert_eq!([c.rows(), c.columns()], [m, n], "the size of the output");
        a.check(m, k);
        b.check(k, n);
        if m > 0 && n > 0 && k > 0 {
            product([m, k, n], a, b, 1.0, &mut c);
        }
    }

    fn copy_rows(b: MatrixRef<'_, f64>, [k, n]: [usize; 2], to: &mut [f64]) {
        b.check(k, n);
        for (p, to) in to.chunks_exact_mut(n.next_multiple_of(MAX_LANES)).enumerate().take(k) {
            to.iter_mut().take(n).enumerate().for_each(|(j, to)| {
                *to = b.data[p * b.row + j * b.column];
            });
        }
    }
}

/// `C = A B + by C`. The operands were checked, and no size is 0.
fn product(
    [m, k, n]: [usize; 3],
    a: MatrixRef<'_, f64>,
    b: MatrixRef<'_, f64>,
    by: f64,
    c: &mut MatrixMut<'_, f64>,
) {
    let stride = |stride: usize| isize::try_from(stride).expect("a stride within a slice");
    // SAFETY: the callers checked that the last element of each operand is within its slice, and that `c` has the
    // size of the product. It is borrowed mutably, so it overlaps neither `a` nor `b`.
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
            by,
            c.as_mut_ptr(),
            stride(c.stride()),
            1,
        );
    }
}
