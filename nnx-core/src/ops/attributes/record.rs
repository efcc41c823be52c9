//! Structs and variants as attributes.
//!
//! What depends on no type is here, not in the code that the derive generates: some 200 types have it.

use std::borrow::Cow;

use super::{Attribute, AttributeError, AttributeValue, Attributes, Operations};

/// A struct, a variant or an operation that is read: its name and its fields.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    name: &'a str,
    fields: &'a [(Cow<'static, str>, Attribute)],
}

impl Attribute {
    /// The name and the fields of a record; a text is a name without fields.
    ///
    /// # Errors
    /// If it is neither.
    pub fn record(&self) -> Result<Record<'_>, AttributeError> {
        match self {
            Self::Record(attributes) => Ok(attributes.record()),
            Self::Text(name) => Ok(Record { name, fields: &[] }),
            other => Err(AttributeError::found("a name with fields", other)),
        }
    }
}

impl Attributes {
    pub(super) fn record(&self) -> Record<'_> {
        Record { name: &self.name, fields: &self.fields }
    }
}

impl<'a> Record<'a> {
    /// The name of the struct, the variant or the operation.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.name
    }

    /// The fields, in the order of their declaration.
    pub fn iter(self) -> impl ExactSizeIterator<Item = (&'a str, &'a Attribute)> {
        self.fields.iter().map(|(name, attribute)| (&**name, attribute))
    }

    /// The field of this name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a Attribute> {
        self.iter().find(|(field, _)| *field == name).map(|(_, attribute)| attribute)
    }

    /// The field of this name, read as a type.
    ///
    /// # Errors
    /// If there is none, or it is of another kind or out of range.
    pub fn read<T: AttributeValue>(
        self,
        name: &str,
        operations: &Operations,
    ) -> Result<T, AttributeError> {
        T::from_attribute(self.field(name)?, operations).map_err(|error| error.within(name))
    }

    fn field(self, name: &str) -> Result<&'a Attribute, AttributeError> {
        self.get(name).ok_or_else(|| AttributeError::new("is missing").within(name))
    }

    /// An error unless the name is `name` and there are no fields but these.
    pub fn expect(self, name: &str, fields: &[&str]) -> Result<(), AttributeError> {
        if self.name != name {
            return Err(AttributeError::new(format!("is `{}`, expected `{name}`", self.name)));
        }
        match self.iter().find(|(field, _)| !fields.contains(field)) {
            Some((field, _)) if fields.is_empty() => {
                Err(AttributeError::new(format!("isn't known: `{name}` has none")).within(field))
            }
            Some((field, _)) => Err(AttributeError::new(format!(
                "isn't known: `{name}` has {}",
                fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
            ))
            .within(field)),
            None => Ok(()),
        }
    }
}

/// A struct or a variant that is written, field by field: what `#[derive(AttributeValue)]` calls.
#[doc(hidden)]
#[derive(Debug)]
pub struct RecordWriter {
    name: &'static str,
    /// `None` after a field that can't be written.
    fields: Option<Vec<(Cow<'static, str>, Attribute)>>,
}

impl RecordWriter {
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, fields: Some(Vec::new()) }
    }

    pub fn write<T: AttributeValue>(&mut self, name: &'static str, value: &T) {
        self.push(name, value.to_attribute());
    }

    fn push(&mut self, name: &'static str, attribute: Option<Attribute>) {
        self.fields = self.fields.take().zip(attribute).map(|(mut fields, attribute)| {
            fields.push((name.into(), attribute));
            fields
        });
    }

    #[must_use]
    pub fn finish(self) -> Option<Attribute> {
        let Self { name, fields } = self;
        Some(Attributes { name: name.into(), fields: fields? }.into())
    }
}
