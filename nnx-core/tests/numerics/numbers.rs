//! A seeded generator of extreme values, and comparisons.

use nnx_core::array::{Array, DType};
use nnx_core::ops::DynTensor;

/// The generator of this name (Steele, Lea and Flood, 2014).
pub(crate) struct SplitMix64(pub(crate) u64);

impl SplitMix64 {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.bits() % n as u64).expect("below n")
    }

    pub(crate) fn one_of(&mut self, of: &[f64]) -> f64 {
        of[self.below(of.len())]
    }

    /// Uniform in -1 to 1, exact in f32.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.bits() >> 40) as f64 - 8_388_608.0) / 8_388_608.0
    }

    /// Of random sign and of a size between 2^low and 2^high, exact in f32.
    pub(crate) fn spread(&mut self, low: i32, high: i32) -> f64 {
        let span = usize::try_from(high - low).expect("ascending");
        let exponent = low + i32::try_from(self.below(span)).expect("a few");
        let size = 1.0 + (self.bits() >> 41) as f64 / 8_388_608.0;
        if self.bits() & 1 == 0 { size * 2f64.powi(exponent) } else { -size * 2f64.powi(exponent) }
    }
}

/// The sum, compensated by the rounding error of each addition (Neumaier, 1974).
pub(crate) fn exact_sum(x: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0);
    for x in x {
        let next = sum + x;
        lost += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
        sum = next;
    }
    sum + lost
}

pub(crate) const FLOATS: [DType; 2] = [DType::F32, DType::F64];

/// The distance from 1 to the next number.
pub(crate) fn epsilon(dtype: DType) -> f64 {
    if dtype == DType::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON }
}

pub(crate) fn tensor(elements: Vec<f64>, dims: &[usize], dtype: DType) -> DynTensor {
    let wide = Array::new(elements, dims).expect("as many elements as the shape holds");
    DynTensor::from(wide).cast(dtype)
}

pub(crate) fn elements(x: &DynTensor) -> Vec<f64> {
    x.clone().stop_gradient().cast(DType::F64).array().to_vec().expect("cast to f64")
}

/// Asserts that a number is the expected one within an error; equal infinities and two NaNs are the same.
#[track_caller]
pub(crate) fn assert_near(found: f64, expected: f64, allowed: f64, what: impl std::fmt::Display) {
    let same = found == expected || (found.is_nan() && expected.is_nan());
    let near = (found - expected).abs() <= allowed;
    assert!(same || near, "{what}: {found:e} instead of {expected:e}");
}
