//! Attention in tiles against plain loops in f64, and its gradients against finite differences.

use super::*;
use crate::kernel::Float;
use crate::kernel::threads::with_threads;

/// Values in [-1, 1) that look random.
fn values<E: Float>(count: usize, seed: usize) -> Vec<E> {
    let value = |i: usize| ((i * 7919 + seed * 104_729) % 2003) as f64 / 1001.5 - 1.0;
    (0..count).map(|i| E::from_f64(value(i * i % 65_537 + i))).collect()
}

/// Attention with masks of all kinds, some of which are absent.
struct Operands<E> {
    sizes: Sizes,
    inputs: [Vec<E>; 3],
    causal: Option<usize>,
    /// (time, keys), the same for all examples and heads.
    allowed: Option<Vec<bool>>,
    /// (heads, 1, keys), the same for all examples and queries.
    added: Option<Vec<E>>,
}

impl<E: Float> Operands<E> {
    fn new(sizes: Sizes, masks: usize) -> Self {
        let Sizes { batch, time, keys, heads, key_heads, size, width } = sizes;
        let counts = [
            batch * time * heads * size,
            batch * keys * key_heads * size,
            batch * keys * key_heads * width,
        ];
        let mut inputs = [1, 2, 3].map(|seed| values(counts[seed - 1], seed));
        // Scores are far apart, so that the running maximum grows from tile to tile.
        inputs[0].iter_mut().for_each(|x: &mut E| *x = *x * E::from_f64(6.0));
        // Query 1 attends to no key.
        let allowed = (0..time * keys).map(|i| i / keys != 1 && (i * 31 + i / 7) % 5 > 0).collect();
        Self {
            sizes,
            inputs,
            causal: (masks & 1 > 0).then_some(keys.saturating_sub(time)),
            allowed: (masks & 2 > 0).then_some(allowed),
            added: (masks & 4 > 0).then(|| values(heads * keys, 4)),
        }
    }

    fn mask(&self) -> TileMask<'_, E> {
        let keys = self.sizes.keys;
        let allowed = self.allowed.iter().map(|data| Strided { data, strides: [0, 0, keys, 1] });
        let added = self.added.iter().map(|data| Strided { data, strides: [0, keys, 0, 1] });
        TileMask { causal: self.causal, allowed: allowed.collect(), added: added.collect() }
    }

    fn inputs(&self) -> [&[E]; 3] {
        self.inputs.each_ref().map(|x| &x[..])
    }

    fn forward(&self) -> [Vec<E>; 2] {
        let nan = |count| vec![E::from_f64(f64::NAN); count];
        let (mut out, mut sums) =
            (nan(self.sizes.rows() * self.sizes.width), nan(self.sizes.saved()));
        forward(self.sizes, self.inputs(), &self.mask(), &mut out, &mut sums);
        [out, sums]
    }

    fn backward(&self, dy: &[E]) -> [Vec<E>; 3] {
        let [out, sums] = self.forward();
        let nan = |of: &Vec<E>| vec![E::from_f64(f64::NAN); of.len()];
        let mut all = self.inputs.each_ref().map(nan);
        let [query, key, value] = all.each_mut().map(|x| &mut x[..]);
        let gradients = Gradients { query, key, value };
        backward(self.sizes, self.inputs(), &self.mask(), [&out, &sums, dy], gradients);
        all
    }

    fn reference(&self) -> Vec<f64> {
        let Sizes { batch, time, keys, heads, key_heads, size, width } = self.sizes;
        let mut out = vec![0.0; batch * time * heads * width];
        let [q, k, v] =
            self.inputs.each_ref().map(|x| x.iter().map(|x| x.to_f64()).collect::<Vec<_>>());
        let queries = (0..batch)
            .flat_map(|b| (0..time).flat_map(move |t| (0..heads).map(move |h| [b, t, h])));
        for (row, [b, t, h]) in queries.enumerate() {
            let key_row = |s: usize| (b * keys + s) * key_heads + h / (heads / key_heads);
            let score = |s: usize| {
                let open = self.causal.is_none_or(|start| s <= start + t)
                    && self.allowed.as_ref().is_none_or(|allowed| allowed[t * keys + s]);
                let added = self.added.as_ref().map_or(0.0, |added| added[h * keys + s].to_f64());
                let product = (0..size).map(|i| q[row * size + i] * k[key_row(s) * size + i]);
                if open {
                    product.sum::<f64>() / (size as f64).sqrt() + added
                } else {
                    f64::NEG_INFINITY
                }
            };
            let scores: Vec<f64> = (0..keys).map(score).collect();
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = scores.iter().map(|score| (score - most).exp()).sum();
            for (s, score) in scores.iter().enumerate().filter(|_| most > f64::NEG_INFINITY) {
                for i in 0..width {
                    out[row * width + i] +=
                        (score - most).exp() / total * v[key_row(s) * width + i];
                }
            }
        }
        out
    }
}

