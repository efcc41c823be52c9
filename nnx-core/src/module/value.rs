//! What a pass knows of a variable.

use super::AnyVariable;
use crate::array::Array;
use crate::ops::DynTensor;

/// The value of a variable in a pass, where it isn't the model's.
#[derive(Debug)]
pub(super) enum Value {
    Leaf(DynTensor),
    Update(DynTensor),
    /// What the pass has written over parts of the model's value, which is neither copied nor changed
    /// until the pass is committed.
    Parts(Vec<Part>),
}

/// New elements of a variable, from `start` on along `axis`.
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

    /// The value of a variable that the model gives the value `array`.
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

    /// Gives the variable this value, unless it is a leaf.
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

/// A variable's array, which has one owner then unless somebody else holds it: in the variable one element
/// stands for all until it is set again.
fn taken(variable: &mut dyn AnyVariable) -> Array {
    let array = variable.array().clone();
    let shown = Array::full_float(0.0, array.dtype(), &array.dims());
    variable.set_array(shown).expect("of the same type");
    array
}
