//! A tensor, or a tuple or an array of tensors, as a list.

use super::Tensor;
use crate::array::{Element, ShapeError};
use crate::ops::DynTensor;
use crate::size::Shape;

/// Tensors that a compiled model or a recorded step takes or returns: a tensor, or a tuple of up to five or an array of
/// them, or `()`.
///
/// A struct of tensors can be one, too: `into_list` appends its tensors, and `from_list` takes them in the same order. What
/// else it holds must be the same for all values: a program is chosen by the sizes and element types of the list.
#[diagnostic::on_unimplemented(
    message = "a compiled model or a recorded step can neither take nor return `{Self}`",
    label = "expected a tensor, or a tuple or an array of tensors",
    note = "for a struct of tensors write an `impl Tensors`"
)]
pub trait Tensors: Sized {
    /// Appends the tensors to a list.
    fn into_list(self, list: &mut Vec<DynTensor>);
    /// Takes the tensors from a list that [`into_list`](Self::into_list) has made.
    ///
    /// # Panics
    /// If the list has other tensors.
    fn from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Self;
    /// As [`from_list`](Self::from_list), of a list that may have other tensors, such as the results of a program that was read
    /// from a file. By default it is `from_list`, and panics.
    ///
    /// # Errors
    /// If a tensor has another shape or element type, or there are fewer.
    fn try_from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Result<Self, ShapeError> {
        Ok(Self::from_list(list))
    }
}

impl<S: Shape, E: Element> Tensors for Tensor<S, E> {
    fn into_list(self, list: &mut Vec<DynTensor>) {
        list.push(self.into_dyn());
    }
    fn from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Self {
        let tensor = list.next().expect("one for each that was appended");
        Self::try_from(tensor).expect("in the order in which they were appended")
    }
    fn try_from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Result<Self, ShapeError> {
        match list.next() {
            Some(tensor) => Self::try_from(tensor),
            None => Err(ShapeError::operands("program", "has fewer tensors than expected")),
        }
    }
}

impl<T: Tensors, const N: usize> Tensors for [T; N] {
    fn into_list(self, list: &mut Vec<DynTensor>) {
        self.into_iter().for_each(|part| part.into_list(list));
    }
    fn from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Self {
        std::array::from_fn(|_| T::from_list(list))
    }
    fn try_from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Result<Self, ShapeError> {
        let mut failed = None;
        let parts: [Option<T>; N] = std::array::from_fn(|_| match failed {
            None => T::try_from_list(list).map_err(|error| failed = Some(error)).ok(),
            Some(_) => None,
        });
        match failed {
            None => Ok(parts.map(|part| part.expect("none failed"))),
            Some(error) => Err(error),
        }
    }
}

/// No tensors.
impl Tensors for () {
    fn into_list(self, _: &mut Vec<DynTensor>) {}
    fn from_list(_: &mut dyn Iterator<Item = DynTensor>) -> Self {}
}

macro_rules! tuple {
    ($($part:ident $index:tt)+) => {
        impl<$($part: Tensors),+> Tensors for ($($part,)+) {
            fn into_list(self, list: &mut Vec<DynTensor>) {
                $(self.$index.into_list(list);)+
            }
            fn from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Self {
                ($($part::from_list(list),)+)
            }
            fn try_from_list(list: &mut dyn Iterator<Item = DynTensor>) -> Result<Self, ShapeError> {
                Ok(($($part::try_from_list(list)?,)+))
            }
        }
    };
}
tuple!(T0 0);
tuple!(T0 0 T1 1);
tuple!(T0 0 T1 1 T2 2);
tuple!(T0 0 T1 1 T2 2 T3 3);
tuple!(T0 0 T1 1 T2 2 T3 3 T4 4);