/// Lengths below, at and above the tile sizes; heads that share keys; values whose width isn't that of the keys.
fn all() -> impl Iterator<Item = (Sizes, usize)> {
    let shapes = [
        [1, 1, 1, 1, 1, 1, 1],
        [2, 5, 7, 4, 2, 3, 5],
        [1, 48, 128, 2, 2, 16, 16],
        [1, 50, 131, 3, 1, 9, 8],
        [1, 3, 300, 2, 1, 8, 17],
        [1, 400, 400, 1, 1, 4, 4],
        [2, 97, 20, 2, 2, 8, 2],
        // A single query, which reads keys and values where they are, and one that shares them.
        [2, 1, 300, 3, 3, 64, 64],
        [1, 1, 150, 2, 2, 5, 130],
        [2, 1, 140, 4, 2, 16, 9],
    ];
    let sizes = |[batch, time, keys, heads, key_heads, size, width]: [usize; 7]| Sizes {
        batch,
        time,
        keys,
        heads,
        key_heads,
        size,
        width,
    };
    shapes.into_iter().map(sizes).flat_map(|sizes| [0, 1, 2, 4, 7].map(|masks| (sizes, masks)))
}

#[test]
fn tiles_give_what_the_matrix_of_all_scores_gives() {
    for (sizes, masks) in all() {
        let (wide, narrow) =
            (Operands::<f64>::new(sizes, masks), Operands::<f32>::new(sizes, masks));
        let expected = wide.reference();
        let ([wide, _], [narrow, _]) = (wide.forward(), narrow.forward());
        for ((wide, narrow), expected) in wide.iter().zip(narrow).zip(&expected) {
            assert!(
                (wide - expected).abs() < 1e-12,
                "{sizes:?} {masks}: {wide}, expected {expected}"
            );
            let narrow = f64::from(narrow);
            assert!((narrow - expected).abs() < 1e-5, "{sizes:?} {masks}: {narrow}, {expected}");
        }
    }
}

/// The n-th of a list of numbers that look random, below `end`.
fn random(n: usize, end: usize) -> usize {
    let x = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x ^ x >> 32) % end as u64) as usize
}

#[test]
fn random_sizes_give_what_the_matrix_of_all_scores_gives_on_any_number_of_threads() {
    for case in 0..30 {
        let pick = |which, end| 1 + random(case * 8 + which, end);
        let key_heads = pick(0, 2);
        let sizes = Sizes {
            batch: pick(1, 2),
            time: if case % 5 == 0 { 1 } else { pick(2, 110) },
            keys: pick(3, 200),
            heads: key_heads * pick(4, 2),
            key_heads,
            size: pick(5, 40),
            width: pick(6, 70),
        };
        let operands = Operands::<f32>::new(sizes, random(case * 8 + 7, 8));
        let [found, _] = with_threads(1, || operands.forward());
        for (found, expected) in found.iter().zip(operands.reference()) {
            assert!((f64::from(*found) - expected).abs() < 3e-5, "{sizes:?}: {found}, {expected}");
        }
        let same = |threads| {
            let [other, _] = with_threads(threads, || operands.forward());
            other.iter().zip(&found).all(|(x, y)| x.to_bits() == y.to_bits())
        };
        assert!(same(2) && same(5), "{sizes:?}");
    }
}

