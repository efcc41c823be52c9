//! Parts of a GEMM on one thread, of which kernels such as attention are made.

use super::{MatrixMut, MatrixRef, blocking, packing};
use crate::kernel::finish::Finish;
use crate::kernel::level::{Kernel, Level, MAX_LANES, Simd};

/// A float type with the parts of a GEMM on one thread of which other kernels are made.
pub trait GemmParts: Sized {
    /// `C += A B`, on this thread: the sums of each k-block are added to C in turn, in the microkernel's order also for a vector.
    ///
    /// Panics if an operand extends past its slice.
    #[doc(hidden)]
    fn gemm_add(
        size: [usize; 3],
        a: MatrixRef<'_, Self>,
        b: MatrixRef<'_, Self>,
        c: MatrixMut<'_, Self>,
    );

    /// Copies B of k × n to rows that are `n` apart, rounded up to a multiple of 16. The elements after each row are
    /// unspecified.
    #[doc(hidden)]
    fn copy_rows(b: MatrixRef<'_, Self>, size: [usize; 2], to: &mut [Self]);
}

impl GemmParts for f32 {
    #[inline]
    fn gemm_add(
        size: [usize; 3],
        a: MatrixRef<'_, f32>,
        b: MatrixRef<'_, f32>,
        c: MatrixMut<'_, f32>,
    ) {
        Level::active().run(GemmAccumulate { size, a, b, c });
    }

    fn copy_rows(b: MatrixRef<'_, f32>, [kc, columns]: [usize; 2], to: &mut [f32]) {
        let width = |columns: usize| columns;
        Level::active().run(packing::Panels { from: b, kc, columns, width, unit: MAX_LANES, to });
    }
}

/// `C += A B`, on one thread.
pub(in crate::kernel) struct GemmAccumulate<'a> {
    pub(in crate::kernel) size: [usize; 3],
    pub(in crate::kernel) a: MatrixRef<'a, f32>,
    pub(in crate::kernel) b: MatrixRef<'a, f32>,
    pub(in crate::kernel) c: MatrixMut<'a, f32>,
}

impl Kernel for GemmAccumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { size: [m, k, n], a, b, c } = self;
        assert_eq!([c.rows(), c.columns()], [m, n], "the size of the output");
        a.check(m, k);
        b.check(k, n);
        if m > 0 && n > 0 && k > 0 {
            blocking::blocks(simd, k, a, b, Finish::NOTHING, c, true);
        }
    }
}
