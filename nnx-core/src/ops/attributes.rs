//! Attributes: the parameters of an operation as data, for files and for exporters to other formats.
//!
//! | file | holds |
//! |---|---|
//! | this one | [`Attribute`], [`Attributes`] and the trait of types that are written as one |
//! | `attributes/record` | [`Record`]: reads structs and variants; its counterpart writes them |
//! | `attributes/error`, `attributes/text` | an attribute that can't be read; attributes as text |
//! | `attributes/values` | the trait for numbers, lists, element types, nested operations |
//! | `attributes/kernels` | the trait for parameters of kernels, with their checks |
//! | `registry` | [`Operations`]: which operation a name in a file means |

mod error;
mod kernels;
mod record;
mod text;
mod values;

use std::borrow::Cow;

pub use error::AttributeError;
pub use nnx_derive::AttributeValue;
pub use record::{Record, RecordWriter};

use super::Operations;
use crate::array::Array;

/// A parameter of an operation, as data.
///
/// Sizes, axes and strides are lists of integers; element types and variants of an enum without fields are texts, such as
/// `"f32"` and `"Max"`; a variant with fields is a record.
#[derive(Clone)]
#[non_exhaustive]
pub enum Attribute {
    /// A switch.
    Bool(bool),
    /// An integer: it holds every `i64`, `u64` and `usize`.
    Integer(i128),
    /// A number. Two are equal if their bits are, so that NaN equals itself.
    Float(f64),
    /// A text, an element type, or a variant without fields.
    Text(String),
    /// A list.
    List(Vec<Attribute>),
    /// An array.
    Array(Array),
    /// A value with fields of its own: a struct, a variant with fields, or an operation.
    Record(Attributes),
}

/// The name of an operation's type, and its parameters by name.
///
/// ```
/// use nnx_core::{array::Array, module::record, nn::Relu, ops::{Attribute, DynTensor}};
///
/// let x = DynTensor::from(Array::new(vec![1.0f32, -2.0], &[2])?);
/// let (program, _) = record(&Relu, vec![x], |x, _| vec![x[0].clone().sum(&[0]).mul_scalar(2.0)])?;
/// let steps: Vec<_> = program.iter().filter_map(|step| step.attributes()).collect();
/// assert_eq!(steps[0].to_string(), "Reduce { kind: Sum, axes: [0] }");
/// assert_eq!(steps[1].get("factor"), Some(&Attribute::Float(2.0)));
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Attributes {
    name: Cow<'static, str>,
    fields: Vec<(Cow<'static, str>, Attribute)>,
}

impl Attributes {
    /// The attributes of an operation that can be written as a value; `None` if a part of it can't.
    #[must_use]
    pub fn of<T: AttributeValue>(value: &T) -> Option<Self> {
        Self::from_attribute(value.to_attribute())
    }

    fn from_attribute(attribute: Option<Attribute>) -> Option<Self> {
        match attribute? {
            Attribute::Record(attributes) => Some(attributes),
            Attribute::Text(name) => Some(Self { name: name.into(), fields: Vec::new() }),
            _ => None,
        }
    }

    /// Attributes of this type name, with these parameters.
    #[must_use]
    pub fn new<N: Into<Cow<'static, str>>>(
        name: impl Into<Cow<'static, str>>,
        fields: impl IntoIterator<Item = (N, Attribute)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(name, attribute)| (name.into(), attribute));
        Self { name: name.into(), fields: fields.collect() }
    }

    /// The name of the type, such as `Reduce`. Operations of one type, such as `sum` and `mean`, share it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.record().get(name)
    }

    /// The parameters, in the order of their declaration.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Attribute)> {
        self.record().iter()
    }
}

/// A record without fields is the text of its name.
impl From<Attributes> for Attribute {
    fn from(attributes: Attributes) -> Self {
        match attributes.fields.is_empty() {
            true => Self::Text(attributes.name.into_owned()),
            false => Self::Record(attributes),
        }
    }
}

/// A type that is written as an [`Attribute`], and read from one: numbers, lists, element types, and by a derive structs
/// and enums of these.
///
/// An operation of your own that has it can be written to the file of a program. Its type is registered where the file is
/// read: see [`Operations::with`].
///
/// ```
/// use nnx_core::ops::{Attribute, AttributeValue, Operations};
///
/// #[derive(Debug, PartialEq, AttributeValue)]
/// struct Quantize {
///     bits: u32,
///     rounding: Rounding,
/// }
///
/// #[derive(Debug, PartialEq, AttributeValue)]
/// enum Rounding {
///     Nearest,
///     Stochastic { seed: u64 },
/// }
///
/// let quantize = Quantize { bits: 8, rounding: Rounding::Stochastic { seed: 7 } };
/// let written = quantize.to_attribute().expect("numbers can be written");
/// assert_eq!(format!("{written:?}"), "Quantize { bits: 8, rounding: Stochastic { seed: 7 } }");
/// assert_eq!(Quantize::from_attribute(&written, &Operations::new())?, quantize);
/// # Ok::<(), nnx_core::ops::AttributeError>(())
/// ```
///
/// # The derive
/// A field of a tuple needs a name, `struct Shift(#[attribute(name = "amount")] i32)`; of other fields it is another name than
/// their own. `#[attribute(check = function)]` at the type names a function `fn(&Self) -> Result<(), String>`, which is
/// called with a value that was read; `#[attribute(name = "..")]` there gives it another name than that of the type.
/// Generic types are refused.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be written as an attribute",
    label = "expected a number, a list, or a type with `#[derive(AttributeValue)]`"
)]
pub trait AttributeValue: Sized {
    /// The name of the type in files; what numbers are called in messages.
    const TYPE: &'static str;

    /// The value as data; `None` if it has a part that can't be written, such as a function.
    fn to_attribute(&self) -> Option<Attribute>;

    /// The value of an attribute. `operations` reads operations that are nested in it.
    ///
    /// # Errors
    /// If it is of another kind or out of range.
    fn from_attribute(
        attribute: &Attribute,
        operations: &Operations,
    ) -> Result<Self, AttributeError>;
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a.same_bits(b),
            (Self::Record(a), Self::Record(b)) => a == b,
            _ => false,
        }
    }
}

/// [`Operation::attributes`](super::Operation::attributes) of a type with [`AttributeValue`].
macro_rules! attributes {
    () => {
        fn attributes(&self) -> Option<$crate::ops::Attributes> {
            $crate::ops::Attributes::of(self)
        }
    };
}
pub(crate) use attributes;
