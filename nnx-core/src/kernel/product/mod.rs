//! Matrix products: `C = A B`, and a bias for each column, added while the result is at hand.
//!
//! | file | what it holds |
//! |---|---|
//! | `matrix` | operands with any strides, the output and its cuts |
//! | `loops` | the loops that cut a product into tiles that caches can feed |
//! | `tile` | a tile of the product in registers |
//! | `pack` | operands laid out in the order in which tiles read them |
//! | `vector` | a matrix times a vector |
//! | `batch` | products of many pairs of matrices |
//! | `double` | products of `f64`, by matrixmultiply |
//!
//! **The order of the sums.** The k terms are cut into pieces of equal length, at most 512. The terms of a
//! piece are added in order, starting from 0; then the pieces are added in order, and the bias last.
//! Where the product is a vector and the matrix lies along the sum, the order is that of `vector`. Neither
//! depends on the number of threads, nor on where a row or column stands. Every level but the scalar one
//! multiplies and adds in one rounding, and gives the same bits as the others.

mod batch;
mod double;
mod loops;
mod matrix;
mod pack;
#[cfg(test)]
mod tests;
mod tile;
mod vector;

pub(crate) use batch::{Batch, batched_product};
pub(super) use double::serial_f64;
pub(crate) use matrix::{Layout, Output};

use super::Float;
use super::level::{Kernel, Level, Simd};
use super::parallel::{self, Task};

/// Multiply-adds under which a second thread doesn't pay: about 20 µs of work for each.
const PART: usize = 1 << 20;
/// As many of these for each thread are long: a millisecond, beside which waking a thread is nothing.
const LONG: usize = 64;

/// `C = A B`, or `C = A B + bias` with one number for each column; `C` is contiguous, m × n.
pub(crate) fn product<E: Float>(
    [m, k, n]: [usize; 3],
    a: Layout<'_, E>,
    b: Layout<'_, E>,
    bias: Option<&[E]>,
    c: &mut [E],
) {
    assert_eq!(c.len(), m * n, "a product of {m} x {n}");
    check_bias(bias, n);
    let c = Output::new(c, [m, n], n);
    match parts(m * k * n) {
        0 | 1 => E::product([m, k, n], a, b, bias, c),
        parts => {
            let mut tasks = Vec::new();
            cut(parts, k, a, b, bias, c, &mut tasks);
            parallel::all(tasks);
        }
    }
}

/// Into how many parts so many multiply-adds are cut: some for each thread, so that one that begins late
/// does fewer. Long work is cut once for each, since every part reads the whole of an operand.
fn parts(work: usize) -> usize {
    match parallel::threads() {
        1 => 1,
        threads if work / PART > LONG * threads => threads,
        threads => (work / PART).min(4 * threads),
    }
}

/// Cuts C in halves, and these again, until there are `parts`. Bits don't depend on the cuts, so that
/// there may be as many as threads like.
fn cut<'a, E: Float>(
    parts: usize,
    k: usize,
    a: Layout<'a, E>,
    b: Layout<'a, E>,
    bias: Option<&'a [E]>,
    c: Output<'a, E>,
    tasks: &mut Vec<Task<'a>>,
) {
    let [m, n] = [c.rows(), c.columns()];
    // Both halves read the whole of the operand that isn't cut: it should be the smaller one. Cuts lie
    // where tiles of every level end.
    let half = |length: usize| (length / 2).next_multiple_of(48);
    let rows = (m / 2).next_multiple_of(8);
    let columns = if n < 4 * 48 { (n / 2).next_multiple_of(16) } else { half(n) };
    // A single row or column would be a vector's product, whose sums have another order.
    let (by_rows, by_columns) = (rows > 0 && rows + 1 < m, columns > 0 && columns + 1 < n);
    let by_rows = by_rows && (m >= n || !by_columns);
    if parts < 2 || !(by_rows || by_columns) {
        return tasks.push(Box::new(move || E::product([m, k, n], a, b, bias, c)));
    }
    let (at, (first, second)) = match by_rows {
        true => ([rows, 0], c.split_rows(rows)),
        false => ([0, columns], c.split_columns(columns)),
    };
    let [of_first, of_second] = [(0, first.columns()), (at[1], second.columns())]
        .map(|(from, columns)| bias.map(|bias| &bias[from..][..columns]));
    cut(parts / 2, k, a, b, of_first, first, tasks);
    cut(parts - parts / 2, k, a.from(at[0], 0), b.from(0, at[1]), of_second, second, tasks);
}

