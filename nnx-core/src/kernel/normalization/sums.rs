//! Sums along rows, in the arithmetic of a type `W`.
//!
//! Short runs are summed in that type and the runs in f64, so that the error doesn't grow with the length.
//! The summation order depends on the sizes alone: 64 accumulators, which are added as a tree.

use crate::kernel::Float;
use crate::kernel::reduce::pairwise_sum;
use crate::kernel::scratch::List;

/// The elements as `f64`.
pub(super) fn to_f64<E: Float>(x: &[E]) -> List<f64> {
    x.iter().map(|x| x.to_f64()).collect()
}

/// Rounds `f64` to the type of `out`.
pub(super) fn round_from_f64<E: Float>(x: &[f64], out: &mut [E]) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = E::from_f64(x);
    }
}

/// Accumulators of a sum along a row.
const ACCUMULATORS: usize = 64;
const UNROLLED: usize = 4 * ACCUMULATORS;
/// Elements of a run along a row: the sums of runs are added in f64.
const ROW_RUN: usize = 2048;

/// A value in the type of the arithmetic.
#[inline(always)]
pub(super) fn convert<E: Float, W: Float>(x: E) -> W {
    W::from_f64(x.to_f64())
}

/// One or two sums along a row of what `terms` returns for the elements of three rows. The second sum is 0
/// unless `TWO`.
#[inline(always)]
pub(super) fn row_sums<E: Float, W: Float, const TWO: bool>(
    [x, y, z]: [&[E]; 3],
    terms: impl Fn(W, W, W) -> (W, W),
) -> [f64; 2] {
    let mut totals = [0.0; 2];
    for ((x, y), z) in x.chunks(ROW_RUN).zip(y.chunks(ROW_RUN)).zip(z.chunks(ROW_RUN)) {
        let (mut sums, mut others) = ([W::ZERO; ACCUMULATORS], [W::ZERO; ACCUMULATORS]);
        let fours =
            (x.as_chunks::<UNROLLED>(), y.as_chunks::<UNROLLED>(), z.as_chunks::<UNROLLED>());
        // Four elements per accumulator in each step: the accumulators are loaded and stored once for them.
        for ((x, y), z) in fours.0.0.iter().zip(fours.1.0).zip(fours.2.0) {
            for lane in 0..ACCUMULATORS {
                let [one, two, three] =
                    [ACCUMULATORS + lane, 2 * ACCUMULATORS + lane, 3 * ACCUMULATORS + lane];
                let (a0, b0) = terms(convert(x[lane]), convert(y[lane]), convert(z[lane]));
                let (a1, b1) = terms(convert(x[one]), convert(y[one]), convert(z[one]));
                let (a2, b2) = terms(convert(x[two]), convert(y[two]), convert(z[two]));
                let (a3, b3) = terms(convert(x[three]), convert(y[three]), convert(z[three]));
                sums[lane] += (a0 + a1) + (a2 + a3);
                if TWO {
                    others[lane] += (b0 + b1) + (b2 + b3);
                }
            }
        }
        let rest = fours
            .0
            .1
            .chunks(ACCUMULATORS)
            .zip(fours.1.1.chunks(ACCUMULATORS))
            .zip(fours.2.1.chunks(ACCUMULATORS));
        for ((x, y), z) in rest {
            let lanes = sums.iter_mut().zip(&mut others);
            for ((sum, other), ((&x, &y), &z)) in lanes.zip(x.iter().zip(y).zip(z)) {
                let (a, b) = terms(convert(x), convert(y), convert(z));
                *sum += a;
                if TWO {
                    *other += b;
                }
            }
        }
        totals[0] += sum_accumulators(&mut sums);
        if TWO {
            totals[1] += sum_accumulators(&mut others);
        }
    }
    totals
}

/// The sum of the accumulators, as a tree.
#[inline(always)]
fn sum_accumulators<W: Float>(lanes: &mut [W; ACCUMULATORS]) -> f64 {
    let (left, right) = lanes.split_at_mut(ACCUMULATORS / 2);
    left.iter_mut().zip(&*right).for_each(|(left, &right)| *left += right);
    let (left, right) = left.split_at_mut(ACCUMULATORS / 4);
    left.iter_mut().zip(&*right).for_each(|(left, &right)| *left += right);
    pairwise_sum(left.as_array().expect("16 lanes")).to_f64()
}
