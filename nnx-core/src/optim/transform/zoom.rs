//! The search for a step size along a line: the zoom algorithm.
//!
//! ```text
//! 1. Try the guess, and then larger steps, until one shows that a good step is between two:
//!    the loss rose there, or fell too little, or its slope turned.
//! 2. Zoom into the interval: try the minimum of the cubic through what is known, of the quadratic, or the middle,
//!    and keep the half that has the better end.
//! ```
//!
//! Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6, with the approximate decrease of Hager and Zhang
//! (2006), as in optax.

use super::maximum;
use crate::Error;

/// The factor from one step size to the next, while the loss still falls.
const INCREASE: f64 = 2.0;
/// If the loss rises by at most this relative amount, a decrease is judged by the slope alone.
const APPROXIMATE: f64 = 1e-6;
/// The length of an interval below which a step that decreases the loss enough is taken.
const PRECISION: f64 = 1e-5;

/// The settings of a search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) max_steps: u32,
    pub(super) max_learning_rate: f64,
    pub(super) tol: f64,
    pub(super) slope_rtol: f64,
    pub(super) curv_rtol: f64,
}

/// The loss and its slope at a step size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) step: f64,
    pub(super) value: f64,
    pub(super) slope: f64,
}

/// An interval with a good step. The loss at `low` is the lower one; `low` may be the larger step.
#[derive(Debug, Clone, Copy)]
struct Interval {
    low: Point,
    high: Point,
    /// A third point, for cubic interpolation.
    reference: Point,
}

/// A search along a line.
pub(super) struct Search {
    settings: Settings,
    start: Point,
    /// The best step so far that decreases the loss enough.
    safe: Point,
}

impl Search {
    /// A search from step 0, where the loss and its slope are known.
    pub(super) fn new(settings: Settings, value: f64, slope: f64) -> Self {
        let start = Point { step: 0.0, value, slope };
        Self { settings, start, safe: start }
    }

    /// The step size. `at` evaluates the loss and its slope.
    pub(super) fn run(
        mut self,
        guess: f64,
        mut at: impl FnMut(f64) -> Result<Point, Error>,
    ) -> Result<f64, Error> {
        let settings = self.settings;
        let (mut before, mut interval) = (self.start, None::<Interval>);
        let mut step = guess;
        for count in 0..settings.max_steps {
            let last = count + 1 == settings.max_steps;
            let Some(within) = interval else {
                let at_most = step >= settings.max_learning_rate;
                let new = at(step.min(settings.max_learning_rate))?;
                let [decrease, curvature] = self.errors(new);
                let good = decrease.max(curvature) <= settings.tol;
                if decrease <= settings.tol {
                    self.safe = new;
                }
                let too_far = decrease > 0.0 || (new.value >= before.value && count > 0);
                let turned = new.slope >= 0.0 && !too_far;
                let found = too_far || turned || good;
                if good || (at_most && !found) {
                    return Ok(new.step);
                }
                if last {
                    return Ok(self.fallback(new, decrease));
                }
                if found {
                    let (low, high) = if turned { (new, before) } else { (before, new) };
                    interval = Some(Interval { low, high, reference: low });
                }
                before = new;
                step = INCREASE * new.step;
                continue;
            };
            let new = at(within.guess())?;
            let [decrease, curvature] = self.errors(new);
            if decrease <= settings.tol && new.value < self.safe.value {
                self.safe = new;
            }
            if decrease.max(curvature) <= settings.tol {
                return Ok(new.step);
            }
            let narrow = within.length() <= PRECISION && self.safe.step > 0.0;
            if last || narrow {
                return Ok(self.fallback(new, decrease));
            }
            interval = Some(within.narrowed(new, decrease));
        }
        Ok(0.0)
    }

    /// By how much a point misses sufficient decrease and small curvature; infinite if it is NaN.
    fn errors(&self, new: Point) -> [f64; 2] {
        let Settings { slope_rtol, curv_rtol, .. } = self.settings;
        let Point { value, slope, .. } = self.start;
        let armijo = new.value - value - slope_rtol * new.step * slope;
        let near = new.value - value - APPROXIMATE * value.abs();
        let approximate = maximum(new.slope - (2.0 * slope_rtol - 1.0) * slope, near);
        let decrease = -maximum(-approximate, -armijo);
        let curvature = new.slope.abs() - curv_rtol * slope.abs();
        [decrease, curvature].map(|x| if x.is_nan() { f64::INFINITY } else { x.max(0.0) })
    }

    /// The step to take if the search fails: one that decreases the loss enough, if there was one, else the last one
    /// tried. If the loss wasn't finite there and there was none, it is 0.
    fn fallback(&self, last: Point, decrease: f64) -> f64 {
        let outside = decrease == f64::INFINITY;
        if self.safe.step > 0.0 || outside { self.safe.step } else { last.step }
    }
}

impl Interval {
    fn length(&self) -> f64 {
        (self.high.step - self.low.step).abs()
    }

    /// The step to try next.
    fn guess(&self) -> f64 {
        let [low, high] = [self.low.step, self.high.step];
        let within = |step: f64, margin: f64| {
            step > low.min(high) + margin * self.length()
                && step < low.max(high) - margin * self.length()
        };
        let (cubic, quadratic) = (self.cubic_minimum(), self.quadratic_minimum());
        if within(cubic, 0.2) {
            cubic
        } else if within(quadratic, 0.1) {
            quadratic
        } else {
            f64::midpoint(low, high)
        }
    }

