//! bfloat16 (bf16): the upper half of an f32, as the form in which weights are stored. Nothing computes in it: kernels
//! widen an element to f32, which is exact, when they load it.

use super::parallel::for_chunks;
use super::{Simd, vectorize};

/// A float of 16 bits: sign and exponent of an f32, and 7 bits of its fraction.
#[allow(unreachable_pub, reason = "named by a sealed trait, which is public")]
#[derive(Debug, Clone, Copy, Default)]
#[repr(transparent)]
pub struct Bf16(u16);

impl Bf16 {
    /// A NaN.
    pub(crate) const NAN: Self = Self(0x7fc0);

    /// The nearest bf16, of two the even one; from 2^128 (1 - 2^-9) on it is infinite. NaN stays NaN.
    #[inline(always)]
    pub(crate) fn from_f32(x: f32) -> Self {
        let bits = x.to_bits();
        // Adds half of the last bit that is kept, but a little less if that bit is 0: a tie becomes even. A carry into the
        // exponent gives the next power of two, or infinity.
        let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
        // The sign and a bit that no fraction of an infinity has: the upper half of a NaN may be an infinity.
        let nan = bits >> 16 | 0x40;
        Self(if bits & 0x7fff_ffff > 0x7f80_0000 { nan } else { rounded } as u16)
    }

    /// The value, exactly.
    #[inline(always)]
    pub(crate) fn to_f32(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }

    /// The bits, as a file has them.
    pub(crate) fn to_bits(self) -> u16 {
        self.0
    }

    /// The bf16 with these bits.
    pub(crate) fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

impl PartialEq for Bf16 {
    /// As floats: NaN isn't equal to itself, and -0 equals 0.
    fn eq(&self, other: &Self) -> bool {
        self.to_f32() == other.to_f32()
    }
}

/// Elements that a task converts.
const ELEMENTS_PER_TASK: usize = 64 * 1024;

/// The values as f32, with all threads.
pub(crate) fn widen(from: &[Bf16], to: &mut [f32]) {
    assert_eq!(from.len(), to.len(), "as many elements");
    for_chunks(to, ELEMENTS_PER_TASK, to.len() >= 2 * ELEMENTS_PER_TASK, &|i, to| {
        let from = &from[i * ELEMENTS_PER_TASK..][..to.len()];
        vectorize(|| to.iter_mut().zip(from).for_each(|(to, from)| *to = from.to_f32()));
    });
}

/// The nearest values of bf16, with all threads.
pub(crate) fn round(from: &[f32], to: &mut [Bf16]) {
    assert_eq!(from.len(), to.len(), "as many elements");
    for_chunks(to, ELEMENTS_PER_TASK, to.len() >= 2 * ELEMENTS_PER_TASK, &|i, to| {
        let from = &from[i * ELEMENTS_PER_TASK..][..to.len()];
        vectorize(|| to.iter_mut().zip(from).for_each(|(to, from)| *to = Bf16::from_f32(*from)));
    });
}

/// An element of a matrix of weights: f32, or bf16 that is widened when it is loaded.
pub(crate) trait Weight: Copy + Send + Sync + 'static {
    /// Whether packing prefetches them: their rows are short, so that several share a page, and hardware prefetchers don't
    /// follow them.
    const PREFETCHED: bool;

    /// Loads `S::LANES` elements as f32.
    ///
    /// # Safety
    /// They are readable from `from` on.
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::Vector;

    /// Whether [`load_masked`](Self::load_masked) reads a whole vector: rows of bf16 are padded to whole vectors.
    const PADDED: bool;

    /// Loads the lanes that the mask selects as f32. The other lanes may be any.
    ///
    /// # Safety
    /// The elements of the mask's lanes are readable from `from` on, and `S::LANES` elements if `PADDED`.
    unsafe fn load_masked<S: Simd>(simd: S, from: *const Self, mask: S::Mask) -> S::Vector;

    /// Loads a slice of 1 to `S::LANES` elements as f32; the other lanes are 0.
    fn read<S: Simd>(simd: S, from: &[Self]) -> S::Vector;

    /// [`Simd::transpose`], to f32.
    fn transpose<S: Simd>(
        simd: S,
        rows: usize,
        from: &[Self],
        step: usize,
        to: &mut [f32],
        to_step: usize,
    );

    /// The value as f32.
    fn value(self) -> f32;
}

impl Weight for f32 {
    const PREFETCHED: bool = false;

    #[inline(always)]
    unsafe fn load<S: Simd>(simd: S, from: *const f32) -> S::Vector {
        // SAFETY: the caller guarantees the elements.
        unsafe { simd.load(from) }
    }
    const PADDED: bool = false;
    #[inline(always)]
    unsafe fn load_masked<S: Simd>(simd: S, from: *const f32, mask: S::Mask) -> S::Vector {
        // SAFETY: the caller guarantees the elements.
        unsafe { simd.load_masked(from, mask) }
    }
    #[inline(always)]
    fn read<S: Simd>(simd: S, from: &[f32]) -> S::Vector {
        simd.read(from)
    }
    #[inline(always)]
    fn transpose<S: Simd>(
        simd: S,
        rows: usize,
        from: &[f32],
        step: usize,
        to: &mut [f32],
        to_step: usize,
    ) {
        simd.transpose(rows, from, step, to, to_step);
    }
    #[inline(always)]
    fn value(self) -> f32 {
        self
    }
}

