//! What a level can do with vectors of `f32`.

use std::fmt::Debug;

/// Work that is written once and compiled for each level.
pub(crate) trait Kernel {
    type Output;

    /// Does the work with the vectors of `simd`. Implementations have to be marked `#[inline(always)]`:
    /// only so are they compiled with the level's instructions.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The vectors of a level. A value is the proof that this processor has them.
pub(crate) trait Simd: Copy + Debug + Send + Sync + 'static {
    /// `LANES` numbers in a register.
    type Vector: Copy;
    /// Which lanes of a vector are read: the first ones, up to all.
    type Mask: Copy;
    /// The vectors for what waits for memory. Wherever numbers start, half of such loads at most touch two
    /// cache lines; of loads as long as a line, all do.
    type Streaming: Simd;
    /// Numbers in a vector.
    const LANES: usize;
    /// Rows and vectors of a tile of a product: its sums nearly fill the registers.
    const TILE: [usize; 2];
    /// Numbers of the right operand of a product that tiles read as fast from the second-level cache, row
    /// by row as they are, as from the nearest one.
    const NEAR: usize = 64 * 1024;

    /// Runs `kernel`, compiled with the instructions of this level.
    fn run<K: Kernel>(self, kernel: K) -> K::Output;

    /// The level for what waits for memory.
    fn streaming(self) -> Self::Streaming;

    /// `x` in every lane.
    fn splat(self, x: f32) -> Self::Vector;
    /// `a b + c`: rounded once, or twice at the scalar level.
    fn multiply_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    /// `a + b`.
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// `a - b`.
    fn subtract(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// The first `count` lanes, of 1 to `LANES`.
    fn mask(self, count: usize) -> Self::Mask;
    /// `LANES` numbers.
    ///
    /// # Safety
    /// They are readable from `from` on.
    unsafe fn load(self, from: *const f32) -> Self::Vector;
    /// The numbers of the mask's lanes, and 0 in the others. The others are not read.
    ///
    /// # Safety
    /// The numbers of the mask's lanes are readable from `from` on.
    unsafe fn load_masked(self, from: *const f32, mask: Self::Mask) -> Self::Vector;
    /// Writes `LANES` numbers.
    ///
    /// # Safety
    /// They are writable from `to` on.
    unsafe fn store(self, x: Self::Vector, to: *mut f32);
    /// Writes the numbers of the mask's lanes.
    ///
    /// # Safety
    /// They are writable from `to` on.
    unsafe fn store_masked(self, x: Self::Vector, to: *mut f32, mask: Self::Mask);

    /// Asks for the cache line at `at`, which may be any address.
    fn prefetch(self, at: *const f32);

    /// The numbers of a slice of 1 to `LANES`, and 0 in the other lanes.
    #[inline(always)]
    fn read(self, from: &[f32]) -> Self::Vector {
        let count = from.len();
        assert!(0 < count && count <= Self::LANES, "a slice of 1 to {} numbers", Self::LANES);
        if count == Self::LANES {
            // SAFETY: the slice has `LANES` numbers.
            unsafe { self.load(from.as_ptr()) }
        } else {
            // SAFETY: the slice has `count` numbers, and the mask has the first `count` lanes.
            unsafe { self.load_masked(from.as_ptr(), self.mask(count)) }
        }
    }

    /// Writes the first lanes to a slice of 1 to `LANES` numbers.
    #[inline(always)]
    fn write(self, x: Self::Vector, to: &mut [f32]) {
        let count = to.len();
        assert!(0 < count && count <= Self::LANES, "a slice of 1 to {} numbers", Self::LANES);
        if count == Self::LANES {
            // SAFETY: the slice has `LANES` numbers.
            unsafe { self.store(x, to.as_mut_ptr()) }
        } else {
            let mut all = [0.0; 16];
            const { assert!(Self::LANES <= 16) }
            // SAFETY: `all` has 16 numbers, and a vector has no more.
            unsafe { self.store(x, all.as_mut_ptr()) }
            to.copy_from_slice(&all[..count]);
        }
    }

    /// Copies 8 columns of up to 8 rows transposed: row `i` of `from` starts at `i step` and becomes column
    /// `i` of `to`, whose rows start `to_step` apart. If that is a multiple of 8, columns may be written
    /// up to the next multiple.
    #[inline(always)]
    fn transpose(self, rows: usize, from: &[f32], step: usize, to: &mut [f32], to_step: usize) {
        let mut block = [[0.0; 8]; 8];
        for (i, row) in block.iter_mut().enumerate().take(rows) {
            row.copy_from_slice(&from[i * step..][..8]);
        }
        for j in 0..8 {
            for (to, row) in to[j * to_step..][..rows].iter_mut().zip(&block) {
                *to = row[j];
            }
        }
    }
}
