//! Argmax of windows: the first maximum, where NaN is larger than every other value. The gradient of max-pooling flows
//! to these elements.

use super::{CHANNEL_BLOCK, Coverage, for_each_position, for_each_position_into};
use crate::kernel::Float;

/// The first maxima of a block of channels: which point of the position it is, and its value.
#[derive(Clone, Copy)]
pub(super) struct MaxIndex<E> {
    pub(super) values: [E; CHANNEL_BLOCK],
    /// The index type is as wide as an `f32`, so that values and indices are selected in the same SIMD lanes.
    pub(super) indices: [u32; CHANNEL_BLOCK],
}

impl<E: Float> MaxIndex<E> {
    /// The maxima over the points at `offsets` (at least one), for `count` channels from `first` on.
    #[inline(always)]
    pub(super) fn find(image: &[E], offsets: &[usize], first: usize, count: usize) -> Self {
        let mut old = Self { values: [E::ZERO; CHANNEL_BLOCK], indices: [0; CHANNEL_BLOCK] };
        let mut new = old;
        let at = |offset: usize| &image[offset + first..][..count];
        old.values[..count].copy_from_slice(at(offsets[0]));
        let (mut old, mut new) = (&mut old, &mut new);
        let (threes, rest) = offsets[1..].as_chunks::<3>();
        let mut index = 1;
        for &[i, j, k] in threes {
            old.fold_three(at(i), at(j), at(k), index, new);
            std::mem::swap(&mut old, &mut new);
            index += 3;
        }
        for &offset in rest {
            old.fold_one(at(offset), index, new);
            std::mem::swap(&mut old, &mut new);
            index += 1;
        }
        *old
    }

    #[inline(always)]
    fn fold_three(&self, a: &[E], b: &[E], c: &[E], index: u32, new: &mut Self) {
        let old = self.values.iter().zip(&self.indices);
        let news = new.values.iter_mut().zip(&mut new.indices);
        let inputs = a.iter().zip(b).zip(c);
        for (((value, best), (&old, &old_best)), ((&a, &b), &c)) in news.zip(old).zip(inputs) {
            let found = larger((old, old_best), (a, index));
            let found = larger(found, (b, index + 1));
            (*value, *best) = larger(found, (c, index + 2));
        }
    }

    #[inline(always)]
    fn fold_one(&self, x: &[E], index: u32, new: &mut Self) {
        let old = self.values.iter().zip(&self.indices);
        let news = new.values.iter_mut().zip(&mut new.indices);
        for (((value, best), (&old, &old_best)), &x) in news.zip(old).zip(x) {
            (*value, *best) = larger((old, old_best), (x, index));
        }
    }
}

/// The larger value with its index; the first one if they are equal.
#[inline(always)]
fn larger<E: Float>(first: (E, u32), second: (E, u32)) -> (E, u32) {
    let takes = second.0 > first.0 || (second.0.is_nan() && !first.0.is_nan());
    (if takes { second.0 } else { first.0 }, if takes { second.1 } else { first.1 })
}

/// `out[b, p, c] = y[..]` at the point of `p` where `x` has its first maximum; 0 if `p` has no points.
pub(crate) fn gather<E: Float>(
    coverage: &Coverage,
    channels: usize,
    x: &[E],
    y: &[E],
    out: &mut [E],
) {
    let image = coverage.image(channels);
    for_each_position(
        coverage,
        channels,
        out,
        #[inline(always)]
        |b, offsets, out| {
            let (x, y) = (&x[b * image..][..image], &y[b * image..][..image]);
            out.fill(E::ZERO);
            if offsets.is_empty() {
                return;
            }
            for (i, out) in out.chunks_mut(CHANNEL_BLOCK).enumerate() {
                let first = i * CHANNEL_BLOCK;
                let max_index = MaxIndex::find(x, offsets, first, out.len());
                for (&offset, index) in offsets.iter().zip(0..) {
                    let y = &y[offset + first..][..out.len()];
                    for ((out, &best), &y) in out.iter_mut().zip(&max_index.indices).zip(y) {
                        *out = if best == index { y } else { *out };
                    }
                }
            }
        },
    );
}

/// The transpose of [`gather`]: adds each element of `dy` to the point of the first maximum.
pub(crate) fn scatter<E: Float>(
    coverage: &Coverage,
    channels: usize,
    x: &[E],
    dy: &[E],
    dx: &mut [E],
) {
    let image = coverage.image(channels);
    for_each_position_into(
        coverage,
        channels,
        dy,
        dx,
        #[inline(always)]
        |b, offsets, dy, dx| {
            let x = &x[b * image..][..image];
            if offsets.is_empty() {
                return;
            }
            for (i, dy) in dy.chunks(CHANNEL_BLOCK).enumerate() {
                let first = i * CHANNEL_BLOCK;
                let max_index = MaxIndex::find(x, offsets, first, dy.len());
                for (&offset, index) in offsets.iter().zip(0..) {
                    let dx = &mut dx[offset + first..][..dy.len()];
                    for ((dx, &best), &dy) in dx.iter_mut().zip(&max_index.indices).zip(dy) {
                        *dx += if best == index { dy } else { E::ZERO };
                    }
                }
            }
        },
    );
}