impl Weight for Bf16 {
    const PREFETCHED: bool = true;

    #[inline(always)]
    unsafe fn load<S: Simd>(simd: S, from: *const Bf16) -> S::Vector {
        // SAFETY: the caller guarantees the elements, and a `Bf16` is its 16 bits.
        unsafe { simd.load_bf16(from.cast()) }
    }
    const PADDED: bool = true;
    #[inline(always)]
    unsafe fn load_masked<S: Simd>(simd: S, from: *const Bf16, _: S::Mask) -> S::Vector {
        // SAFETY: the caller guarantees `LANES` elements, as `PADDED` says.
        unsafe { Self::load(simd, from) }
    }
    #[inline(always)]
    fn read<S: Simd>(simd: S, from: &[Bf16]) -> S::Vector {
        let count = from.len();
        assert!(0 < count && count <= S::LANES, "a slice of 1 to {} elements", S::LANES);
        if count == S::LANES {
            // SAFETY: the slice has `LANES` elements.
            return unsafe { Self::load(simd, from.as_ptr()) };
        }
        let mut all = [0.0; super::MAX_LANES];
        all.iter_mut().zip(from).for_each(|(all, from)| *all = from.to_f32());
        simd.read(&all[..S::LANES])
    }
    #[inline(always)]
    fn transpose<S: Simd>(
        simd: S,
        rows: usize,
        from: &[Bf16],
        step: usize,
        to: &mut [f32],
        to_step: usize,
    ) {
        let mut block = [0.0; 64];
        for (i, block) in block.chunks_exact_mut(8).enumerate().take(rows) {
            block.iter_mut().zip(&from[i * step..][..8]).for_each(|(to, from)| *to = from.to_f32());
        }
        simd.transpose(rows, &block, 8, to, to_step);
    }
    #[inline(always)]
    fn value(self) -> f32 {
        self.to_f32()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounds by comparing with the two neighbours in f64.
    fn reference(x: f32) -> f32 {
        if !x.is_finite() {
            return x;
        }
        let below = f32::from_bits(x.to_bits() & 0xffff_0000);
        let above = f32::from_bits((x.to_bits() & 0xffff_0000).wrapping_add(0x1_0000));
        // The neighbour above the largest finite one is 2^128, which isn't an f32.
        let far =
            if above.is_infinite() { 2f64.powi(128).copysign(x.into()) } else { above.into() };
        let (x, near) = (f64::from(x), f64::from(below));
        let even = below.to_bits() >> 16 & 1 == 0;
        let (down, up) = ((x - near).abs(), (far - x).abs());
        if down < up || (down == up && even) { below } else { above }
    }

    #[test]
    fn rounding_is_to_the_nearest_and_of_two_to_the_even_one() {
        // All upper halves, with the lower halves around a tie.
        for upper in 0..=u16::MAX {
            for lower in [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff] {
                let x = f32::from_bits(u32::from(upper) << 16 | lower);
                let found = Bf16::from_f32(x).to_f32();
                let expected = reference(x);
                let same = found.to_bits() == expected.to_bits() || (found.is_nan() && x.is_nan());
                assert!(
                    same && found.is_sign_negative() == x.is_sign_negative(),
                    "{x:e}: {found:e}"
                );
                let relative = (f64::from(found) - f64::from(x)).abs() / f64::from(x).abs();
                if found.is_finite() && x.is_normal() {
                    assert!(relative <= 2f64.powi(-8), "{x:e} becomes {found:e}");
                }
            }
        }
    }

    #[test]
    fn lists_of_any_length_are_rounded_and_widened_on_any_number_of_threads() {
        let values = |length: u32| (0..length).map(|i| f32::from_bits(i.wrapping_mul(0x9e37_79b9)));
        for length in [0, 1, 15, 16, 17, 1000, 3 * ELEMENTS_PER_TASK as u32 + 5] {
            let from: Vec<f32> = values(length).collect();
            let (mut narrow, mut wide) = (vec![Bf16::NAN; from.len()], vec![f32::NAN; from.len()]);
            round(&from, &mut narrow);
            widen(&narrow, &mut wide);
            let expected = from.iter().map(|&x| Bf16::from_f32(x).to_f32().to_bits());
            assert!(wide.iter().map(|x| x.to_bits()).eq(expected), "{length}");
        }
    }

    #[test]
    fn equality_is_that_of_floats() {
        assert_ne!(Bf16::NAN, Bf16::NAN);
        assert_eq!(Bf16::from_f32(-0.0), Bf16::from_f32(0.0));
        assert_eq!(Bf16::from_bits(0x3f80), Bf16::from_f32(1.0));
    }
}
