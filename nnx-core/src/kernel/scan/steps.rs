//! The steps of scans.

use crate::kernel::Float;

/// One step of a scan over elements of type `A`.
pub(crate) trait Scan<A>: Copy + Sync {
    type State: Copy;
    type Out: Send;
    fn start(self) -> Self::State;
    fn step(self, state: &mut Self::State, x: A) -> Self::Out;
}

/// `Σ x`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums;

impl<E: Float> Scan<E> for Sums {
    type State = f64;
    type Out = E;
    #[inline(always)]
    fn start(self) -> f64 {
        0.0
    }
    #[inline(always)]
    fn step(self, sum: &mut f64, x: E) -> E {
        *sum += x.to_f64();
        E::from_f64(*sum)
    }
}

/// `Π x`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Products;

impl<E: Float> Scan<E> for Products {
    type State = f64;
    type Out = E;
    #[inline(always)]
    fn start(self) -> f64 {
        1.0
    }
    #[inline(always)]
    fn step(self, product: &mut f64, x: E) -> E {
        *product *= x.to_f64();
        E::from_f64(*product)
    }
}

/// The running maximum or minimum; from the first NaN on it is NaN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extremes {
    pub(crate) min: bool,
}

impl<E: Float> Scan<E> for Extremes {
    type State = E;
    type Out = E;
    #[inline(always)]
    fn start(self) -> E {
        if self.min { -E::NEG_INFINITY } else { E::NEG_INFINITY }
    }
    #[inline(always)]
    fn step(self, best: &mut E, x: E) -> E {
        let beyond = if self.min { x < *best } else { x > *best };
        *best = if beyond | x.is_nan() { x } else { *best };
        *best
    }
}

/// The index of the running maximum or minimum, the first one if there are several; from the first NaN on, the index of
/// that NaN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Positions {
    pub(crate) min: bool,
}

/// The best element, its index, and the index of the next element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Best<E> {
    value: E,
    at: i32,
    next: i32,
}

impl<E: Float> Scan<E> for Positions {
    type State = Best<E>;
    type Out = i32;
    #[inline(always)]
    fn start(self) -> Best<E> {
        Best { value: E::ZERO, at: 0, next: 0 }
    }
    #[inline(always)]
    fn step(self, best: &mut Best<E>, x: E) -> i32 {
        let beyond = if self.min { x < best.value } else { x > best.value };
        let first_nan = x.is_nan() & !best.value.is_nan();
        if beyond | first_nan | (best.next == 0) {
            (best.value, best.at) = (x, best.next);
        }
        best.next += 1;
        best.at
    }
}

/// `ln Σ e^x`: the maximum, and the sum of `e^(x - maximum)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogSums;

impl<E: Float> Scan<E> for LogSums {
    type State = (E, f64);
    type Out = E;
    #[inline(always)]
    fn start(self) -> (E, f64) {
        (E::NEG_INFINITY, 0.0)
    }
    #[inline(always)]
    fn step(self, (max, sum): &mut (E, f64), x: E) -> E {
        if x > *max || x.is_nan() {
            // The sum restarts at 1 if the maximum was −∞, since exp(-∞) is 0. From the first NaN on, the result is
            // NaN.
            *sum = *sum * (*max - x).exp().to_f64() + 1.0;
            *max = x;
        } else if *max != E::NEG_INFINITY {
            // ∞ - ∞ would be NaN, but the sum is infinite.
            *sum += if x == *max { 1.0 } else { (x - *max).exp().to_f64() };
        }
        if *max == E::NEG_INFINITY { *max } else { *max + E::from_f64(*sum).ln() }
    }
}

/// The step of a linear recurrence: `a state + b`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linear;

impl<E: Float> Scan<(E, E)> for Linear {
    type State = f64;
    type Out = E;
    #[inline(always)]
    fn start(self) -> f64 {
        0.0
    }
    #[inline(always)]
    fn step(self, state: &mut f64, (a, b): (E, E)) -> E {
        *state = *state * a.to_f64() + b.to_f64();
        E::from_f64(*state)
    }
}
