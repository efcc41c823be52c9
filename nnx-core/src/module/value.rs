//! The value of a variable in a pass.

use super::AnyVariable;
use crate::array::Array;
use crate::ops::{DynTensor, update_slice};

/// The value of a variable in a pass, if it isn't the model's.
#[derive(Debug)]
pub(super) enum Value {
    /// The pass reads this value; the model keeps its own.
    Leaf(DynTensor),
    /// The pass reads this value, and writes it to the model when it is committed.
    Update(DynTensor),
    /// The pass has updated slices of the model's value, which is neither copied nor changed until the pass
    /// is committed.
    Slices(Vec<SliceUpdate>),
}

/// New elements of a variable: those from index `start` on along `axis`.
#[derive(Debug)]
pub(super) struct SliceUpdate {
    pub(super) axis: usize,
    pub(super) start: usize,
    pub(super) elements: Array,
}

impl SliceUpdate {
    fn write_to(&self, array: &mut Array) {
        update_slice(array, self.axis, self.start, &self.elements);
    }
}

impl Value {
    pub(super) fn is_update(&self) -> bool {
        !matches!(self, Self::Leaf(_))
    }

    /// The value in the pass; `array` is the value in the model.
    pub(super) fn read(&self, array: &Array) -> DynTensor {
        match self {
            Self::Leaf(value) | Self::Update(value) => value.clone(),
            Self::Slices(slices) => {
                let mut array = array.clone();
                slices.iter().for_each(|slice| slice.write_to(&mut array));
                array.into()
            }
        }
    }

    pub(super) fn write_slice(&mut self, slice: SliceUpdate) {
        match self {
            Self::Slices(slices) => slices.push(slice),
            Self::Leaf(value) | Self::Update(value) => {
                let mut array = value.array_for("set_slice (of a cache)").clone();
                slice.write_to(&mut array);
                *self = Self::Update(array.into());
            }
        }
    }

    /// Writes this value to the variable, unless it is a leaf.
    pub(super) fn commit(self, variable: &mut dyn AnyVariable) {
        let array = match self {
            Self::Leaf(_) => return,
            Self::Update(value) => value.into_array(),
            Self::Slices(slices) => {
                let mut array = take_array(variable);
                slices.iter().for_each(|slice| slice.write_to(&mut array));
                array
            }
        };
        variable.set_array(array).expect("an update has the variable's type");
    }
}

/// Takes a variable's array, so that nothing else shares its buffer and it can be changed in place. Until the
/// variable is set again, its value is a broadcast 0.
fn take_array(variable: &mut dyn AnyVariable) -> Array {
    let array = variable.array().clone();
    let placeholder = Array::full_float(0.0, array.dtype(), &array.dims());
    variable.set_array(placeholder).expect("of the same type");
    array
}
