//! Argmax of windows: the first maximum, where NaN is larger than every other value. Max-pooling's gradient
//! goes there.

use super::{CHANNELS, Cover, each_position, each_position_onto};
use crate::kernel::Float;

/// The first maxima of a block of channels: which tap of the position it is, and its value.
#[derive(Clone, Copy)]
struct Maxima<E> {
    values: [E; CHANNELS],
    /// As wide as an `f32`, so that values and indices are selected in the same SIMD lanes.
    indices: [u32; CHANNELS],
}

impl<E: Float> Maxima<E> {
    /// The maxima over the taps at `places` (at least one), for `count` channels from `first` on.
    #[inline(always)]
    fn find(image: &[E], places: &[usize], first: usize, count: usize) -> Self {
        let mut old = Self { values: [E::ZERO; CHANNELS], indices: [0; CHANNELS] };
        let mut new = old;
        let at = |place: usize| &image[place + first..][..count];
        old.values[..count].copy_from_slice(at(places[0]));
        let (mut old, mut new) = (&mut old, &mut new);
        let (threes, rest) = places[1..].as_chunks::<3>();
        let mut index = 1;
        for &[i, j, k] in threes {
            old.three_more(at(i), at(j), at(k), index, new);
            std::mem::swap(&mut old, &mut new);
            index += 3;
        }
        for &place in rest {
            old.one_more(at(place), index, new);
            std::mem::swap(&mut old, &mut new);
            index += 1;
        }
        *old
    }

    #[inline(always)]
    fn three_more(&self, a: &[E], b: &[E], c: &[E], index: u32, new: &mut Self) {
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
    fn one_more(&self, x: &[E], index: u32, new: &mut Self) {
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

/// `out[b, p, c] = y[..]` at the tap of `p` where `x` has its first maximum; 0 if `p` has no taps.
pub(crate) fn pick<E: Float>(cover: &Cover, channels: usize, x: &[E], y: &[E], out: &mut [E]) {
    let image = cover.image(channels);
    each_position(
        cover,
        channels,
        out,
        #[inline(always)]
        |b, places, out| {
            let (x, y) = (&x[b * image..][..image], &y[b * image..][..image]);
            out.fill(E::ZERO);
            if places.is_empty() {
                return;
            }
            for (i, out) in out.chunks_mut(CHANNELS).enumerate() {
                let first = i * CHANNELS;
                let maxima = Maxima::find(x, places, first, out.len());
                for (&place, index) in places.iter().zip(0..) {
                    let y = &y[place + first..][..out.len()];
                    for ((out, &best), &y) in out.iter_mut().zip(&maxima.indices).zip(y) {
                        *out = if best == index { y } else { *out };
                    }
                }
            }
        },
    );
}

/// The transpose of [`pick`]: adds each element of `dy` to the tap of the first maximum.
pub(crate) fn scatter<E: Float>(cover: &Cover, channels: usize, x: &[E], dy: &[E], dx: &mut [E]) {
    let image = cover.image(channels);
    each_position_onto(
        cover,
        channels,
        dy,
        dx,
        #[inline(always)]
        |b, places, dy, dx| {
            let x = &x[b * image..][..image];
            if places.is_empty() {
                return;
            }
            for (i, dy) in dy.chunks(CHANNELS).enumerate() {
                let first = i * CHANNELS;
                let maxima = Maxima::find(x, places, first, dy.len());
                for (&place, index) in places.iter().zip(0..) {
                    let dx = &mut dx[place + first..][..dy.len()];
                    for ((dx, &best), &dy) in dx.iter_mut().zip(&maxima.indices).zip(dy) {
                        *dx += if best == index { dy } else { E::ZERO };
                    }
                }
            }
        },
    );
}
