//! Random numbers for the order of items and for augmentation.

use std::f64::consts::TAU;

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// A random stream of a loader: for the order of an epoch, for one item, or for one batch. Its numbers depend on the
/// seed, the epoch and the position in the epoch only, on every machine and for any number of workers.
///
/// ```
/// use nnx_train::Random;
///
/// let mut random = Random::new(0);
/// assert!(random.below(6) < 6);
/// assert!((0.0..1.0).contains(&random.uniform()));
/// assert_eq!(Random::at(7, 2, 5).below(1000), Random::at(7, 2, 5).below(1000));
/// ```
#[derive(Clone, Debug)]
pub struct Random(Xoshiro256PlusPlus);

impl Random {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// The stream of a position in an epoch.
    #[must_use]
    pub fn at(seed: u64, epoch: u64, position: u64) -> Self {
        Self::new(mixed(mixed(mixed(seed) ^ epoch) ^ position))
    }

    /// A number from 0 to less than `n`; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.0.random_range(0..n) }
    }

    /// A number from 0 to less than 1.
    pub fn uniform(&mut self) -> f64 {
        self.0.random()
    }

    /// A number from `low` to less than `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        (f64::from(low) + self.uniform() * (f64::from(high) - f64::from(low))) as f32
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A number of the standard normal distribution (Box and Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        // 1 - u is above 0, so its logarithm is finite.
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }

    /// A number of the gamma distribution with this shape and scale 1 (Marsaglia and Tsang, 2000). The shape is above
    /// 0.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let power = (1.0 - self.uniform()).powf(1.0 / shape);
            return self.gamma(shape + 1.0) * power;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && (1.0 - self.uniform()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// A number of the beta distribution with both parameters `alpha`; 0.5 where both gamma variates underflow.
    pub(crate) fn beta(&mut self, alpha: f64) -> f64 {
        let (x, y) = (self.gamma(alpha), self.gamma(alpha));
        if x + y > 0.0 { x / (x + y) } else { 0.5 }
    }

    /// Puts the elements in a random order.
    pub fn shuffle<T>(&mut self, elements: &mut [T]) {
        elements.shuffle(&mut self.0);
    }
}

/// The finalizer of SplitMix64: each bit of the result depends on all bits of the number.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of 20,000 numbers.
    fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let numbers: Vec<f64> = (0..20_000).map(|_| draw()).collect();
        let mean = numbers.iter().sum::<f64>() / 20_000.0;
        (mean, numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0)
    }

    #[test]
    fn normal_and_beta_have_the_moments_of_their_definitions() {
        let mut random = Random::new(1);
        let (mean, variance) = moments(|| random.normal());
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        for alpha in [0.2, 1.0, 3.0] {
            let (mean, variance) = moments(|| random.beta(alpha));
            // Five standard errors; the variance of Beta(a, a) is 1 / (4 (2 a + 1)).
            let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            assert!((mean - 0.5).abs() < 0.02, "{alpha}: {mean}");
            assert!((variance / expected - 1.0).abs() < 0.06, "{alpha}: {variance}");
        }
    }

    #[test]
    fn nearby_positions_have_unrelated_streams() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..10 {
            for epoch in 0..10 {
                for position in 0..10 {
                    seen.insert(Random::at(seed, epoch, position).below(usize::MAX));
                }
            }
        }
        assert_eq!(seen.len(), 1000);
    }
}
