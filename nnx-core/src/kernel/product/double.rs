//! Products of `f64`, which check gradients: matrixmultiply's, in its own order of the sums, which depends on
//! k alone.

use super::matrix::{Layout, Output};
use super::{add_bias, ready};

/// The product on this thread.
pub(in crate::kernel) fn serial_f64(
    [m, k, n]: [usize; 3],
    a: Layout<'_, f64>,
    b: Layout<'_, f64>,
    bias: Option<&[f64]>,
    mut c: Output<'_, f64>,
) {
    if ready([m, k, n], &a, &b, bias, &mut c) {
        return;
    }
    let stride = |stride: usize| isize::try_from(stride).expect("a stride within a slice");
    // SAFETY: `ready` held each operand's farthest element within its slice; `c` is as large as the
    // product, and borrowed mutably, so it overlaps neither `a` nor `b`.
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
    add_bias(bias, &mut c);
}
