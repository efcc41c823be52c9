//! Discrete Fourier transforms of rows, by rustfft, in f64. It uses rustfft's scalar planner, so the bits are the same
//! on every processor and for any number of threads.
//!
//! A complex number is two neighbouring elements: its real part and its imaginary part.
//!
//! ```text
//! forward:  X[k] = scale Σ_n x[n] exp(-2πi k n / N)        inverse: the same with +2πi
//! ```
//!
//! For speed, a real row of an even length N is transformed as N/2 complex numbers, which are its elements two by two;
//! one more step separates the result.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::f64::consts::TAU;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection, FftPlannerScalar};

use super::{Float, parallel};

type Number = Complex<f64>;

/// The smallest number of output elements that is a task.
const ELEMENTS_PER_TASK: usize = 8 * 1024;

/// The plan of a transform of this length, cached for later calls.
fn plan(length: usize, inverse: bool) -> Arc<dyn Fft<f64>> {
    thread_local! {
        static PLANNER: RefCell<FftPlannerScalar<f64>> = RefCell::new(FftPlannerScalar::new());
    }
    let direction = if inverse { FftDirection::Inverse } else { FftDirection::Forward };
    PLANNER.with_borrow_mut(|planner| planner.plan_fft(length, direction))
}

/// `exp(-2πi k / length)` for each k below `count`, at most `length`; exact at quarters of a turn.
#[allow(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
fn roots(length: usize, count: usize) -> Vec<Number> {
    const QUARTERS: [Number; 4] =
        [Complex::ONE, Complex::new(0.0, -1.0), Complex::new(-1.0, 0.0), Complex::I];
    let root = |k: usize| match (4 * k / length, 4 * k % length) {
        (quarters, 0) => QUARTERS[quarters % 4],
        _ => Complex::cis(-TAU * k as f64 / length as f64),
    };
    (0..count).map(root).collect()
}

/// Calls `work` with each pair of rows of the two slices, and with a scratch buffer.
fn for_rows<E: Float>(
    [x, out]: [usize; 2],
    input: &[E],
    output: &mut [E],
    work: impl Fn(&[E], &mut [E], &mut Vec<Number>) + Sync,
) {
    let each = (ELEMENTS_PER_TASK / out.max(1)).max(1);
    parallel::for_chunks(output, each * out, true, &|task, output| {
        let mut numbers = Vec::new();
        for (row, output) in (task * each..).zip(output.chunks_exact_mut(out)) {
            work(&input[row * x..][..x], output, &mut numbers);
        }
    });
}

fn number<E: Float>(pair: &[E]) -> Number {
    Complex::new(pair[0].to_f64(), pair[1].to_f64())
}

fn write<E: Float>(numbers: &[Number], scale: f64, out: &mut [E]) {
    for (pair, x) in out.chunks_exact_mut(2).zip(numbers) {
        pair[0] = E::from_f64(x.re * scale);
        pair[1] = E::from_f64(x.im * scale);
    }
}

/// Transforms rows of `length` complex numbers.
pub(crate) fn fft<E: Float>(x: &[E], length: usize, inverse: bool, scale: f64, out: &mut [E]) {
    let plan = plan(length, inverse);
    for_rows([2 * length, 2 * length], x, out, |x, out, numbers| {
        numbers.clear();
        numbers.extend(x.chunks_exact(2).map(number));
        plan.process(numbers);
        write(numbers, scale, out);
    });
}

/// Transforms rows of `length` real numbers to the first `length / 2 + 1` complex numbers of their transforms.
pub(crate) fn rfft<E: Float>(x: &[E], length: usize, scale: f64, out: &mut [E]) {
    let (half, bins) = (length / 2, length / 2 + 1);
    let is_even = length.is_multiple_of(2);
    let plan = plan(if is_even { half } else { length }, false);
    let roots = roots(length, if is_even { bins } else { 0 });
    for_rows([length, 2 * bins], x, out, |x, out, numbers| {
        numbers.clear();
        if !is_even {
            numbers.extend(x.iter().map(|x| Complex::new(x.to_f64(), 0.0)));
            plan.process(numbers);
            return write(&numbers[..bins], scale, out);
        }
        numbers.extend(x.chunks_exact(2).map(number));
        plan.process(numbers);
        for (k, (pair, root)) in out.chunks_exact_mut(2).zip(&roots).enumerate() {
            let (z, mirrored) = (numbers[k % half], numbers[(half - k) % half].conj());
            let (even, odd) = ((z + mirrored) * 0.5, (z - mirrored) * Complex::new(0.0, -0.5));
            write(&[even + odd * root], scale, pair);
        }
    });
}

/// The inverse transform of rows of `length / 2 + 1` complex numbers, the first half of a spectrum, to `length` real
/// numbers. Imaginary parts of the first number, and of the last for an even length, aren't read.
pub(crate) fn irfft<E: Float>(x: &[E], length: usize, scale: f64, out: &mut [E]) {
    let (half, bins) = (length / 2, length / 2 + 1);
    let is_even = length.is_multiple_of(2);
    let plan = plan(if is_even { half } else { length }, true);
    let roots = roots(length, if is_even { half } else { 0 });
    for_rows([2 * bins, length], x, out, |x, out, numbers| {
        let at = |k: usize| {
            let is_real = k == 0 || (is_even && k == half);
            let x = number(&x[2 * k..2 * k + 2]);
            if is_real { Complex::new(x.re, 0.0) } else { x }
        };
        numbers.clear();
        if !is_even {
            let mirror = |k: usize| if k < bins { at(k) } else { at(length - k).conj() };
            numbers.extend((0..length).map(mirror));
            plan.process(numbers);
            for (out, x) in out.iter_mut().zip(numbers) {
                *out = E::from_f64(x.re * scale);
            }
            return;
        }
        numbers.extend(roots.iter().enumerate().map(|(k, root)| {
            let (z, mirrored) = (at(k), at(half - k).conj());
            (z + mirrored) + (z - mirrored) * root.conj() * Complex::I
        }));
        plan.process(numbers);
        write(numbers, scale, out);
    });
}