    /// The minimum of the cubic that goes through the three points, with the slope at `low`; NaN if there is none.
    fn cubic_minimum(&self) -> f64 {
        let Self { low, high, reference } = self;
        let [b, c] = [high.step - low.step, reference.step - low.step];
        let denominator = (b * c) * (b * c) * (b - c);
        let [rise_b, rise_c] =
            [high.value - low.value - low.slope * b, reference.value - low.value - low.slope * c];
        let cube = (c * c * rise_b - b * b * rise_c) / denominator;
        let square = (-(c * c * c) * rise_b + b * b * b * rise_c) / denominator;
        let root = (square * square - 3.0 * cube * low.slope).sqrt();
        low.step + (-square + root) / (3.0 * cube)
    }

    /// The minimum of the parabola that goes through both ends, with the slope at `low`.
    fn quadratic_minimum(&self) -> f64 {
        let Self { low, high, .. } = self;
        let width = high.step - low.step;
        let square = (high.value - low.value - low.slope * width) / (width * width);
        low.step - low.slope / (2.0 * square)
    }

    /// The interval that remains after a point inside it was tried.
    fn narrowed(self, new: Point, decrease: f64) -> Self {
        let Self { low, high, .. } = self;
        if decrease > 0.0 || new.value >= low.value {
            return Self { low, high: new, reference: high };
        }
        if new.slope * (high.step - low.step) >= 0.0 {
            return Self { low: new, high: low, reference: high };
        }
        Self { low: new, high, reference: low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings {
        max_steps: 20,
        max_learning_rate: f64::INFINITY,
        tol: 0.0,
        slope_rtol: 1e-4,
        curv_rtol: 0.9,
    };

    /// The step size for a function and its derivative, and the number of evaluations.
    fn search(settings: Settings, guess: f64, f: impl Fn(f64) -> [f64; 2]) -> (f64, usize) {
        let [value, slope] = f(0.0);
        let mut evaluations = 0;
        let step = Search::new(settings, value, slope).run(guess, |step| {
            evaluations += 1;
            let [value, slope] = f(step);
            Ok(Point { step, value, slope })
        });
        (step.expect("no error"), evaluations)
    }

    /// Whether a step fulfils the strong Wolfe conditions, or those near a minimum.
    fn fulfils(settings: Settings, step: f64, f: impl Fn(f64) -> [f64; 2]) -> bool {
        let Settings { slope_rtol, curv_rtol, .. } = settings;
        let ([start, slope], [value, there]) = (f(0.0), f(step));
        let armijo = value <= start + slope_rtol * step * slope;
        let near = value <= start + 1e-6 * start.abs() && there <= (2.0 * slope_rtol - 1.0) * slope;
        (armijo || near) && there.abs() <= curv_rtol * slope.abs()
    }

    #[test]
    fn a_step_fulfils_the_conditions_from_any_guess() {
        let functions: [fn(f64) -> [f64; 2]; 4] = [
            |x| [(x - 3.0) * (x - 3.0), 2.0 * (x - 3.0)],
            |x| [-x / (x * x + 2.0), (x * x - 2.0) / ((x * x + 2.0) * (x * x + 2.0))],
            |x| [(x - 1.0).powi(4) - x, 4.0 * (x - 1.0).powi(3) - 1.0],
            |x| [(3.0 * x).cos() + 0.1 * x * x - x, -3.0 * (3.0 * x).sin() + 0.2 * x - 1.0],
        ];
        for (i, f) in functions.into_iter().enumerate() {
            for guess in [1e-3, 0.1, 1.0, 10.0, 1e3] {
                for curv_rtol in [0.9, 0.1] {
                    let settings = Settings { curv_rtol, ..SETTINGS };
                    let (step, evaluations) = search(settings, guess, f);
                    assert!(fulfils(settings, step, f), "function {i} from {guess}: {step}");
                    assert!(evaluations <= 20, "{evaluations} evaluations");
                }
            }
        }
    }

    #[test]
    fn a_guess_that_is_good_is_taken_as_it_is() {
        assert_eq!(search(SETTINGS, 1.0, |x| [(x - 1.0) * (x - 1.0), 2.0 * (x - 1.0)]), (1.0, 1));
    }

    #[test]
    fn a_parabola_is_solved_by_one_interpolation() {
        let narrow = Settings { curv_rtol: 1e-6, ..SETTINGS };
        let (step, evaluations) = search(narrow, 8.0, |x| [(x - 3.0) * (x - 3.0), 2.0 * (x - 3.0)]);
        assert!((step - 3.0).abs() < 1e-9 && evaluations == 2, "{step} after {evaluations}");
    }

    #[test]
    fn the_largest_step_is_taken_where_the_loss_still_falls() {
        let bounded = Settings { max_learning_rate: 5.0, ..SETTINGS };
        assert_eq!(search(bounded, 1.0, |x| [-x, -1.0]).0, 5.0);
    }

    #[test]
    fn outside_the_domain_there_is_no_step_and_near_it_a_shorter_one() {
        assert_eq!(
            search(SETTINGS, 1.0, |x| [if x > 0.0 { f64::NAN } else { 1.0 }, -1.0]),
            (0.0, 20)
        );
        let f = |x: f64| [-x - (0.1 - x).ln(), -1.0 + 1.0 / (0.1 - x)];
        // The minimum is at a negative step: the line goes uphill, and the last step tried is short.
        assert!(search(SETTINGS, 1.0, f).0 < 1e-3);
        let down = |x: f64| [-x - 0.01 * (0.1 - x).ln(), -1.0 + 0.01 / (0.1 - x)];
        let (step, _) = search(SETTINGS, 1.0, down);
        assert!(step > 0.0 && step < 0.1 && fulfils(SETTINGS, step, down), "{step}");
    }
}