#[test]
fn gradients_are_the_slopes() {
    for (sizes, masks) in all() {
        let operands = Operands::<f64>::new(sizes, masks);
        let dy: Vec<f64> = values(sizes.rows() * sizes.width, 5);
        let gradients = operands.backward(&dy);
        for (which, gradient) in gradients.iter().enumerate() {
            let direction: Vec<f64> = values(gradient.len(), 6 + which);
            let loss = |epsilon: f64| -> f64 {
                let mut moved = Operands::<f64>::new(sizes, masks);
                let inputs = moved.inputs[which].iter_mut().zip(&direction);
                inputs.for_each(|(x, direction)| *x += epsilon * direction);
                moved.forward()[0].iter().zip(&dy).map(|(y, dy)| y * dy).sum()
            };
            let expected = (loss(1e-5) - loss(-1e-5)) / 2e-5;
            let found: f64 = gradient.iter().zip(&direction).map(|(x, d)| x * d).sum();
            let bound = 1e-6 * (1.0 + expected.abs());
            assert!(
                (found - expected).abs() < bound,
                "{sizes:?} {masks} {which}: {found}, {expected}"
            );
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let bits = |x: Vec<f32>| -> Vec<u32> { x.into_iter().map(f32::to_bits).collect() };
    for (sizes, masks) in all() {
        let operands = Operands::<f32>::new(sizes, masks);
        let run = |threads| {
            with_threads(threads, || {
                let dy: Vec<f32> = values(sizes.rows() * sizes.width, 5);
                (operands.forward().map(bits), operands.backward(&dy).map(bits))
            })
        };
        let expected = run(1);
        assert!([2, 3, 8].into_iter().all(|threads| run(threads) == expected), "{sizes:?} {masks}");
    }
}

/// A mask of -1e9 for all keys, as for an example that is all padding: the weights are equal, though `-1e9 + ln 8` is
/// `-1e9` in `f32`.
#[test]
fn gradients_of_rows_with_huge_scores_are_those_of_their_weights() {
    let sizes = Sizes { batch: 1, time: 1, keys: 8, heads: 1, key_heads: 1, size: 4, width: 2 };
    let mut operands = Operands::<f32>::new(sizes, 4);
    operands.added = Some(vec![-1e9; 8]);
    let [_, _, value] = operands.backward(&[1.0, -2.0]);
    assert_eq!(value, [0.125, -0.25].repeat(8));
}

/// In units of `log2 e` the smallest number would be -∞, and the query would attend to no key.
#[test]
fn queries_whose_keys_all_have_the_smallest_number_attend_to_all_alike() {
    let sizes = Sizes { batch: 1, time: 3, keys: 8, heads: 1, key_heads: 1, size: 4, width: 2 };
    let mut operands = Operands::<f32>::new(sizes, 4);
    operands.added = Some(vec![f32::MIN; 8]);
    let [found, _] = operands.forward();
    for i in 0..2 {
        let mean = operands.inputs[2].iter().skip(i).step_by(2).sum::<f32>() / 8.0;
        assert!(found.iter().skip(i).step_by(2).all(|y| (y - mean).abs() < 1e-6), "{found:?}");
    }
}

#[test]
fn infinite_values_of_later_keys_change_no_bit_on_any_number_of_threads() {
    let sizes = Sizes { batch: 1, time: 500, keys: 500, heads: 1, key_heads: 1, size: 4, width: 3 };
    let mut operands = Operands::<f32>::new(sizes, 1);
    operands.inputs[2][3 * 200] = f32::INFINITY;
    let run = |threads| with_threads(threads, || operands.forward()[0].clone());
    let expected = run(1);
    assert!(expected[..3 * 192].iter().all(|y| y.is_finite()), "queries of earlier tiles");
    let same = |y: &[f32]| y.iter().zip(&expected).all(|(y, x)| y.to_bits() == x.to_bits());
    assert!([2, 3, 8].into_iter().all(|threads| same(&run(threads))));
}

#[test]
fn means_of_values_near_the_largest_number_are_finite() {
    let sizes = Sizes { batch: 1, time: 50, keys: 300, heads: 1, key_heads: 1, size: 4, width: 3 };
    for masks in [0, 1, 2, 7] {
        let mut operands = Operands::<f32>::new(sizes, masks);
        operands.inputs[2].iter_mut().for_each(|x| *x = 3e38 + 1e37 * *x);
        let ([found, _], expected) = (operands.forward(), operands.reference());
        for (found, expected) in found.into_iter().zip(expected) {
            let bound = 1e-5 * 3.4e38;
            assert!((f64::from(found) - expected).abs() < bound, "{masks}: {found}, {expected}");
        }
    }
}
