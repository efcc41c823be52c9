//! Convolutions whose SIMD lanes are channels, each with elements of its own: depthwise ones, and groups of few channels.
//!
//! ```text
//! y[p, c] = bias[c] + Σ over (q, t) of  x[p + q + t, c] k[q, t, c]
//! ```
//!
//! `t` is the tap along the width, `q` stands for the other taps. A block of adjacent outputs of a row is computed
//! together: each pixel is loaded once for all windows of the block, and the taps of a row of the kernel stay in
//! registers. The gather GEMM loads both factors of each FMA, twice as many loads per FMA as a core can issue.
//!
//! **Summation order.** The products are added in the order of the taps, starting from the bias or 0.

use super::KOffset;
use crate::kernel::level::Level;
use crate::kernel::scratch::List;
use crate::kernel::{Kernel, MAX_LANES, Simd};

/// The least number of columns of rows: a whole SIMD vector at every level.
pub(super) const MIN_COLUMNS: usize = MAX_LANES;

/// Rows of outputs.
#[derive(Debug, Clone, Copy)]
pub struct Outputs<'a> {
    /// The offset in x of the first window of each row.
    pub(super) starts: &'a [usize],
    /// The number of outputs in a row, and of columns of each, at least [`MIN_COLUMNS`].
    pub(super) width: usize,
    pub(super) columns: usize,
}

/// Where the operands of rows of outputs are.
#[derive(Debug)]
pub struct Rows {
    /// For each row of the kernel: the offset of its first pixel from the start of a window, and of its first tap.
    pub(super) rows: List<KOffset>,
    /// The strides along the width: between pixels, between taps, and between outputs.
    pub(super) x_step: usize,
    pub(super) k_step: usize,
    pub(super) y_step: usize,
    /// The number of taps of a row of the kernel, and the stride of the convolution along the width.
    pub(super) taps: usize,
    pub(super) stride: usize,
}

/// A float type with convolutions row by row, on one thread.
pub trait ConvolveRows: Sized {
    /// Whether this kernel supports rows of these sizes.
    #[doc(hidden)]
    fn takes_rows(taps: usize, stride: usize) -> bool;

    /// Computes rows of outputs.
    ///
    /// Panics if a window, a tap or an output is out of the range of its slice.
    #[doc(hidden)]
    fn convolve_rows(
        rows: &Rows,
        outputs: Outputs<'_>,
        xk: [&[Self]; 2],
        bias: Option<&[Self]>,
        y: &mut [Self],
    );
}

impl ConvolveRows for f32 {
    fn takes_rows(taps: usize, stride: usize) -> bool {
        matches!((taps, stride), (1 | 3 | 4 | 5 | 7, 1) | (3 | 5, 2))
    }

    fn convolve_rows(
        rows: &Rows,
        outputs: Outputs<'_>,
        [x, k]: [&[f32]; 2],
        bias: Option<&[f32]>,
        y: &mut [f32],
    ) {
        if outputs.starts.is_empty() {
            return;
        }
        rows.check(outputs, [x, k], bias, y);
        Level::active().run(Convolve { rows, outputs, x, k, bias, y });
    }
}

/// The gather GEMM computes all convolutions of `f64`.
impl ConvolveRows for f64 {
    fn takes_rows(_: usize, _: usize) -> bool {
        false
    }

    fn convolve_rows(_: &Rows, _: Outputs<'_>, _: [&[f64]; 2], _: Option<&[f64]>, _: &mut [f64]) {
        unreachable!("no rows are taken")
    }
}

impl Rows {
    /// Panics if a window, a tap, the bias or an output is out of the range of its slice.
    fn check<E>(
        &self,
        Outputs { starts, width, columns }: Outputs<'_>,
        [x, k]: [&[E]; 2],
        bias: Option<&[E]>,
        y: &[E],
    ) {
        let &Self { taps, stride, x_step, k_step, y_step, .. } = self;
        assert!(columns >= MIN_COLUMNS && width > 0 && taps > 0, "whole vectors");
        assert!(bias.is_none_or(|bias| bias.len() == columns), "a bias for each column");
        let most = |offsets: &mut dyn Iterator<Item = usize>| offsets.max().unwrap_or(0);
        let within = |end: [usize; 3], length: usize| {
            let end = end.into_iter().try_fold(0usize, usize::checked_add);
            end.is_some_and(|end| end <= length)
        };
        let start = most(&mut starts.iter().copied());
        let window = ((width - 1) * stride + taps - 1) * x_step + columns;
        let a = most(&mut self.rows.iter().map(|row| row.a));
        assert!(within([start, a, window], x.len()), "a window beyond x");
        let b = most(&mut self.rows.iter().map(|row| row.b));
        assert!(within([b, (taps - 1) * k_step, columns], k.len()), "a tap beyond k");
        let outputs = starts.len() * width;
        assert!(within([(outputs - 1) * y_step, columns, 0], y.len()), "an output beyond y");
    }
}

/// A loop over all rows. Only [`ConvolveRows::convolve_rows`] makes one: it has checked the operands.
struct Convolve<'a> {
    rows: &'a Rows,
    outputs: Outputs<'a>,
    x: &'a [f32],
    k: &'a [f32],
    bias: Option<&'a [f32]>,
    y: &'a mut [f32],
}

