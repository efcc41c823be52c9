//! GEMM, the matrix product: `C = A B`, with an optional bias for each column that is added when C is
//! stored, and optional elementwise functions of C, applied while it is in a cache.
//!
//! It is the blocked algorithm of Goto and van de Geijn (2008) and BLIS: a microkernel keeps a tile of C in
//! registers, and the loops around it reuse blocks of A and B in the caches.
//!
//! | file | what it holds |
//! |---|---|
//! | `matrix` | operands with any strides, and the output, which can be split |
//! | `blocking` | the loops that split a product into tiles whose operands stay in the caches |
//! | `tile` | a tile of C: the microkernel with constant strides |
//! | `split` | parts of a product for several threads |
//! | `packing` | copies operands into the order in which the microkernel reads them |
//! | `packed` | products with a B that was packed before, once for many products |
//! | `parts` | sums that are added to C, and copies of rows, of which kernels such as attention are made |
//! | `gemv` | a matrix times a vector |
//! | `batch` | many products of one size |
//! | `gemm_f64` | `f64`, by the crate matrixmultiply |
//! | `gemm_bf16` | a B of bf16, which is widened to f32 when it is read |
//!
//! **Summation order.** k is split into k-blocks of equal length, at most 512. The products of a k-block
//! are added in order, starting from 0; then the sums of the k-blocks are added in order, and the bias
//! last. If C is a row or column and the matrix is contiguous along k, the order is that of `gemv`. Neither
//! depends on the number of threads, nor on the position of a row or column. All levels but the scalar one
//! use FMAs, and give the same bits.

mod batch;
mod blocking;
mod gemm_bf16;
mod gemm_f64;
mod gemv;
mod matrix;
mod packed;
mod packing;
mod parts;
mod split;
#[cfg(test)]
mod tests;
mod tile;

pub(crate) use batch::{Batch, batched_gemm};
pub(crate) use gemm_bf16::MIN_BF16_GEMV_COLUMNS;
pub(crate) use matrix::{MatrixMut, MatrixRef};
pub(crate) use packed::{PackedMatrix, gemm_packed};
pub(super) use parts::GemmAccumulate;
pub(crate) use parts::GemmParts;
use split::{Part, run_all};

use super::Float;
use super::finish::Finish;
use super::level::{Kernel, Level, Simd};
use super::{parallel, scratch};

/// The least number of FMAs per task: about 5 µs, several times what a parallel region and the operands cost that go from
/// core to core.
const MIN_FMAS_PER_TASK: usize = 1 << 18;
/// The FMAs of a matrix-matrix product that take as long as one of a matrix times a vector, which is read from memory.
const FMAS_OF_GEMV: usize = 4;
/// Below this many FMAs per thread, a GEMM has two tasks per thread and not more: narrow tasks read their operands more
/// slowly.
const MIN_FMAS_FOR_SMALL_TASKS: usize = 1 << 21;
/// A GEMM with this many times `MIN_FMAS_PER_TASK` for each thread takes more than a millisecond per
/// thread: the time to wake up a thread is negligible.
const LONG_RUNNING_TASKS: usize = 256;
/// With fewer rows, a thread would have too few to read B for them alone.
const MIN_SHARED_ROWS: usize = 32;
/// The bytes of B that stay in L2.
const CACHED_BYTES: usize = 1 << 20;
/// The least number of columns per task of a row vector times a matrix: with fewer, `gemv` doesn't read whole cache
/// lines in order.
const MIN_GEMV_COLUMNS: usize = 64;

/// A float type with a GEMM on one thread, in which B has elements of type `B`.
pub trait Gemm<B = Self>: Sized {
    /// `C = finish(A B)`, on this thread. A is m × k and B is k × n; a bias has n elements.
    ///
    /// Panics if an operand extends past its slice.
    #[doc(hidden)]
    fn gemm_serial(
        size: [usize; 3],
        a: MatrixRef<'_, Self>,
        b: MatrixRef<'_, B>,
        finish: Finish<'_, Self>,
        c: MatrixMut<'_, Self>,
    );

    /// The most tasks that a product of `rows` rows is split into.
    #[doc(hidden)]
    fn most_tasks(rows: usize, b: &MatrixRef<'_, B>) -> usize {
        let _ = (rows, b);
        usize::MAX
    }
}

impl Gemm for f32 {
    #[inline]
    fn gemm_serial(
        size: [usize; 3],
        a: MatrixRef<'_, f32>,
        b: MatrixRef<'_, f32>,
        finish: Finish<'_, f32>,
        c: MatrixMut<'_, f32>,
    ) {
        Level::active().run(SerialGemm { size, a, b, finish, c });
    }
}

/// `C = finish(A B)`, with all threads. `c` is a row-major m × n matrix without gaps.
pub(crate) fn gemm<E: Float + Gemm<B>, B: Sync>(
    [m, k, n]: [usize; 3],
    a: MatrixRef<'_, E>,
    b: MatrixRef<'_, B>,
    finish: Finish<'_, E>,
    c: &mut [E],
) {
    assert_eq!(c.len(), m * n, "a product of {m} x {n}");
    check_bias(finish.bias, n);
    let count = tasks_of_product([m, k, n]).min(E::most_tasks(m, &b));
    if count > 1 {
        parallel::read_by_all(b.data);
        note_sharing([m, k, n], &a, c);
    }
    let c = MatrixMut::new(c, [m, n], n);
    match count {
        0 | 1 => E::gemm_serial([m, k, n], a, b, finish, c),
        count => {
            let mut parts = scratch::with_room::<Part<'_, E, B>>(count);
            Part { k, a, b, finish, c }.split(count, &mut parts);
            run_all(&mut parts);
        }
    }
}

