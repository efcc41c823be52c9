//! Folds the points of a position: small windows in registers, others by blocks of channels.

use super::CHANNEL_BLOCK;
use crate::kernel::Float;

/// What is done with points: two are combined, and groups of folded channels are finished.
type Steps<'a, C, F> = (&'a C, &'a F);

/// Folds the points of a small window, in the order of [`fold_run`].
#[inline(always)]
pub(super) fn fold_few<E: Float, const POINTS: usize>(
    image: &[E],
    offsets: [usize; POINTS],
    out: &mut [E],
    steps: Steps<'_, impl Fn(E, E) -> E, impl Fn(&mut [E])>,
) {
    let points = offsets.map(|offset| &image[offset..][..out.len()]);
    let first = fold_lanes::<E, POINTS, 32>(points, 0, out, steps);
    let first = fold_lanes::<E, POINTS, 8>(points, first, out, steps);
    fold_lanes::<E, POINTS, 1>(points, first, out, steps);
}

/// Folds whole groups of channels from `first` on; returns the first channel that isn't folded. The number of channels of
/// a group is known to the compiler, so their values stay in registers.
#[inline(always)]
fn fold_lanes<E: Float, const POINTS: usize, const LANES: usize>(
    points: [&[E]; POINTS],
    first: usize,
    out: &mut [E],
    (combine, finish): Steps<'_, impl Fn(E, E) -> E, impl Fn(&mut [E])>,
) -> usize {
    let groups = out[first..].as_chunks_mut::<LANES>().0;
    let end = first + groups.len() * LANES;
    for (i, out) in groups.iter_mut().enumerate() {
        let group = |point: usize| -> [E; LANES] {
            *points[point][first + i * LANES..].first_chunk().expect("as many channels as out")
        };
        let (mut folded, mut next) = (group(0), 1);
        while next + 3 <= POINTS {
            let [a, b, c] = [group(next), group(next + 1), group(next + 2)];
            for lane in 0..LANES {
                folded[lane] = combine(combine(folded[lane], a[lane]), combine(b[lane], c[lane]));
            }
            next += 3;
        }
        while next < POINTS {
            let a = group(next);
            for lane in 0..LANES {
                folded[lane] = combine(folded[lane], a[lane]);
            }
            next += 1;
        }
        finish(&mut folded);
        *out = folded;
    }
    end
}

/// Folds the points of a window of any size, by blocks of channels.
#[inline(always)]
pub(super) fn fold_many<E: Float, const RUN: usize>(
    image: &[E],
    offsets: &[usize],
    out: &mut [E],
    (combine, finish): Steps<'_, impl Fn(E, E) -> E, impl Fn(&mut [E])>,
) {
    let (first, others) = offsets.split_at(RUN.min(offsets.len()));
    for (i, out) in out.chunks_mut(CHANNEL_BLOCK).enumerate() {
        let (mut old, mut new) = ([E::ZERO; CHANNEL_BLOCK], [E::ZERO; CHANNEL_BLOCK]);
        let (old, new) = (&mut old[..out.len()], &mut new[..out.len()]);
        let width = out.len();
        let at = |offset: usize| &image[offset + i * CHANNEL_BLOCK..][..width];
        out.copy_from_slice(fold_run(first, at, old, new, combine));
        for run in others.chunks(others.len().isqrt().max(RUN)) {
            let folded = fold_run(run, at, old, new, combine);
            out.iter_mut().zip(folded).for_each(|(out, x)| *out = combine(*out, *x));
        }
        finish(out);
    }
}

/// Folds the points of one run of a large window.
#[inline(always)]
fn fold_run<'a, 'x, E: Float>(
    offsets: &[usize],
    at: impl Fn(usize) -> &'x [E],
    mut old: &'a mut [E],
    mut new: &'a mut [E],
    combine: &impl Fn(E, E) -> E,
) -> &'a mut [E] {
    old.copy_from_slice(at(offsets[0]));
    let (threes, rest) = offsets[1..].as_chunks::<3>();
    for &[j, k, l] in threes {
        fold_three(old, at(j), at(k), at(l), new, combine);
        std::mem::swap(&mut old, &mut new);
    }
    for &offset in rest {
        for ((new, &old), &x) in new.iter_mut().zip(&*old).zip(at(offset)) {
            *new = combine(old, x);
        }
        std::mem::swap(&mut old, &mut new);
    }
    old
}

#[inline(always)]
fn fold_three<E: Float>(
    old: &[E],
    a: &[E],
    b: &[E],
    c: &[E],
    new: &mut [E],
    combine: &impl Fn(E, E) -> E,
) {
    for ((new, (&old, &a)), (&b, &c)) in new.iter_mut().zip(old.iter().zip(a)).zip(b.iter().zip(c))
    {
        *new = combine(combine(old, a), combine(b, c));
    }
}
