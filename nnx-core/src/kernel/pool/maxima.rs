//! Where the first maxima of windows stand. A NaN is larger than all numbers.

use super::{Cover, Covered, LANES, each_position, each_position_onto};
use crate::kernel::Float;

/// For `N` channels from `image[from]` on, which of the elements that a position covers is the first
/// maximum: the first, the second, ..
#[inline(always)]
fn first_maxima<const N: usize, E: Float>(
    covered: Covered<'_>,
    image: &[E],
    from: usize,
) -> [u32; N] {
    // Numbers of the width of an `f32`, so that both are compared and chosen in the same vector lanes.
    let (mut maxima, mut indices) = ([E::NEG_INFINITY; N], [0; N]);
    let mut index = 0;
    covered.each(|place| {
        let lanes = maxima.iter_mut().zip(&mut indices);
        for ((max, best), &x) in lanes.zip(&image[place + from..][..N]) {
            let larger = x > *max || (x.is_nan() && !max.is_nan()) || index == 0;
            *max = if larger { x } else { *max };
            *best = if larger { index } else { *best };
        }
        index += 1;
    });
    indices
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
            let (chunks, rest) = out.as_chunks_mut::<LANES>();
            let behind = chunks.len() * LANES;
            for (i, out) in chunks.iter_mut().enumerate() {
                pick_lanes(covered, x, y, i * LANES, out);
            }
            for (i, out) in rest.iter_mut().enumerate() {
                pick_lanes(covered, x, y, behind + i, std::array::from_mut(out));
            }
        },
    );
}

#[inline(always)]
fn pick_lanes<const N: usize, E: Float>(
    covered: Covered<'_>,
    x: &[E],
    y: &[E],
    from: usize,
    out: &mut [E; N],
) {
    let maxima = first_maxima::<N, E>(covered, x, from);
    let (mut picked, mut index) = ([E::ZERO; N], 0);
    covered.each(|place| {
        let lanes = picked.iter_mut().zip(&maxima);
        for ((picked, &maximum), &y) in lanes.zip(&y[place + from..][..N]) {
            *picked = if maximum == index { y } else { *picked };
        }
        index += 1;
    });
    *out = picked;
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
            let (chunks, rest) = dy.as_chunks::<LANES>();
            let behind = chunks.len() * LANES;
            for (i, dy) in chunks.iter().enumerate() {
                scatter_lanes(covered, x, dy, i * LANES, dx);
            }
            for (i, dy) in rest.iter().enumerate() {
                scatter_lanes(covered, x, std::array::from_ref(dy), behind + i, dx);
            }
        },
    );
}

#[inline(always)]
fn scatter_lanes<const N: usize, E: Float>(
    covered: Covered<'_>,
    x: &[E],
    dy: &[E; N],
    from: usize,
    dx: &mut [E],
) {
    let maxima = first_maxima::<N, E>(covered, x, from);
    let mut index = 0;
    covered.each(|place| {
        let lanes = dx[place + from..][..N].iter_mut().zip(&maxima);
        for ((dx, &maximum), &dy) in lanes.zip(dy) {
            *dx += if maximum == index { dy } else { E::ZERO };
        }
        index += 1;
    });
}
