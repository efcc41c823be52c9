//! Groups of numbers brought to mean 0 and variance 1, and the gradient of that.
//!
//! An array `[blocks, height, groups, width]` has one group for each block and each index of the third
//! axis: `height` runs of `width` neighbours. Rows are `[rows, 1, 1, width]`, columns
//! `[1, height, columns, 1]`.
//!
//! Statistics are sums in f64 over two passes: the squares of what is left once the mean is taken off.
//! Sums of f32 neither overflow nor cancel.

mod groups;

pub(crate) use groups::Groups;
use groups::{PART, each_block, sums, write};

use super::{Float, parallel};

/// What is done to each group: `(x - mean) / sqrt(variance + epsilon)`, or without taking the mean off,
/// `x / sqrt(mean of squares + epsilon)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) centred: bool,
    pub(crate) epsilon: f64,
}

/// `out = (x - mean) s` for each group, with s = 1 / sqrt(variance + epsilon).
pub(crate) fn standardize<E: Float>(rule: Rule, of: Groups, x: &[E], out: &mut [E]) {
    each_block(of, out, |range, out| {
        let x = &x[range];
        let (mean, scale) = statistics(rule, of, x);
        write(of, [x, x], out, &mean, &scale, |[x, _], mean, scale| (x - mean) * scale);
    });
}

/// The gradient `s (g - mean(g) - y mean(g y))` for each group, where y is what
/// [`standardize`] gives for x; without `mean(g)` where the rule takes no mean off.
pub(crate) fn standardize_gradient<E: Float>(
    rule: Rule,
    of: Groups,
    [x, g]: [&[E]; 2],
    out: &mut [E],
) {
    each_block(of, out, |range, out| {
        let (x, g) = (&x[range.clone()], &g[range]);
        let count = (of.height * of.width) as f64;
        let (mean, scale) = statistics(rule, of, x);
        let along = sums(of, [x, g], &mean, |[x, g], mean| (x - mean) * g);
        let total = match rule.centred {
            true => sums(of, [g, g], &mean, |[g, _], _| g),
            false => vec![0.0; of.groups],
        };
        let terms = |i: usize| {
            let s = scale[i];
            [mean[i], s, s * total[i] / count, s * s * s * along[i] / count]
        };
        let terms: Vec<[f64; 4]> = (0..of.groups).map(terms).collect();
        write(of, [x, g], out, &mean, &terms, |[x, g], mean, [_, s, total, along]| {
            s * g - total - (x - mean) * along
        });
    });
}

/// For each group of a block its mean, which is 0 where the rule takes none off, and
/// `1 / sqrt(variance + epsilon)`, which is 0 where that is infinite.
fn statistics<E: Float>(rule: Rule, of: Groups, x: &[E]) -> (Vec<f64>, Vec<f64>) {
    let count = (of.height * of.width) as f64;
    let mut mean = vec![0.0; of.groups];
    if rule.centred {
        mean = sums(of, [x, x], &mean, |[x, _], _| x);
        mean.iter_mut().for_each(|mean| *mean /= count);
    }
    let mut scale = sums(of, [x, x], &mean, |[x, _], mean| (x - mean) * (x - mean));
    for scale in &mut scale {
        let spread = *scale / count + rule.epsilon;
        *scale = if spread == 0.0 { 0.0 } else { 1.0 / spread.sqrt() };
    }
    (mean, scale)
}

/// The variance of each group; NaN of an empty one.
pub(crate) fn variance<E: Float>(of: Groups, x: &[E], out: &mut [E]) {
    let count = (of.height * of.width) as f64;
    let block = of.height * of.groups * of.width;
    if block == 0 {
        return out.fill(E::from_f64(f64::NAN));
    }
    parallel::chunks(out, of.groups, of.blocks * block > PART, &|i, out| {
        let x = &x[i * block..][..block];
        let mut mean = sums(of, [x, x], &vec![0.0; of.groups], |[x, _], _| x);
        mean.iter_mut().for_each(|mean| *mean /= count);
        let squares = sums(of, [x, x], &mean, |[x, _], mean| (x - mean) * (x - mean));
        for (out, squares) in out.iter_mut().zip(squares) {
            *out = E::from_f64(squares / count);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain twin: one group after another.
    fn plain(rule: Rule, of: Groups, x: &[f64], g: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut y, mut slope) = (vec![f64::NAN; x.len()], vec![f64::NAN; x.len()]);
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
            places.iter().for_each(|&i| y[i] = (x[i] - mean) * s);
            let total = if rule.centred { mean_of(&|i| g[i]) } else { 0.0 };
            let along = mean_of(&|i| g[i] * y[i]);
            places.iter().for_each(|&i| slope[i] = s * (g[i] - total - y[i] * along));
        }
        (y, slope)
    }

    #[test]
    fn groups_of_every_layout_equal_the_plain_twin() {
        let layouts = [[5, 1, 1, 33], [1, 300, 7, 1], [3, 9, 4, 1], [2, 5, 3, 4], [1, 1, 1, 1]];
        for [blocks, height, groups, width] in layouts.into_iter().chain([[2, 9000, 5, 2]]) {
            let of = Groups { blocks, height, groups, width };
            let numbers = |by: usize| -> Vec<f64> {
                (0..blocks * height * groups * width).map(|i| (i * by % 97) as f64 - 40.0).collect()
            };
            let (x, g) = (numbers(31), numbers(57));
            for centred in [true, false] {
                let rule = Rule { centred, epsilon: 1e-3 };
                let (y, slope) = plain(rule, of, &x, &g);
                let (mut found, mut found_slope) =
                    (vec![f64::NAN; x.len()], vec![f64::NAN; x.len()]);
                standardize(rule, of, &x, &mut found);
                standardize_gradient(rule, of, [&x, &g], &mut found_slope);
                for i in 0..x.len() {
                    assert!((found[i] - y[i]).abs() < 1e-12, "{of:?}, element {i}");
                    assert!((found_slope[i] - slope[i]).abs() < 1e-11, "{of:?}, gradient {i}");
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
        standardize(rule, rows, &x, &mut y);
        assert_eq!(y, [-1.0, 1.0, 1.0, -1.0, 0.0, 0.0]);
    }
}
