//! Convolutions whose SIMD lanes are channels, each with elements of its own: depthwise ones, and groups of few channels.
//!
//! ```text
//! y[p, c] = bias[c] + Σ over (q, t) of  x[p + q + t, c] k[q, t, c]
//! ```
//!
//! `t` is the point along the width, `q` stands for the other points. A block of adjacent outputs of a line is computed
//! together: each pixel is loaded once for all windows of the block, and the points of a row of the kernel stay in
//! registers. The gather GEMM loads both factors of each FMA, twice as many loads per FMA as a core can issue.
//!
//! The image isn't padded: a line of outputs has a list of the rows of the kernel that are within the image (see
//! [`lines`](super::lines)), and only blocks at an edge check which pixels are. So no image is copied.
//!
//! **Summation order.** For each row of the kernel, the products are added in the order of the points: with a stride of 2, those
//! of the even points first. The sum starts from the bias or 0. Products with padding are left out.

use std::ops::Range;

use super::KOffset;
use crate::kernel::level::Level;
use crate::kernel::scratch::List;
use crate::kernel::{Kernel, MAX_LANES, Simd};

/// The least number of columns of rows: a whole SIMD vector at every level.
pub(super) const MIN_COLUMNS: usize = MAX_LANES;

/// Where the operands of lines of outputs are.
#[derive(Debug)]
pub struct Rows {
    /// For each row of the kernel that a line of outputs reads: the offset of the first pixel of the image's line, and of
    /// the row's first point.
    pub(super) rows: List<KOffset>,
    pub(super) lines: List<Line>,
    /// The number of outputs in a line, and of pixels in a line of the image. Pixels beyond them are zeros.
    pub(super) width: usize,
    pub(super) pixels: usize,
    /// The pixel at which the first window of a line starts.
    pub(super) first: isize,
    /// The number of columns, at least [`MIN_COLUMNS`].
    pub(super) columns: usize,
    /// The strides along the width: between pixels, between points, and between outputs.
    pub(super) x_step: usize,
    pub(super) k_step: usize,
    pub(super) y_step: usize,
    /// The number of points of a row of the kernel, and the stride of the convolution along the width.
    pub(super) points: usize,
    pub(super) stride: usize,
}

/// A line of outputs: the end of its rows among [`Rows::rows`], where the next line's begin, and the offset of its first
/// output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) end: usize,
    pub(super) y: usize,
}

/// A float type with convolutions row by row, on one thread.
pub trait ConvolveRows: Sized {
    /// Whether this kernel supports rows of these sizes.
    #[doc(hidden)]
    fn takes_rows(points: usize, stride: usize) -> bool;

    /// Computes lines of outputs.
    ///
    /// Panics if a line of the image, a point or an output is out of the range of its slice.
    #[doc(hidden)]
    fn convolve_rows(rows: &Rows, xk: [&[Self]; 2], bias: Option<&[Self]>, y: &mut [Self]);
}

impl ConvolveRows for f32 {
    fn takes_rows(points: usize, stride: usize) -> bool {
        matches!((points, stride), (1..=5 | 7, 1) | (3 | 5, 2))
    }

    fn convolve_rows(rows: &Rows, [x, k]: [&[f32]; 2], bias: Option<&[f32]>, y: &mut [f32]) {
        if rows.lines.is_empty() || rows.width == 0 {
            return;
        }
        rows.check([x, k], bias, y);
        Level::active().run(Convolve { rows, x, k, bias, y });
    }
}

/// The gather GEMM computes all convolutions of `f64`.
impl ConvolveRows for f64 {
    fn takes_rows(_: usize, _: usize) -> bool {
        false
    }

    fn convolve_rows(_: &Rows, _: [&[f64]; 2], _: Option<&[f64]>, _: &mut [f64]) {
        unreachable!("no rows are taken")
    }
}

