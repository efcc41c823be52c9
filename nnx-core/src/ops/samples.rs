//! The samples of random draws, as slices: which function of `random` draws them.

use super::attributes::AttributeValue;
use crate::array::DType;
use crate::random::{self, Key};

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, AttributeValue)]
pub(super) enum Samples {
    Bernoulli { p: f32 },
    Uniform { low: f64, high: f64 },
    Normal,
    TruncatedNormal { low: f64, high: f64 },
    Gumbel,
    Exponential,
    Laplace,
    Randint { low: i64, high: i64 },
    Permutation,
}

/// The value as a floating-point type has it.
pub(super) fn narrowed(dtype: DType, x: f64) -> f64 {
    if dtype == DType::F32 { f64::from(x as f32) } else { x }
}

/// The bounds of an integer type, if a range is beyond them.
pub(super) fn beyond(dtype: DType, low: i64, high: i64) -> Option<String> {
    let (least, most) = match dtype {
        DType::U8 => (0, u8::MAX.into()),
        DType::U32 => (0, u32::MAX.into()),
        DType::I32 => (i32::MIN.into(), i32::MAX.into()),
        _ => return None,
    };
    (low < least || high > most).then(|| format!("{least} to {most}, the bounds of {dtype}"))
}

pub(super) const FLOATS: &str = "f32 or f64";

/// Samples of f32, with bounds that were f32.
pub(super) fn floats(samples: Samples, key: Key, n: usize) -> Vec<f32> {
    let narrow = |low: f64, high: f64| (low as f32, high as f32);
    match samples {
        Samples::Uniform { low, high } => {
            let (low, high) = narrow(low, high);
            random::uniform(key, n, low, high)
        }
        Samples::TruncatedNormal { low, high } => {
            let (low, high) = narrow(low, high);
            random::truncated_normal(key, n, low, high)
        }
        Samples::Normal => random::normal(key, n),
        Samples::Gumbel => random::gumbel(key, n),
        Samples::Exponential => random::exponential(key, n),
        _ => random::laplace(key, n),
    }
}

/// Samples of f64.
pub(super) fn doubles(samples: Samples, key: Key, n: usize) -> Vec<f64> {
    match samples {
        Samples::Uniform { low, high } => random::uniform_f64(key, n, low, high),
        Samples::TruncatedNormal { low, high } => random::truncated_normal_f64(key, n, low, high),
        Samples::Normal => random::normal_f64(key, n),
        Samples::Gumbel => random::gumbel_f64(key, n),
        Samples::Exponential => random::exponential_f64(key, n),
        _ => random::laplace_f64(key, n),
    }
}

pub(super) fn integers<T: random::RandomInteger + TryFrom<i64, Error: std::fmt::Debug>>(
    key: Key,
    n: usize,
    low: i64,
    high: i64,
) -> Vec<T> {
    let [low, high] = [low, high].map(|bound| T::try_from(bound).expect("bounds of the type"));
    random::randint(key, n, low, high)
}