impl Kernel for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        macro_rules! by_taps {
            ($($taps:literal $stride:literal;)*) => {
                match (self.rows.taps, self.rows.stride) {
                    $(($taps, $stride) => self.by_block::<S, $taps, $stride>(simd),)*
                    (taps, stride) => unreachable!("{taps} taps of stride {stride}"),
                }
            };
        }
        by_taps! { 1 1; 3 1; 4 1; 5 1; 7 1; 3 2; 5 2; }
    }
}

impl Convolve<'_> {
    /// Chooses the number of outputs of a block that computes the fewest outputs twice.
    #[inline(always)]
    fn by_block<S: Simd, const TAPS: usize, const STRIDE: usize>(self, simd: S) {
        let width = self.outputs.width;
        let fits = [8, 7, 4].into_iter().filter(|&block| block <= width);
        match fits.min_by_key(|&block| width.div_ceil(block) * block) {
            Some(8) => simd.run(Blocks::<8, TAPS, STRIDE>(self)),
            Some(7) => simd.run(Blocks::<7, TAPS, STRIDE>(self)),
            Some(4) => simd.run(Blocks::<4, TAPS, STRIDE>(self)),
            _ => simd.run(Blocks::<1, TAPS, STRIDE>(self)),
        }
    }
}

/// Computes all rows, in blocks of `BLOCK` outputs.
struct Blocks<'a, const BLOCK: usize, const TAPS: usize, const STRIDE: usize>(Convolve<'a>);

impl<const BLOCK: usize, const TAPS: usize, const STRIDE: usize> Kernel
    for Blocks<'_, BLOCK, TAPS, STRIDE>
{
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self(Convolve { rows, outputs, x, k, bias, y }) = self;
        let Outputs { starts, width, columns } = outputs;
        let &Rows { x_step, y_step, .. } = rows;
        const { assert!(S::LANES <= MIN_COLUMNS) }
        assert!(width >= BLOCK && rows.taps == TAPS && rows.stride == STRIDE);
        // Panels of two vectors, which share cache lines.
        for panel in (0..columns).step_by(2 * S::LANES) {
            for (row, &start) in starts.iter().enumerate() {
                for first in (0..width).step_by(BLOCK) {
                    // The last block of a row overlaps the previous one, and so does the last vector of columns: both
                    // compute some outputs twice.
                    let first = first.min(width - BLOCK);
                    for column in (panel..columns.min(panel + 2 * S::LANES)).step_by(S::LANES) {
                        let column = column.min(columns - S::LANES);
                        let block = Block::<TAPS, STRIDE> {
                            rows,
                            x: x.as_ptr().wrapping_add(start + first * STRIDE * x_step + column),
                            k: k.as_ptr().wrapping_add(column),
                        };
                        let bias = bias.map(|bias| &bias[column..][..S::LANES]);
                        let at = (row * width + first) * y_step + column;
                        // SAFETY: `Rows::check` found the last pixel of the last window within x, the last tap within
                        // k, and the last output within y, each with all columns. The vector's columns and the
                        // block's outputs are among them. `y` is borrowed mutably.
                        unsafe {
                            block.compute::<S, BLOCK>(simd, bias, y.as_mut_ptr().wrapping_add(at));
                        }
                    }
                }
            }
        }
    }
}

/// Adjacent outputs of a row, for one vector of channels.
struct Block<'a, const TAPS: usize, const STRIDE: usize> {
    rows: &'a Rows,
    /// The first window, and the kernel.
    x: *const f32,
    k: *const f32,
}

impl<const TAPS: usize, const STRIDE: usize> Block<'_, TAPS, STRIDE> {
    /// # Safety
    /// The vector's columns of all pixels of the windows and of all taps are readable, and those of the outputs are
    /// writable from `y` on.
    #[inline(always)]
    unsafe fn compute<S: Simd, const BLOCK: usize>(
        self,
        simd: S,
        bias: Option<&[f32]>,
        y: *mut f32,
    ) {
        let Self { rows, x, k } = self;
        let mut sums = [bias.map_or(simd.splat(0.0), |bias| simd.read(bias)); BLOCK];
        for &KOffset { a, b } in &rows.rows {
            let (x, k) = (x.wrapping_add(a), k.wrapping_add(b));
            let mut taps = [simd.splat(0.0); TAPS];
            for (t, tap) in taps.iter_mut().enumerate() {
                // SAFETY: the caller guarantees the taps.
                *tap = unsafe { simd.load(k.wrapping_add(t * rows.k_step)) };
            }
            // SAFETY: the caller guarantees the pixels.
            let pixel = |i: usize| unsafe { simd.load(x.wrapping_add(i * rows.x_step)) };
            if STRIDE == 1 {
                // One load for all windows that hold the pixel.
                for i in 0..BLOCK + TAPS - 1 {
                    let pixel = pixel(i);
                    for (t, &tap) in taps.iter().enumerate() {
                        if i >= t && i - t < BLOCK {
                            sums[i - t] = simd.multiply_add(pixel, tap, sums[i - t]);
                        }
                    }
                }
            } else {
                for (t, &tap) in taps.iter().enumerate() {
                    for (i, sum) in sums.iter_mut().enumerate() {
                        *sum = simd.multiply_add(pixel(i * STRIDE + t), tap, *sum);
                    }
                }
            }
        }
        for (i, &sum) in sums.iter().enumerate() {
            // SAFETY: the caller guarantees the outputs.
            unsafe { simd.store(sum, y.wrapping_add(i * rows.y_step)) };
        }
    }
}