impl Rows {
    /// Panics if a line of the image, a point, the bias or an output is out of the range of its slice.
    fn check<E>(&self, [x, k]: [&[E]; 2], bias: Option<&[E]>, y: &[E]) {
        let &Self { points, columns, width, pixels, x_step, k_step, y_step, .. } = self;
        assert!(columns >= MIN_COLUMNS && width > 0 && points > 0 && pixels > 0, "whole vectors");
        assert!(bias.is_none_or(|bias| bias.len() == columns), "a bias for each column");
        let most = |offsets: &mut dyn Iterator<Item = usize>| offsets.max().unwrap_or(0);
        let within = |start: usize, steps: usize, step: usize, length: usize| {
            let last = steps.checked_mul(step).and_then(|last| last.checked_add(start));
            last.and_then(|last| last.checked_add(columns)).is_some_and(|end| end <= length)
        };
        if !self.rows.is_empty() {
            let a = most(&mut self.rows.iter().map(|row| row.a));
            assert!(within(a, pixels - 1, x_step, x.len()), "a line beyond x");
            let b = most(&mut self.rows.iter().map(|row| row.b));
            assert!(within(b, points - 1, k_step, k.len()), "a point beyond k");
        }
        let first = most(&mut self.lines.iter().map(|line| line.y));
        assert!(within(first, width - 1, y_step, y.len()), "an output beyond y");
    }
}

/// A loop over all rows. Only [`ConvolveRows::convolve_rows`] makes one: it has checked the operands.
struct Convolve<'a> {
    rows: &'a Rows,
    x: &'a [f32],
    k: &'a [f32],
    bias: Option<&'a [f32]>,
    y: &'a mut [f32],
}

impl Kernel for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        macro_rules! by_points {
            ($($points:literal $stride:literal;)*) => {
                match (self.rows.points, self.rows.stride) {
                    $(($points, $stride) => self.by_block::<S, $points, $stride>(simd),)*
                    (points, stride) => unreachable!("{points} points of stride {stride}"),
                }
            };
        }
        by_points! { 1 1; 2 1; 3 1; 4 1; 5 1; 7 1; 3 2; 5 2; }
    }
}

impl Convolve<'_> {
    /// Chooses the number of outputs of a block that computes the fewest outputs twice.
    #[inline(always)]
    fn by_block<S: Simd, const POINTS: usize, const STRIDE: usize>(self, simd: S) {
        let width = self.rows.width;
        let fits = [8, 7, 4].into_iter().filter(|&block| block <= width);
        match fits.min_by_key(|&block| width.div_ceil(block) * block) {
            // Without SIMD, the sums of so many outputs aren't in registers: it isn't worth the time to compile them.
            Some(8) if const { S::LANES > 1 } => simd.run(Blocks::<8, POINTS, STRIDE>(self)),
            Some(7) if const { S::LANES > 1 } => simd.run(Blocks::<7, POINTS, STRIDE>(self)),
            Some(4 | 7 | 8) => simd.run(Blocks::<4, POINTS, STRIDE>(self)),
            _ => simd.run(Blocks::<1, POINTS, STRIDE>(self)),
        }
    }
}

/// Computes all rows, in blocks of `BLOCK` outputs.
struct Blocks<'a, const BLOCK: usize, const POINTS: usize, const STRIDE: usize>(Convolve<'a>);

impl<const BLOCK: usize, const POINTS: usize, const STRIDE: usize> Kernel
    for Blocks<'_, BLOCK, POINTS, STRIDE>
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self(Convolve { rows, x, k, bias, y }) = self;
        let &Rows { width, columns, x_step, y_step, pixels, .. } = rows;
        const { assert!(S::LANES <= MIN_COLUMNS) }
        assert!(width >= BLOCK && rows.points == POINTS && rows.stride == STRIDE);
        let mut begin = 0;
        for (index, line) in rows.lines.iter().enumerate() {
            let of_line = &rows.rows[begin..line.end];
            begin = line.end;
            // The line of the image that the next line of outputs is the first to read. (Larger strides read several,
            // and compute less: a prefetch gained nothing.)
            let next = rows.lines.get(index + 1).filter(|next| STRIDE == 1 && next.end > begin);
            let ahead = next.map(|next| rows.rows[next.end - 1].a);
            for first in (0..width).step_by(BLOCK) {
                // The last block of a line overlaps the previous one, and so does the last vector of columns: both
                // compute some outputs twice.
                let first = first.min(width - BLOCK);
                let start = rows.first + (first * STRIDE).cast_signed();
                // The pixels of the block that are in the image.
                let within = start.min(0).unsigned_abs()..pixels.saturating_add_signed(-start);
                let whole = within.start == 0 && within.end >= (BLOCK - 1) * STRIDE + POINTS;
                let start = start.wrapping_mul(x_step.cast_signed());
                // All columns of a block, so that memory is read in order.
                for column in (0..columns).step_by(S::LANES) {
                    let column = column.min(columns - S::LANES);
                    let block = Block::<POINTS, STRIDE> {
                        rows: of_line,
                        steps: [x_step, rows.k_step, y_step],
                        within: within.clone(),
                        x: x.as_ptr().wrapping_add(column).wrapping_offset(start),
                        k: k.as_ptr().wrapping_add(column),
                    };
                    if let Some(a) = ahead.filter(|_| column % MAX_LANES == 0) {
                        for i in 0..BLOCK {
                            simd.prefetch(block.x.wrapping_add(a + i * x_step));
                        }
                    }
                    let bias = bias.map(|bias| &bias[column..][..S::LANES]);
                    let y = y.as_mut_ptr().wrapping_add(line.y + first * y_step + column);
                    // SAFETY: `Rows::check` found the last pixel of the lines within x, the last point within
                    // k, and the last output within y, each with all columns. The vector's columns and the
                    // block's outputs are among them, and so are the pixels `within`, which are all that the block
                    // reads if it is `whole`. `y` is borrowed mutably.
                    unsafe {
                        match whole {
                            true => block.compute::<S, BLOCK, false>(simd, bias, y),
                            false => block.compute::<S, BLOCK, true>(simd, bias, y),
                        }
                    }
                }
            }
        }
    }
}

