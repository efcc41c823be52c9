//! Which operation a name in a file means.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::in_place::InPlace;
use super::numbers::NumberFunction;
use super::optimizer_loops::BlockUpdate;
use super::{Attribute, AttributeError, AttributeValue, Operation, Record};

/// The operations that programs in files may have: those of the library, and of others those that are added.
///
/// ```
/// use nnx_core::ops::Operations;
///
/// let operations = Operations::new();
/// assert!(operations.names().any(|name| name == "MatMul"));
/// ```
#[derive(Clone)]
pub struct Operations {
    readers: HashMap<&'static str, Reader>,
}

type Read<T> = fn(&Attribute, &Operations) -> Result<T, AttributeError>;

/// How what a name means is read.
#[derive(Clone, Copy)]
pub(crate) enum Reader {
    Operation(Read<Arc<dyn Operation>>),
    InPlace(Read<Arc<dyn InPlace>>),
    /// A part of an optimizer's step.
    Update(Read<Arc<dyn BlockUpdate>>),
    /// A function of the operation `Numbers`.
    Numbers(Read<Arc<dyn NumberFunction>>),
}

impl Reader {
    fn kind(self) -> &'static str {
        match self {
            Self::Operation(_) => "an operation",
            Self::InPlace(_) => "an operation in place",
            Self::Update(_) => "an update of an optimizer",
            Self::Numbers(_) => "a function of numbers",
        }
    }
}

/// A row of a table of operations: the name of a type, and how it is read.
pub(crate) type Row = (&'static str, Reader);

/// The row of an operation.
pub(crate) const fn operation<T: Operation + AttributeValue>() -> Row {
    (T::TYPE, Reader::Operation(|x, of| Ok(Arc::new(T::from_attribute(x, of)?))))
}

/// The row of an operation in place.
pub(crate) const fn in_place<T: InPlace + AttributeValue>() -> Row {
    (T::TYPE, Reader::InPlace(|x, of| Ok(Arc::new(T::from_attribute(x, of)?))))
}

/// The row of a function of numbers.
pub(crate) const fn number_row<T: NumberFunction + AttributeValue>() -> Row {
    (T::TYPE, Reader::Numbers(|x, of| Ok(Arc::new(T::from_attribute(x, of)?))))
}

impl Operations {
    /// The operations of these rows.
    ///
    /// # Panics
    /// If two have one name.
    #[track_caller]
    pub(crate) fn of(rows: impl Iterator<Item = Row>) -> Self {
        let mut operations = Self { readers: HashMap::new() };
        rows.for_each(|(name, reader)| operations.add(name, reader));
        operations
    }

    /// These, and an operation of another crate.
    ///
    /// # Panics
    /// If an operation has its name already: `#[attribute(name = "..")]` gives it another one.
    #[must_use]
    #[track_caller]
    pub fn with<T: Operation + AttributeValue>(mut self) -> Self {
        let (name, reader) = operation::<T>();
        self.add(name, reader);
        self
    }

    #[track_caller]
    fn add(&mut self, name: &'static str, reader: Reader) {
        let before = self.readers.insert(name, reader);
        assert!(
            before.is_none(),
            "two operations are named `{name}`: give one another name, by `#[attribute(name = \"..\")]`"
        );
    }

    /// The names, in no order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.readers.keys().copied()
    }

    /// The operation that the attribute is: its name and its parameters.
    ///
    /// # Errors
    /// If no operation has the name, or an attribute is missing, of another kind or out of range.
    pub fn read(&self, attribute: &Attribute) -> Result<Arc<dyn Operation>, AttributeError> {
        match self.find(attribute)? {
            Reader::Operation(read) => read(attribute, self),
            other => Err(Self::other_kind(attribute, other, "an operation")),
        }
    }

    #[cfg_attr(
        not(feature = "safetensors"),
        expect(dead_code, reason = "files of programs read it")
    )]
    pub(crate) fn read_in_place(
        &self,
        attribute: &Attribute,
    ) -> Result<Arc<dyn InPlace>, AttributeError> {
        match self.find(attribute)? {
            Reader::InPlace(read) => read(attribute, self),
            other => Err(Self::other_kind(attribute, other, "an operation in place")),
        }
    }

    pub(crate) fn read_update(
        &self,
        attribute: &Attribute,
    ) -> Result<Arc<dyn BlockUpdate>, AttributeError> {
        match self.find(attribute)? {
            Reader::Update(read) => read(attribute, self),
            other => Err(Self::other_kind(attribute, other, "an update of an optimizer")),
        }
    }

    pub(crate) fn read_numbers(
        &self,
        attribute: &Attribute,
    ) -> Result<Arc<dyn NumberFunction>, AttributeError> {
        match self.find(attribute)? {
            Reader::Numbers(read) => read(attribute, self),
            other => Err(Self::other_kind(attribute, other, "a function of numbers")),
        }
    }

    fn find(&self, attribute: &Attribute) -> Result<Reader, AttributeError> {
        let name = attribute.record()?.name();
        self.readers.get(name).copied().ok_or_else(|| {
            AttributeError::new(format!(
                "no operation is named `{name}`: a later version of the library may have it, or a feature that is off; add one \
                 of your own by `Operations::new().with::<..>()`"
            ))
        })
    }

    fn other_kind(attribute: &Attribute, found: Reader, expected: &str) -> AttributeError {
        let name = attribute.record().map_or("", Record::name);
        AttributeError::new(format!("`{name}` is {}, expected {expected}", found.kind()))
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&str> = self.names().collect();
        names.sort_unstable();
        f.debug_tuple("Operations").field(&names).finish()
    }
}
