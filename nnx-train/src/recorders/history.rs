//! A record that is read back, for plots, reports, and programs that compare runs.

/// The curves and texts of a run, such as [`JsonRecorder::read`](crate::JsonRecorder::read) gives them.
///
/// ```
/// use nnx_train::History;
///
/// let mut history = History::default();
/// history.push(1, "train/loss", 2.5);
/// history.push(2, "train/loss", 1.5);
/// assert_eq!(history.curve("train/loss").unwrap().points, [(1, 2.5), (2, 1.5)]);
/// assert_eq!(history.curve("train/loss").unwrap().last(), Some((2, 1.5)));
/// assert!(history.curve("loss").is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The curves, in the order in which their names appeared first.
    pub curves: Vec<Curve>,
    /// The texts, in the order in which they were written.
    pub notes: Vec<Note>,
}

/// The values of one name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// The name, such as `train/loss`.
    pub name: String,
    /// Steps and values, in the order of their recording. Values may be NaN or infinite.
    pub points: Vec<(u64, f64)>,
}

/// A text that was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The step at which it was written.
    pub step: u64,
    /// Its name.
    pub name: String,
    /// The text.
    pub text: String,
}

impl History {
    /// Adds a point to the curve of this name.
    pub fn push(&mut self, step: u64, name: &str, value: f64) {
        match self.curves.iter_mut().find(|curve| curve.name == name) {
            Some(curve) => curve.points.push((step, value)),
            None => {
                self.curves.push(Curve { name: name.to_owned(), points: vec![(step, value)] });
            }
        }
    }

    /// The curve of this name, if a value was recorded.
    pub fn curve(&self, name: &str) -> Option<&Curve> {
        self.curves.iter().find(|curve| curve.name == name)
    }

    /// The last step of all curves; 0 if there is no curve.
    pub fn last_step(&self) -> u64 {
        self.curves.iter().filter_map(|curve| curve.last()).map(|(step, _)| step).max().unwrap_or(0)
    }
}

impl Curve {
    /// The last point.
    pub fn last(&self) -> Option<(u64, f64)> {
        self.points.last().copied()
    }

    /// The point with the lowest value, the first of equal ones. Values that are NaN don't count.
    pub fn lowest(&self) -> Option<(u64, f64)> {
        self.best(|new, best| new < best)
    }

    /// The point with the highest value, the first of equal ones. Values that are NaN don't count.
    pub fn highest(&self) -> Option<(u64, f64)> {
        self.best(|new, best| new > best)
    }

    fn best(&self, better: impl Fn(f64, f64) -> bool) -> Option<(u64, f64)> {
        let numbers = self.points.iter().copied().filter(|(_, value)| !value.is_nan());
        numbers.reduce(|best, new| if better(new.1, best.1) { new } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_points_are_the_first_of_equal_ones_and_never_nan() {
        let values = [f64::NAN, 2.0, 1.0, 1.0, 3.0, 3.0, f64::NAN];
        let points = (1..).zip(values).collect();
        let curve = Curve { name: "loss".into(), points };
        assert_eq!((curve.lowest(), curve.highest()), (Some((3, 1.0)), Some((5, 3.0))));
        let empty = Curve { name: "loss".into(), points: vec![(1, f64::NAN)] };
        assert_eq!((empty.lowest(), empty.highest()), (None, None));
    }

    #[test]
    fn the_last_step_is_that_of_the_longest_curve() {
        let mut history = History::default();
        assert_eq!(history.last_step(), 0);
        history.push(7, "a", 1.0);
        history.push(3, "b", 1.0);
        assert_eq!(history.last_step(), 7);
    }
}
