//! Groups of numbers brought to mean 0 and variance 1, and the gradient of that.
//!
//! An array `[blocks, height, groups, width]` has one group for each block and each index of the third
//! axis: `height` runs of `width` neighbours. Rows are `[rows, 1, 1, width]`, columns
//! `[1, height, columns, 1]`.
//!
//! Statistics are sums in f64 over two passes: the squares of what is left once the mean is taken off.
//! Sums of f32 neither overflow nor cancel.

mod affine;
mod groups;

pub(crate) use affine::{normalize, normalize_gradient};
pub(crate) use groups::Groups;
use groups::{PART, along, columns, gathered, spread};

use super::{Float, parallel, vectorize};

/// What is done to each group: `(x - mean) / sqrt(variance + epsilon)`, or without taking the mean off,
/// `x / sqrt(mean of squares + epsilon)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) centred: bool,
    pub(crate) epsilon: f64,
}

impl Rule {
    /// `1 / sqrt(variance + epsilon)`, which is 0 where that is infinite.
    #[inline(always)]
    fn factor(self, variance: f64) -> f64 {
        let spread = variance + self.epsilon;
        if spread == 0.0 { 0.0 } else { 1.0 / spread.sqrt() }
    }
}

/// The mean of each group of a block and its variance, by two passes.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    pub(crate) mean: Vec<f64>,
    pub(crate) variance: Vec<f64>,
}

impl Moments {
    /// Those of a block; about 0, where it isn't to be centred.
    pub(crate) fn of<E: Float>(of: Groups, x: &[E], centred: bool) -> Self {
        let mut mean = vec![0.0; of.groups];
        let means =
            |sums: &[f64]| -> Vec<f64> { sums.iter().map(|sum| sum / of.count()).collect() };
        if of.are_rows() {
            if centred {
                mean = means(&[vectorize(|| along(x, |x| x))]);
            }
            let about = mean[0];
            let squares = vectorize(|| along(x, |x| (x - about) * (x - about)));
            return Self { mean, variance: means(&[squares]) };
        }
        let sums = |columns: Vec<f64>| means(&gathered(&columns, of.width));
        if centred {
            mean = sums(columns(of, x, &vec![0.0; of.row()], |x, _| x));
        }
        let about = spread(&mean, of.width);
        let variance = sums(columns(of, x, &about, |x, mean| (x - mean) * (x - mean)));
        Self { mean, variance }
    }
}

/// The variance of each group; NaN of an empty one.
pub(crate) fn variance<E: Float>(of: Groups, x: &[E], out: &mut [E]) {
    let block = of.block();
    if block == 0 {
        return out.fill(E::from_f64(f64::NAN));
    }
    parallel::chunks(out, of.groups, of.blocks * block > PART, &|i, out| {
        let moments = Moments::of(of, &x[i * block..][..block], true);
        for (out, variance) in out.iter_mut().zip(moments.variance) {
            *out = E::from_f64(variance);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain twin: one group after another. The output; the gradients with respect to x, scale and
    /// bias.
    fn plain(
        rule: Rule,
        of: Groups,
        [x, g]: [&[f64]; 2],
        [scale, bias]: [&[f64]; 2],
    ) -> [Vec<f64>; 4] {
        let (mut y, mut slope) = (vec![f64::NAN; x.len()], vec![f64::NAN; x.len()]);
        let (mut along_scale, mut along_bias) = (vec![0.0; of.row()], vec![0.0; of.row()]);
        for group in 0..of.blocks * of.groups {
            let (block, column) = (group / of.groups, group % of.groups);
            let run = |h: usize| ((block * of.height + h) * of.groups + column) * of.width;
            let places: Vec<usize> =
                (0..of.height).flat_map(|h| run(h)..run(h) + of.width).collect();
            let mean_of = |f: &dyn Fn(usize) -> f64| {
                places.iter().map(|&i| f(i)).sum::<f64>() / places.len() as f64
            };
            let mean = if rule.centred { mean_of(&|i| x[i]) } else { 0.0 };
            let s = 1.0 / (mean_of(&|i| (x[i] - mean).powi(2)) + rule.epsilon).sqrt();
            let standard = |i: usize| (x[i] - mean) * s;
            let scaled = |i: usize| g[i] * scale[i % of.row()];
            let total = if rule.centred { mean_of(&scaled) } else { 0.0 };
            let along = mean_of(&|i| scaled(i) * standard(i));
            for &i in &places {
                let column = i % of.row();
                y[i] = standard(i) * scale[column] + bias[column];
                slope[i] = s * (scaled(i) - total - standard(i) * along);
                along_scale[column] += g[i] * standard(i);
                along_bias[column] += g[i];
            }
        }
        [y, slope, along_scale, along_bias]
    }

    fn close(name: &str, found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len(), "{name}");
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            let error = (found - expected).abs();
            assert!(error <= tolerance * expected.abs().max(1.0), "{name}, element {i}: {error}");
        }
    }

    #[test]
    fn groups_of_every_layout_equal_the_plain_twin() {
        let layouts = [[5, 1, 1, 33], [1, 300, 7, 1], [3, 9, 4, 1], [2, 5, 3, 4], [1, 1, 1, 1]];
        let more = [[2, 9000, 5, 2], [3, 1, 4, 2], [90, 1, 1, 900], [1, 9, 1, 1]];
        for [blocks, height, groups, width] in layouts.into_iter().chain(more) {
            let of = Groups { blocks, height, groups, width };
            let numbers = |length: usize, by: usize| -> Vec<f64> {
                (0..length).map(|i| (i * by % 97) as f64 - 40.0).collect()
            };
            let length = blocks * of.block();
            let (x, g) = (numbers(length, 31), numbers(length, 57));
            let (scale, bias) = (numbers(of.row(), 13), numbers(of.row(), 29));
            for centred in [true, false] {
                let rule = Rule { centred, epsilon: 1e-3 };
                let expected = plain(rule, of, [&x, &g], [&scale, &bias]);
                let known = (blocks == 1).then(|| Moments::of(of, &x, centred));
                for moments in [None, known.as_ref()] {
                    let (mut y, mut slope) = (vec![f64::NAN; length], vec![f64::NAN; length]);
                    normalize(rule, of, moments, &x, [&scale, &bias], &mut y);
                    let [along_scale, along_bias] =
                        normalize_gradient(rule, of, moments, [&x, &g, &scale], &mut slope);
                    let found = [y, slope, along_scale, along_bias];
                    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
                        close(&format!("{of:?}, {i}"), found, expected, 1e-10);
                    }
                }
            }
        }
    }

    #[test]
    fn far_from_zero_and_at_the_edge_of_the_type_nothing_is_lost() {
        let rule = Rule { centred: true, epsilon: 0.0 };
        let rows = Groups { blocks: 3, height: 1, groups: 1, width: 2 };
        let x = [1e7f32, 1e7 + 1.0, f32::MAX, -f32::MAX, 5.0, 5.0];
        let mut y = [f32::NAN; 6];
        normalize(rule, rows, None, &x, [&[1.0; 2], &[0.0; 2]], &mut y);
        assert_eq!(y, [-1.0, 1.0, 1.0, -1.0, 0.0, 0.0]);
    }
}
