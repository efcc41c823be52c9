//! The values of taps that were captured.

use std::any::TypeId;
use std::fmt;

use super::Tap;
use crate::module::{Key, Path, TensorType};
use crate::ops::DynTensor;

/// The values of taps, or gradients with respect to them, in the order in which the taps were reached.
#[derive(Debug, Clone, Default)]
pub struct Captures(pub(super) Vec<Captured>);

/// The value of a tap.
#[derive(Debug, Clone)]
pub struct Captured {
    /// The path of the module that was passed to [`Pass::within`](crate::module::Pass::within), and the name of the
    /// tap.
    pub path: Path,
    /// Shape and element type from the type of the tap, such as `(Batch, 4, Time, Time) f32`.
    pub shape: String,
    /// The value.
    pub tensor: DynTensor,
    pub(super) tap: TypeId,
}

impl Captures {
    /// The values of a tap with their type, in the order of the calls.
    #[must_use]
    pub fn get<T: Tap>(&self) -> Vec<T::Value> {
        let of_tap = self.0.iter().filter(|value| value.tap == TypeId::of::<T>());
        let typed = |value: &Captured| T::Value::from_dyn(value.tensor.clone());
        of_tap.map(|value| typed(value).expect("a tap's value has its type")).collect()
    }

    /// The value of a tap in the module at a path, such as `"blocks/3/attention"`; the first if there are several.
    #[must_use]
    pub fn get_in<T: Tap>(&self, module: &str) -> Option<T::Value> {
        let path = Path::parse(module).join(Key::Name(T::NAME.into()));
        let mut of_tap = self.0.iter().filter(|value| value.tap == TypeId::of::<T>());
        let value = of_tap.find(|value| value.path == path)?;
        Some(T::Value::from_dyn(value.tensor.clone()).expect("a tap's value has its type"))
    }

    /// All values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Captured> {
        self.0.iter()
    }

    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same values, with tensors replaced by those that `f` returns for their index.
    pub(in crate::module) fn replaced(
        &self,
        mut f: impl FnMut(usize) -> Option<DynTensor>,
    ) -> Self {
        let values = self.0.iter().enumerate();
        let other =
            values.filter_map(|(i, value)| Some(Captured { tensor: f(i)?, ..value.clone() }));
        Self(other.collect())
    }
}

/// A line for each value: its path, shape and element type.
impl fmt::Display for Captures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |value: &Captured| {
            format!("{}: {} of {}", value.path, value.shape, value.tensor.dims())
        };
        f.write_str(&self.0.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}
