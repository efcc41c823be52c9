//! Transforms against the defining sum over all pairs.

use super::*;

fn row(length: usize, seed: usize) -> Vec<f64> {
    (0..length).map(|i| (((i + 3 * seed) * 7919 % 1000) as f64 - 500.0) / 500.0).collect()
}

/// `Σ_n x[n] exp(sign 2πi k n / N)` for each k.
fn sums(x: &[Number], sign: f64) -> Vec<Number> {
    let n = x.len();
    let term = |k: usize, j: usize| Complex::cis(sign * TAU * (k * j % n) as f64 / n as f64);
    (0..n).map(|k| x.iter().enumerate().map(|(j, x)| x * term(k, j)).sum()).collect()
}

fn assert_near(found: &[f64], expected: &[Number], what: &str) {
    for (k, (pair, expected)) in found.chunks_exact(2).zip(expected).enumerate() {
        let error = (number(pair) - expected).norm();
        assert!(error < 1e-11, "{what}, number {k}: {pair:?} instead of {expected}");
    }
}

#[test]
fn transforms_of_all_small_lengths_and_of_primes_equal_their_sums() {
    for length in (1..34).chain([60, 101, 128, 210]) {
        let x = row(2 * length * 3, length);
        for (inverse, sign) in [(false, -1.0), (true, 1.0)] {
            let mut out = vec![f64::NAN; x.len()];
            fft(&x, length, inverse, 0.5, &mut out);
            for (x, out) in x.chunks_exact(2 * length).zip(out.chunks_exact(2 * length)) {
                let x: Vec<Number> = x.chunks_exact(2).map(|pair| number(pair) * 0.5).collect();
                assert_near(out, &sums(&x, sign), &format!("{length}, inverse: {inverse}"));
            }
        }
    }
}

#[test]
fn transforms_of_real_rows_are_the_first_half_and_back() {
    for length in (1..34).chain([60, 101, 128, 210]) {
        let (x, bins) = (row(length * 3, length), length / 2 + 1);
        let mut out = vec![f64::NAN; 3 * 2 * bins];
        rfft(&x, length, 2.0, &mut out);
        for (x, out) in x.chunks_exact(length).zip(out.chunks_exact(2 * bins)) {
            let x: Vec<Number> = x.iter().map(|&x| Complex::new(2.0 * x, 0.0)).collect();
            assert_near(out, &sums(&x, -1.0), &format!("{length} real numbers"));
        }
        // The imaginary parts that are 0 in the transform of a real row.
        for spectrum in out.chunks_exact_mut(2 * bins) {
            spectrum[1] = 7.0;
            if length.is_multiple_of(2) {
                spectrum[2 * bins - 1] = 7.0;
            }
        }
        let mut back = vec![f64::NAN; x.len()];
        irfft(&out, length, 0.5 / length as f64, &mut back);
        for (x, back) in x.iter().zip(back) {
            assert!((x - back).abs() < 1e-13, "{length}: {back} instead of {x}");
        }
    }
}

#[test]
fn rows_in_f32_are_rounded_once() {
    let x: Vec<f32> = row(64, 1).iter().map(|&x| x as f32).collect();
    let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    let (mut out, mut exact) = (vec![f32::NAN; 66], vec![f64::NAN; 66]);
    rfft(&x, 64, 1.0, &mut out);
    rfft(&wide, 64, 1.0, &mut exact);
    assert!(out.iter().zip(exact).all(|(out, exact)| *out == exact as f32));
}
