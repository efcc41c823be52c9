//! The difference of two states.

use std::fmt;

use super::{Entry, State};
use crate::array::{Array, DType, Dims};
use crate::module::Path;
use crate::ops::DynTensor;

/// The difference of two states: see [`State::difference`]. `Display` prints one line for each variable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateDifference {
    /// Variables of the first state that the second doesn't have, with their shapes.
    pub missing: Vec<(Path, Dims)>,
    /// Variables of the second state that the first doesn't have, with their shapes.
    pub added: Vec<(Path, Dims)>,
    /// Variables of both that differ.
    pub changed: Vec<StateChange>,
}

/// A variable that differs in two states.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StateChange {
    /// The values differ.
    Values {
        /// Its path.
        path: Path,
        /// The number of elements that differ.
        different: usize,
        /// The number of its elements.
        elements: usize,
        /// The largest `|b - a|`.
        largest: f64,
        /// The norm `√(Σ (b - a)²)`.
        norm: f64,
        /// The norm relative to that of the first state: `√(Σ (b - a)²) / √(Σ a²)`. It is infinite if all elements were 0.
        relative: f64,
    },
    /// The shape or the element type differs.
    Type {
        /// Its path.
        path: Path,
        /// Shape and element type in the first state.
        before: (Dims, DType),
        /// Shape and element type in the second state.
        after: (Dims, DType),
    },
}

impl State {
    /// The variables that are missing, added and changed in `other`, and by how much they changed. An element is
    /// changed if its bits differ, so that 0 differs from -0; NaN equals NaN. Kinds aren't compared, since a file
    /// doesn't have them.
    ///
    /// ```
    /// use nnx_core::{module::{Init, state}, nn::Linear, random::Rngs, size::{U2, U3}, tensor::Tensor};
    ///
    /// let mut model = Linear::<U3, U2>::init(&mut Rngs::new(0));
    /// let before = state(&model);
    /// model.bias.as_mut().unwrap().replace(Tensor::from([0.0, 0.5]));
    /// let difference = before.difference(&state(&model));
    /// assert_eq!(difference.to_string(),
    ///     "changed: bias by at most 0.5 in 1 of 2 elements (norm 0.5, relative inf)");
    /// ```
    ///
    /// If one of two elements is NaN, or both are different infinities, `largest` and the norms are NaN or infinite.
    #[must_use]
    pub fn difference(&self, other: &Self) -> StateDifference {
        let mut difference = StateDifference::default();
        for (path, before) in self {
            match other.get(path) {
                None => difference.missing.push((path.clone(), before.array.dims())),
                Some(after) => difference.changed.extend(change(path, before, after)),
            }
        }
        let added = other.iter().filter(|(path, _)| self.get(path).is_none());
        difference.added = added.map(|(path, entry)| (path.clone(), entry.array.dims())).collect();
        difference
    }
}

fn change(path: &Path, before: &Entry, after: &Entry) -> Option<StateChange> {
    let (a, b) = (&before.array, &after.array);
    let (before, after) = ((a.dims(), a.dtype()), (b.dims(), b.dtype()));
    if before != after {
        return Some(StateChange::Type { path: path.clone(), before, after });
    }
    // f64 represents all values of every element type, also the sign of zero.
    let numbers = |x: &Array| -> Vec<f64> {
        DynTensor::from(x.clone()).cast(DType::F64).array().to_vec().expect("cast to f64")
    };
    let (a, b) = (numbers(a), numbers(b));
    let (mut different, mut largest, mut squares, mut size) = (0, 0.0f64, 0.0, 0.0);
    for (&a, &b) in a.iter().zip(&b) {
        size += a * a;
        if a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan() {
            continue;
        }
        let by = (b - a).abs();
        different += 1;
        // `f64::max` would drop a NaN.
        largest = if by > largest || by.is_nan() { by } else { largest };
        squares += by * by;
    }
    let norm = f64::sqrt(squares);
    let relative = if norm == 0.0 { 0.0 } else { norm / f64::sqrt(size) };
    let (path, elements) = (path.clone(), a.len());
    (different > 0).then_some(StateChange::Values {
        path,
        different,
        elements,
        largest,
        norm,
        relative,
    })
}

impl StateDifference {
    /// Whether the states have the same variables with the same values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.added.is_empty() && self.changed.is_empty()
    }
}

impl fmt::Display for StateDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no difference");
        }
        let lines = |variables: &[(Path, Dims)], word: &str| -> Vec<String> {
            let line = |(path, dims): &(Path, Dims)| format!("{word}: {path} of shape {dims}");
            variables.iter().map(line).collect()
        };
        let changed = self.changed.iter().map(ToString::to_string).collect();
        let all = [lines(&self.missing, "missing"), lines(&self.added, "added"), changed].concat();
        f.write_str(&all.join("\n"))
    }
}

impl fmt::Display for StateChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values { path, different, elements, largest, norm, relative } => write!(
                f,
                "changed: {path} by at most {} in {different} of {elements} elements (norm {}, relative {})",
                Short(*largest),
                Short(*norm),
                Short(*relative)
            ),
            Self::Type { path, before, after } => write!(
                f,
                "changed: {path} from {} {} to {} {}",
                before.0, before.1, after.0, after.1
            ),
        }
    }
}

/// A number with about four digits.
struct Short(f64);
impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = self.0;
        if !x.is_finite() || x == 0.0 || (1e-3..1e6).contains(&x.abs()) {
            write!(f, "{}", (x * 1e6).round() / 1e6)
        } else {
            write!(f, "{x:.3e}")
        }
    }
}