/// The product of `f32`, on this thread, at the level of this process.
pub(super) fn serial(
    size: [usize; 3],
    a: Layout<'_, f32>,
    b: Layout<'_, f32>,
    bias: Option<&[f32]>,
    c: Output<'_, f32>,
) {
    serial_at(Level::chosen(), size, a, b, bias, c);
}

/// The product of `f32`, on this thread, at a level.
pub(super) fn serial_at(
    level: Level,
    size: [usize; 3],
    a: Layout<'_, f32>,
    b: Layout<'_, f32>,
    bias: Option<&[f32]>,
    c: Output<'_, f32>,
) {
    match level {
        Level::Scalar(level) => at_level(level, size, a, b, bias, c),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(level) => at_level(level, size, a, b, bias, c),
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(level) => at_level(level, size, a, b, bias, c),
        #[cfg(target_arch = "aarch64")]
        Level::Neon(level) => at_level(level, size, a, b, bias, c),
    }
}

/// `C += A B`, on this thread, at a level.
pub(super) struct Accumulate<'a> {
    pub(super) size: [usize; 3],
    pub(super) a: Layout<'a, f32>,
    pub(super) b: Layout<'a, f32>,
    pub(super) c: Output<'a, f32>,
}

impl Kernel for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { size: [m, k, n], a, b, c } = self;
        assert_eq!([c.rows(), c.columns()], [m, n], "the size of the output");
        a.check(m, k);
        b.check(k, n);
        if m > 0 && n > 0 && k > 0 {
            loops::blocks(simd, k, a, b, None, c, true);
        }
    }
}

/// Panics if there isn't a bias for each column.
fn check_bias<E>(bias: Option<&[E]>, columns: usize) {
    if let Some(bias) = bias {
        assert_eq!(bias.len(), columns, "a bias for each of {columns} columns");
    }
}

/// Adds the bias to a product that has been written.
fn add_bias<E: Float>(bias: Option<&[E]>, c: &mut Output<'_, E>) {
    let Some(bias) = bias else { return };
    for i in 0..c.rows() {
        c.row(i).iter_mut().zip(bias).for_each(|(x, &bias)| *x += bias);
    }
}

/// Checks the operands, and does the product if there is nothing to multiply. Did it?
fn ready<E: Float>(
    [m, k, n]: [usize; 3],
    a: &Layout<'_, E>,
    b: &Layout<'_, E>,
    bias: Option<&[E]>,
    c: &mut Output<'_, E>,
) -> bool {
    assert_eq!([c.rows(), c.columns()], [m, n], "the size of the output");
    a.check(m, k);
    b.check(k, n);
    check_bias(bias, n);
    if m > 0 && n > 0 && k == 0 {
        (0..m).for_each(|i| c.row(i).fill(E::ZERO));
        add_bias(bias, c);
    }
    m == 0 || n == 0 || k == 0
}

/// The product on this thread with the vectors of one level.
fn at_level<S: Simd>(
    simd: S,
    [m, k, n]: [usize; 3],
    a: Layout<'_, f32>,
    b: Layout<'_, f32>,
    bias: Option<&[f32]>,
    mut c: Output<'_, f32>,
) {
    if ready([m, k, n], &a, &b, bias, &mut c) {
        return;
    }
    if vector::is_dots([m, n], &a, &b) {
        simd.run(vector::Dots { k, a, b, c: &mut c });
        return add_bias(bias, &mut c);
    }
    // A column is a row of the transposed product.
    let (x, matrix) = if m == 1 { (a, b) } else { (b.transposed(), a.transposed()) };
    if (m == 1 || n == 1)
        && matrix.column == 1
        && m * n >= 128
        && let Some(y) = c.contiguous()
    {
        simd.streaming().run(vector::Rows { k, x, b: matrix, y });
        return add_bias(bias, &mut c);
    }
    loops::blocks(simd, k, a, b, bias, c, false);
}
