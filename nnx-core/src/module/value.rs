//! The value of a variable in a pass.

use super::AnyVariable;
use crate::array::Array;
use crate::ops::DynTensor;

/// The value of a variable in a pass, if it isn't the model's.
#[derive(Debug)]
pub(super) enum Value {
    /// The pass reads this value; the model keeps its own.
    Leaf(DynTensor),
    /// The pass reads this value, and writes it to the model when it is committed.
    Update(DynTensor),
    /// The pass has updated slices of the model's value, which is neither copied nor changed until the pass
    /// is committed.
    Parts(Vec<Part>),
}

/// New elements of a variable: those from index `start` on along `axis`.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) axis: usize,
    pub(super) start: usize,
    pub(super) elements: Array,
}

impl Part {
    fn write_to(&self, array: &mut Array) {
        array.slice_assign(self.axis, self.start, &self.elements);
    }
}

impl Value {
    pub(super) fn is_update(&self) -> bool {
        !matches!(self, Self::Leaf(_))
    }

    /// The value in the pass; `array` is the value in the model.
    pub(super) fn over(&self, array: &Array) -> DynTensor {
        match self {
            Self::Leaf(value) | Self::Update(value) => value.clone(),
            Self::Parts(parts) => {
                let mut array = array.clone();
                parts.iter().for_each(|part| part.write_to(&mut array));
                array.into()
            }
        }
    }

    pub(super) fn write_part(&mut self, part: Part) {
        match self {
            Self::Parts(parts) => parts.push(part),
            Self::Leaf(value) | Self::Update(value) => {
                let mut array = value.array().clone();
                part.write_to(&mut array);
                *self = Self::Update(array.into());
            }
        }
    }

    /// Writes this value to the variable, unless it is a leaf.
    pub(super) fn commit(self, variable: &mut dyn AnyVariable) {
        let array = match self {
            Self::Leaf(_) => return,
            Self::Update(value) => value.into_array(),
            Self::Parts(parts) => {
                let mut array = taken(variable);
                parts.iter().for_each(|part| part.write_to(&mut array));
                array
            }
        };
        variable.set_array(array).expect("an update has the variable's type");
    }
}

/// Takes a variable's array, so that nothing else shares its buffer and it can be changed in place. Until the
/// variable is set again, its value is a broadcast 0.
fn taken(variable: &mut dyn AnyVariable) -> Array {
    let array = variable.array().clone();
    let placeholder = Array::full_float(0.0, array.dtype(), &array.dims());
    variable.set_array(placeholder).expect("of the same type");
    array
}