/// Notes which operands will be in other cores' caches than those that write them next: all but the parts of long
/// row-major matrices of which each thread has some rows.
fn note_sharing<E>(size: [usize; 3], a: &MatrixRef<'_, E>, c: &[E]) {
    match prefers_rows::<E>(size) {
        true => parallel::shared_if_short(c),
        false => parallel::read_by_all(c),
    }
    match prefers_rows::<E>(size) && a.column == 1 {
        true => parallel::shared_if_short(a.data),
        false => parallel::read_by_all(a.data),
    }
}

/// Whether threads divide the rows of C among them, and not its columns. Other loops over C divide rows, too, so that
/// each core finds its rows in its cache. Each thread reads all of B then: B mustn't be much larger than A, or stays in
/// a cache.
fn prefers_rows<E>([m, k, n]: [usize; 3]) -> bool {
    m >= n || (m >= MIN_SHARED_ROWS && k * n * size_of::<E>() <= CACHED_BYTES)
}

/// The number of tasks of one product.
fn tasks_of_product([m, k, n]: [usize; 3]) -> usize {
    match m == 1 || n == 1 {
        // More tasks would read shorter pieces of the rows.
        true => task_count(FMAS_OF_GEMV * m * k * n).min(parallel::num_threads()),
        false => task_count(m * k * n),
    }
}

/// The number of tasks for a number of FMAs. There are several for each thread, so that a thread which
/// starts late runs fewer. A long GEMM has one for each thread, because every task reads the whole of an
/// operand.
fn task_count(fmas: usize) -> usize {
    match parallel::num_threads() {
        1 => 1,
        threads if fmas / MIN_FMAS_PER_TASK > LONG_RUNNING_TASKS * threads => threads,
        threads => {
            let each = if fmas < MIN_FMAS_FOR_SMALL_TASKS * threads { 2 } else { 4 };
            (fmas / MIN_FMAS_PER_TASK).min(each * threads)
        }
    }
}

/// `C = finish(A B)`, on one thread.
pub(super) struct SerialGemm<'a> {
    pub(super) size: [usize; 3],
    pub(super) a: MatrixRef<'a, f32>,
    pub(super) b: MatrixRef<'a, f32>,
    pub(super) finish: Finish<'a, f32>,
    pub(super) c: MatrixMut<'a, f32>,
}

impl Kernel for SerialGemm<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { size: [m, k, n], a, b, finish, mut c } = self;
        if trivial([m, k, n], &a, &b, finish, &mut c) {
            return;
        }
        if gemv::is_dot_products([m, n], &a, &b) {
            simd.run(gemv::GemvDots { k, a, b, c: &mut c });
            return finish_rows(finish, &mut c);
        }
        // A column is a row of the transposed product.
        let (x, matrix) = if m == 1 { (a, b) } else { (b.transposed(), a.transposed()) };
        if (m == 1 || n == 1)
            && matrix.column == 1
            && m * n >= MIN_GEMV_COLUMNS
            && let Some(y) = c.contiguous()
        {
            let rows = gemv::GemvRows::<_, 512> { k, x, b: matrix, y, row_by_row: false };
            simd.memory_bound().run(rows);
            return finish_rows(finish, &mut c);
        }
        blocking::blocks(simd, k, a, b, finish, c, false);
    }
}

/// Panics unless there is a bias for each column.
fn check_bias<E>(bias: Option<&[E]>, columns: usize) {
    if let Some(bias) = bias {
        assert_eq!(bias.len(), columns, "a bias for each of {columns} columns");
    }
}

/// Finishes each row of C.
fn finish_rows<E: Float>(finish: Finish<'_, E>, c: &mut MatrixMut<'_, E>) {
    if let Some(bias) = finish.bias {
        for i in 0..c.rows() {
            c.row(i).iter_mut().zip(bias).for_each(|(x, &bias)| *x += bias);
        }
    }
    post_rows(finish, c);
}

/// Applies what follows the bias to each row of C.
pub(crate) fn post_rows<E: Float>(finish: Finish<'_, E>, c: &mut MatrixMut<'_, E>) {
    if finish.post.is_none() {
        return;
    }
    let offset = c.offset_of_row(0);
    if let Some(all) = c.contiguous() {
        return finish.post(offset, all);
    }
    for i in 0..c.rows() {
        let offset = c.offset_of_row(i);
        finish.post(offset, c.row(i));
    }
}

/// Checks the operands. If a size is 0, computes the product and returns true.
fn trivial<E: Float, B>(
    [m, k, n]: [usize; 3],
    a: &MatrixRef<'_, E>,
    b: &MatrixRef<'_, B>,
    finish: Finish<'_, E>,
    c: &mut MatrixMut<'_, E>,
) -> bool {
    assert_eq!([c.rows(), c.columns()], [m, n], "the size of the output");
    a.check(m, k);
    b.check(k, n);
    check_bias(finish.bias, n);
    if m > 0 && n > 0 && k == 0 {
        (0..m).for_each(|i| c.row(i).fill(E::ZERO));
        finish_rows(finish, c);
    }
    m == 0 || n == 0 || k == 0
}
