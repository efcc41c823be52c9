//! Reference formulas of functions that the standard library lacks.

use std::f64::consts::PI;

/// The error function by its power series, which converges everywhere (and well up to 3).
pub(crate) fn erf(x: f64) -> f64 {
    let mut power = x;
    let mut sum = 0.0;
    for n in 0..100 {
        sum += power / f64::from(2 * n + 1);
        power *= -x * x / f64::from(n + 1);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

/// The inverse of an increasing function, by bisection.
pub(crate) fn inverse(f: fn(f64) -> f64, y: f64) -> f64 {
    let (mut low, mut high) = (-10.0, 10.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if f(middle) < y { low = middle } else { high = middle }
    }
    low
}

/// `ln Γ(x)` by Stirling's series, far from 0.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let far = x + 30.0;
    let series = 1.0 / (12.0 * far) - 1.0 / (360.0 * far.powi(3)) + 1.0 / (1260.0 * far.powi(5));
    let below: f64 = (0..30).map(|k| (x + f64::from(k)).ln()).sum();
    (far - 0.5) * far.ln() - far + 0.5 * (2.0 * PI).ln() + series - below
}

/// The derivative of [`ln_gamma`].
pub(crate) fn digamma(x: f64) -> f64 {
    let far = x + 30.0;
    let series =
        1.0 / (12.0 * far.powi(2)) - 1.0 / (120.0 * far.powi(4)) + 1.0 / (252.0 * far.powi(6));
    let below: f64 = (0..30).map(|k| 1.0 / (x + f64::from(k))).sum();
    far.ln() - 0.5 / far - series - below
}
