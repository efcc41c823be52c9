//! Where the first maxima of windows stand. A NaN is larger than all numbers.

use super::{Cover, Covered, each_position, each_position_onto};
use crate::kernel::Float;

/// Channels that are worked on one after the other. What is known of them stays in the nearest cache.
const CHANNELS: usize = 64;

/// Calls `work` with the first of some channels and their number, until all are done.
#[inline(always)]
fn each_part(channels: usize, mut work: impl FnMut(usize, usize)) {
    for first in (0..channels).step_by(CHANNELS) {
        work(first, CHANNELS.min(channels - first));
    }
}

/// The maxima of some channels, from `image[from]` on, over what a position covers.
#[inline(always)]
fn maxima<E: Float>(covered: Covered<'_>, image: &[E], from: usize, maxima: &mut [E]) {
    maxima.fill(E::NEG_INFINITY);
    covered.each(|place| {
        for (max, &x) in maxima.iter_mut().zip(&image[place + from..]) {
            *max = if x > *max || x.is_nan() { x } else { *max };
        }
    });
}

/// Is `x` the maximum of what is covered? A NaN always is: then the maximum is NaN too.
#[inline(always)]
fn is_maximum<E: Float>(x: E, max: E) -> bool {
    // Both are asked, without a branch, which vectors can't have.
    (x == max) | x.is_nan()
}

/// `out[b, p, c] = y[..]` where `x` has the first maximum of what `p` covers; 0 where that is nothing.
pub(crate) fn pick<E: Float>(cover: &Cover, channels: usize, x: &[E], y: &[E], out: &mut [E]) {
    let image = cover.image(channels);
    each_position(
        cover,
        channels,
        out,
        #[inline(always)]
        |b, covered, out| {
            let [x, y] = [x, y].map(|x| &x[b * image..][..image]);
            let (mut max, mut open) = ([E::ZERO; CHANNELS], [E::ZERO; CHANNELS]);
            each_part(channels, |from, count| {
                let (max, out) = (&mut max[..count], &mut out[from..][..count]);
                maxima(covered, x, from, max);
                out.fill(E::ZERO);
                // 1 until the maximum is found.
                open.fill(E::ONE);
                covered.each(|place| {
                    let (x, y) = (&x[place + from..][..count], &y[place + from..][..count]);
                    for i in 0..count {
                        let found = is_maximum(x[i], max[i]);
                        out[i] = if found & (open[i] == E::ONE) { y[i] } else { out[i] };
                        open[i] = if found { E::ZERO } else { open[i] };
                    }
                });
            });
        },
    );
}

/// The transpose of [`pick`]: each element of `dy` is added to the position of the first maximum.
pub(crate) fn scatter<E: Float>(cover: &Cover, channels: usize, x: &[E], dy: &[E], dx: &mut [E]) {
    let image = cover.image(channels);
    each_position_onto(
        cover,
        channels,
        dy,
        dx,
        #[inline(always)]
        |b, covered, dy, dx| {
            let x = &x[b * image..][..image];
            let (mut max, mut left) = ([E::ZERO; CHANNELS], [E::ZERO; CHANNELS]);
            each_part(channels, |from, count| {
                let (max, left) = (&mut max[..count], &mut left[..count]);
                maxima(covered, x, from, max);
                // What no element has got yet.
                left.copy_from_slice(&dy[from..][..count]);
                covered.each(|place| {
                    let (x, dx) = (&x[place + from..][..count], &mut dx[place + from..][..count]);
                    for i in 0..count {
                        let found = is_maximum(x[i], max[i]);
                        dx[i] += if found { left[i] } else { E::ZERO };
                        left[i] = if found { E::ZERO } else { left[i] };
                    }
                });
            });
        },
    );
}
