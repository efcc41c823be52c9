//! A variable with a runtime shape.

use std::fmt;

use super::bf16::expect_stored;
use super::{AnyVariable, Entry, KindId, Module, ModuleVisitor, Visitor, VisitorMut};
use crate::array::{Array, DType, ShapeError};
use crate::ops::next_id;
use crate::size::mismatch;

/// A variable with a runtime shape, such as a slot of an optimizer. Its shape and element type are those of
/// its first value, and don't change.
pub struct DynVariable {
    id: u64,
    kind: KindId,
    array: Array,
}

impl DynVariable {
    /// A variable of this kind, with its first value.
    #[must_use]
    pub fn new(kind: KindId, array: Array) -> Self {
        Self { id: next_id(), kind, array }
    }

    /// A variable that passes treat as the variable with this id.
    pub(super) fn in_place_of(id: u64, kind: KindId, array: Array) -> Self {
        Self { id, kind, array }
    }

    pub(crate) fn array_mut(&mut self) -> &mut Array {
        &mut self.array
    }
}

impl From<Entry> for DynVariable {
    fn from(Entry { kind, array }: Entry) -> Self {
        Self::new(kind, array)
    }
}

impl Clone for DynVariable {
    fn clone(&self) -> Self {
        Self::new(self.kind, self.array.clone())
    }
}

impl fmt::Debug for DynVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({} {})", self.kind, self.array.dims(), self.array.dtype())
    }
}

impl AnyVariable for DynVariable {
    fn id(&self) -> u64 {
        self.id
    }
    fn kind(&self) -> KindId {
        self.kind
    }
    fn array(&self) -> &Array {
        &self.array
    }
    fn shape(&self) -> String {
        self.array.dims().to_string()
    }
    fn check(&self, array: &Array) -> Result<(), ShapeError> {
        let dtype = self.array.dtype();
        let dtype = if dtype == DType::Bf16 { DType::F32 } else { dtype };
        expect_stored(array, dtype, self.kind)?;
        if array.dims() != self.array.dims() {
            let axes: Vec<Option<usize>> = self.array.dims().iter().copied().map(Some).collect();
            let found = array.dims();
            let problem = mismatch(&axes, &[], &[], &[], &found).unwrap_or_default();
            return Err(ShapeError::Shape { expected: self.shape(), found, problem });
        }
        Ok(())
    }
    fn set_array(&mut self, array: Array) -> Result<(), ShapeError> {
        self.check(&array)?;
        self.array = array;
        Ok(())
    }
}

impl Module for DynVariable {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.variable(self);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        visitor.variable(self);
    }
    fn visit_modules(&mut self, _: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
    }
}
