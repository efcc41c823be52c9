//! Attributes that are numbers, lists, element types or nested operations.

use std::sync::Arc;

use super::{Attribute, AttributeError, AttributeValue};
use crate::array::{DType, Dims, MAX_RANK};
use crate::ops::{Operation, Operations};

impl AttributeValue for bool {
    const TYPE: &'static str = "true or false";
    fn to_attribute(&self) -> Option<Attribute> {
        Some(Attribute::Bool(*self))
    }
    fn from_attribute(attribute: &Attribute, _: &Operations) -> Result<Self, AttributeError> {
        match attribute {
            Attribute::Bool(value) => Ok(*value),
            other => Err(AttributeError::found(Self::TYPE, other)),
        }
    }
}

macro_rules! integers {
    ($($type:ident $name:literal;)*) => { $(
        impl AttributeValue for $type {
            const TYPE: &'static str = $name;
            fn to_attribute(&self) -> Option<Attribute> {
                Some(Attribute::Integer(i128::try_from(*self).ok()?))
            }
            fn from_attribute(attribute: &Attribute, _: &Operations) -> Result<Self, AttributeError> {
                integer(attribute).and_then(|value| Self::try_from(value).ok())
                    .ok_or_else(|| AttributeError::found(Self::TYPE, attribute))
            }
        }
    )* };
}

integers! {
    u8 "an integer of 8 bits, from 0 on";
    u32 "an integer of 32 bits, from 0 on";
    i32 "an integer of 32 bits";
    u64 "an integer of 64 bits, from 0 on";
    i64 "an integer of 64 bits";
    usize "an integer from 0 on";
    isize "an integer";
}

fn integer(attribute: &Attribute) -> Option<i128> {
    match attribute {
        Attribute::Integer(value) => Some(*value),
        _ => None,
    }
}

impl AttributeValue for f64 {
    const TYPE: &'static str = "a number";
    fn to_attribute(&self) -> Option<Attribute> {
        Some(Attribute::Float(*self))
    }
    fn from_attribute(attribute: &Attribute, _: &Operations) -> Result<Self, AttributeError> {
        match attribute {
            Attribute::Float(value) => Ok(*value),
            // Other programs write 2 for 2.0.
            #[allow(clippy::cast_precision_loss, reason = "at most 2^53")]
            Attribute::Integer(value) if value.unsigned_abs() <= 1 << 53 => Ok(*value as f64),
            other => Err(AttributeError::found(Self::TYPE, other)),
        }
    }
}

impl AttributeValue for f32 {
    const TYPE: &'static str = "a number of 32 bits";
    fn to_attribute(&self) -> Option<Attribute> {
        Some(Attribute::Float(f64::from(*self)))
    }
    fn from_attribute(
        attribute: &Attribute,
        operations: &Operations,
    ) -> Result<Self, AttributeError> {
        let wide = f64::from_attribute(attribute, operations)?;
        let narrow = wide as f32;
        match f64::from(narrow) == wide || wide.is_nan() {
            true => Ok(narrow),
            false => Err(AttributeError::found(Self::TYPE, attribute)),
        }
    }
}

impl AttributeValue for String {
    const TYPE: &'static str = "a text";
    fn to_attribute(&self) -> Option<Attribute> {
        Some(Attribute::Text(self.clone()))
    }
    fn from_attribute(attribute: &Attribute, _: &Operations) -> Result<Self, AttributeError> {
        match attribute {
            Attribute::Text(text) => Ok(text.clone()),
            other => Err(AttributeError::found(Self::TYPE, other)),
        }
    }
}

impl AttributeValue for DType {
    const TYPE: &'static str = "an element type: f32, f64, bf16, i32, i64, u32, u8 or bool";
    fn to_attribute(&self) -> Option<Attribute> {
        Some(Attribute::Text(self.to_string()))
    }
    fn from_attribute(attribute: &Attribute, _: &Operations) -> Result<Self, AttributeError> {
        let named =
            |dtype: &Self| matches!(attribute, Attribute::Text(text) if *text == dtype.to_string());
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or_else(|| AttributeError::found(Self::TYPE, attribute))
    }
}

fn items(attribute: &Attribute) -> Result<&[Attribute], AttributeError> {
    match attribute {
        Attribute::List(items) => Ok(items),
        other => Err(AttributeError::found("a list", other)),
    }
}

impl<T: AttributeValue> AttributeValue for Vec<T> {
    const TYPE: &'static str = "a list";
    fn to_attribute(&self) -> Option<Attribute> {
        Some(Attribute::List(self.iter().map(T::to_attribute).collect::<Option<_>>()?))
    }
    fn from_attribute(
        attribute: &Attribute,
        operations: &Operations,
    ) -> Result<Self, AttributeError> {
        let read = |(index, item): (usize, &Attribute)| {
            T::from_attribute(item, operations).map_err(|error| error.within(&index.to_string()))
        };
        items(attribute)?.iter().enumerate().map(read).collect()
    }
}

impl<T: AttributeValue, const N: usize> AttributeValue for [T; N] {
    const TYPE: &'static str = "a list";
    fn to_attribute(&self) -> Option<Attribute> {
        Some(Attribute::List(self.iter().map(T::to_attribute).collect::<Option<_>>()?))
    }
    fn from_attribute(
        attribute: &Attribute,
        operations: &Operations,
    ) -> Result<Self, AttributeError> {
        let list = Vec::from_attribute(attribute, operations)?;
        list.try_into().map_err(|list: Vec<T>| {
            AttributeError::new(format!("takes {N} items, found {}", list.len()))
        })
    }
}

impl AttributeValue for Dims {
    const TYPE: &'static str = "a list of sizes or axes";
    fn to_attribute(&self) -> Option<Attribute> {
        self.to_vec().to_attribute()
    }
    fn from_attribute(
        attribute: &Attribute,
        operations: &Operations,
    ) -> Result<Self, AttributeError> {
        match items(attribute)?.len() {
            0..=MAX_RANK => Ok(Self::new(&Vec::from_attribute(attribute, operations)?)),
            more => {
                Err(AttributeError::new(format!("takes at most {MAX_RANK} items, found {more}")))
            }
        }
    }
}

impl<T: AttributeValue> AttributeValue for Option<T> {
    const TYPE: &'static str = T::TYPE;
    fn to_attribute(&self) -> Option<Attribute> {
        match self {
            None => Some(Attribute::List(Vec::new())),
            Some(value) => Some(Attribute::List(vec![value.to_attribute()?])),
        }
    }
    fn from_attribute(
        attribute: &Attribute,
        operations: &Operations,
    ) -> Result<Self, AttributeError> {
        match items(attribute)? {
            [] => Ok(None),
            [value] => T::from_attribute(value, operations).map(Some),
            more => Err(AttributeError::new(format!("takes at most 1 item, found {}", more.len()))),
        }
    }
}

/// An operation that is a part of another one.
impl AttributeValue for Arc<dyn Operation> {
    const TYPE: &'static str = "an operation";
    fn to_attribute(&self) -> Option<Attribute> {
        self.attributes().map(Attribute::from)
    }
    fn from_attribute(
        attribute: &Attribute,
        operations: &Operations,
    ) -> Result<Self, AttributeError> {
        operations.read(attribute)
    }
}
