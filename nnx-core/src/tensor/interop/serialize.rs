//! Tensors in serde's formats: lists of lists, one level for each axis, as `tolist()` of NumPy and PyTorch gives.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{SerializeSeq as _, Serializer};
use serde::{Deserialize, Serialize};

use crate::array::{Array, Element};
use crate::size::Shape;
use crate::tensor::Tensor;

impl<S: Shape, E: Element + Serialize> Serialize for Tensor<S, E> {
    /// Lists of lists of elements. JSON has no NaN and no infinity: `serde_json` writes `null`, which can't be read
    /// back.
    fn serialize<F: Serializer>(&self, serializer: F) -> Result<F::Ok, F::Error> {
        let array = self.readable();
        Rows { elements: array.slice::<E>(), sizes: &array.dims() }.serialize(serializer)
    }
}

/// Elements in row-major order, with the sizes of the axes that are left.
struct Rows<'a, E> {
    elements: &'a [E],
    sizes: &'a [usize],
}

impl<E: Serialize> Serialize for Rows<'_, E> {
    fn serialize<F: Serializer>(&self, serializer: F) -> Result<F::Ok, F::Error> {
        let Some((&size, sizes)) = self.sizes.split_first() else {
            return self.elements[0].serialize(serializer);
        };
        let width = self.elements.len().checked_div(size).unwrap_or(0);
        let mut list = serializer.serialize_seq(Some(size))?;
        for i in 0..size {
            list.serialize_element(&Rows {
                elements: &self.elements[i * width..][..width],
                sizes,
            })?;
        }
        list.end()
    }
}

impl<'de, S: Shape, E: Element + Deserialize<'de>> Deserialize<'de> for Tensor<S, E> {
    /// Reads lists of lists of elements. A list that is longer than its axis is refused before it is read on.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut sizes: Vec<Option<usize>> = S::AXES.to_vec();
        let mut elements: Vec<E> = Vec::new();
        let list = List { axis: 0, sizes: &mut sizes, elements: &mut elements, life: PhantomData };
        list.deserialize(deserializer)?;
        // After an empty axis there is no list that tells the size of a runtime axis: it is 0.
        let sizes: Vec<usize> = sizes.into_iter().map(Option::unwrap_or_default).collect();
        let array = Array::new(elements, &sizes).map_err(D::Error::custom)?;
        Self::try_from(array).map_err(D::Error::custom)
    }
}

/// Reads the list of an axis, or an element if no axis is left.
struct List<'a, 'de, E> {
    axis: usize,
    /// The sizes that are known: from the shape, or from an earlier list.
    sizes: &'a mut [Option<usize>],
    elements: &'a mut Vec<E>,
    life: PhantomData<&'de ()>,
}

impl<'de, E: Deserialize<'de>> DeserializeSeed<'de> for List<'_, 'de, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.sizes.is_empty() {
            self.elements.push(E::deserialize(deserializer)?);
            return Ok(());
        }
        deserializer.deserialize_seq(self)
    }
}

impl<'de, E: Deserialize<'de>> Visitor<'de> for List<'_, 'de, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sizes[0] {
            Some(size) => write!(f, "a list of {size} items, axis {} of the tensor", self.axis),
            None => write!(f, "a list, axis {} of the tensor", self.axis),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { axis, sizes, elements, .. } = self;
        let (size, inner) = sizes.split_first_mut().expect("an axis is left");
        let wrong = |expected: usize, found: &str| {
            A::Error::custom(format_args!(
                "axis {axis} of the tensor: expected {expected} items, found {found}"
            ))
        };
        let mut count = 0;
        loop {
            if let Some(expected) = *size
                && count == expected
            {
                return match list.next_element::<serde::de::IgnoredAny>()? {
                    Some(_) => Err(wrong(expected, "more")),
                    None => Ok(()),
                };
            }
            let item = List { axis: axis + 1, sizes: inner, elements, life: PhantomData };
            if list.next_element_seed(item)?.is_none() {
                break;
            }
            count += 1;
        }
        match *size {
            Some(expected) => Err(wrong(expected, &count.to_string())),
            None => {
                *size = Some(count);
                Ok(())
            }
        }
    }
}