/// Adjacent outputs of a line, for one vector of channels.
struct Block<'a, const POINTS: usize, const STRIDE: usize> {
    rows: &'a [KOffset],
    /// The strides of x, k and y along the width.
    steps: [usize; 3],
    /// The pixels that are in the image, counted from the first one of the first window.
    within: Range<usize>,
    /// The first pixel of the first window, which may be before the image, and the kernel.
    x: *const f32,
    k: *const f32,
}

impl<const POINTS: usize, const STRIDE: usize> Block<'_, POINTS, STRIDE> {
    /// `EDGE`: pixels that aren't `within` are zeros; otherwise all are.
    ///
    /// # Safety
    /// The vector's columns of all pixels `within` and of all points are readable, and those of the outputs are
    /// writable from `y` on.
    #[inline(always)]
    unsafe fn compute<S: Simd, const BLOCK: usize, const EDGE: bool>(
        self,
        simd: S,
        bias: Option<&[f32]>,
        y: *mut f32,
    ) {
        let Self { rows, steps: [x_step, k_step, y_step], within, x, k } = self;
        let mut sums = [bias.map_or(simd.splat(0.0), |bias| simd.read(bias)); BLOCK];
        for &KOffset { a, b } in rows {
            let (x, k) = (x.wrapping_add(a), k.wrapping_add(b));
            let mut points = [simd.splat(0.0); POINTS];
            for (t, point) in points.iter_mut().enumerate() {
                // SAFETY: the caller guarantees the points.
                *point = unsafe { simd.load(k.wrapping_add(t * k_step)) };
            }
            // SAFETY: the caller guarantees the pixels.
            let pixel = |i: usize| unsafe { simd.load(x.wrapping_add(i * x_step)) };
            // One load for all windows that hold the pixel.
            if STRIDE == 1 {
                for i in 0..BLOCK + POINTS - 1 {
                    if EDGE && !within.contains(&i) {
                        continue;
                    }
                    let pixel = pixel(i);
                    for (t, &point) in points.iter().enumerate() {
                        if i >= t && i - t < BLOCK {
                            sums[i - t] = simd.multiply_add(pixel, point, sums[i - t]);
                        }
                    }
                }
                continue;
            }
            // The same for each remainder by the stride: its pixels meet its points. (As one loop, the compiler wouldn't
            // unroll it for seven points, and sums would be in memory.)
            for remainder in 0..STRIDE.min(POINTS) {
                let last = (POINTS - 1 - remainder) / STRIDE;
                for j in 0..BLOCK + last {
                    let i = j * STRIDE + remainder;
                    if EDGE && !within.contains(&i) {
                        continue;
                    }
                    let pixel = pixel(i);
                    for t in 0..=last {
                        if j >= t && j - t < BLOCK {
                            let point = points[t * STRIDE + remainder];
                            sums[j - t] = simd.multiply_add(pixel, point, sums[j - t]);
                        }
                    }
                }
            }
        }
        for (i, &sum) in sums.iter().enumerate() {
            // SAFETY: the caller guarantees the outputs.
            unsafe { simd.store(sum, y.wrapping_add(i * y_step)) };
        }
    }
}
