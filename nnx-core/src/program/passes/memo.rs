//! What plans computed of constants: plans of one model, for inputs of several sizes, share it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use crate::array::{Array, DType, Dims, ShapeError};
use crate::ops::{Operation, Prepared, RoleKind, ValueId};
use crate::program::Output;

/// What plans computed of constants, such as packed weights and normalized kernels. Plans that are made with one `Memo`
/// share it, as those of a [`Compiled`](crate::module::Compiled) model for inputs of several sizes do.
#[derive(Default)]
pub struct Memo {
    found: Mutex<HashMap<Key, Entry>>,
}

/// An operation, or what else was done, and the arrays to which it was done.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    what: Text,
    inputs: Vec<Identity>,
}

struct Entry {
    result: Computed,
    /// Kept, so that no other array gets their addresses.
    _inputs: Vec<Array>,
}

#[derive(Clone)]
enum Computed {
    Array(Array),
    Prepared(Option<Arc<Prepared>>),
}

impl Memo {
    /// The output of an operation on constants.
    pub(super) fn array(
        &self,
        operation: &dyn Operation,
        inputs: Vec<Array>,
        compute: impl FnOnce(Vec<Array>) -> Result<Array, ShapeError>,
    ) -> Result<Array, ShapeError> {
        let Some(what) = text_of(operation) else { return compute(inputs) };
        let computed = self.get(what, inputs, |inputs| compute(inputs).map(Computed::Array))?;
        match computed {
            Computed::Array(array) => Ok(array),
            Computed::Prepared(_) => unreachable!("another kind of text"),
        }
    }

    /// An array that a pass computes of constants; `what` names the pass.
    pub(super) fn derived(
        &self,
        what: &str,
        inputs: Vec<Array>,
        compute: impl FnOnce(Vec<Array>) -> Array,
    ) -> Array {
        let what = Text { of: TypeId::of::<Array>(), text: what.to_owned() };
        let computed =
            self.get(what, inputs, |inputs| Ok::<_, ShapeError>(Computed::Array(compute(inputs))));
        match computed {
            Ok(Computed::Array(array)) => array,
            _ => unreachable!("another kind of text"),
        }
    }

    /// The weights of a product, in this order.
    pub(super) fn prepared(
        &self,
        order: &'static str,
        weights: &Array,
        compute: impl FnOnce(&Array) -> Option<Prepared>,
    ) -> Option<Arc<Prepared>> {
        let what = Text { of: TypeId::of::<Prepared>(), text: order.to_owned() };
        let prepare = |inputs: Vec<Array>| {
            Ok::<_, ShapeError>(Computed::Prepared(compute(&inputs[0]).map(Arc::new)))
        };
        match self.get(what, vec![weights.clone()], prepare) {
            Ok(Computed::Prepared(prepared)) => prepared,
            _ => unreachable!("another kind of text"),
        }
    }

    /// What was found before, or is computed now. Two threads may compute the same at once.
    fn get(
        &self,
        what: Text,
        inputs: Vec<Array>,
        compute: impl FnOnce(Vec<Array>) -> Result<Computed, ShapeError>,
    ) -> Result<Computed, ShapeError> {
        let key = Key { what, inputs: inputs.iter().map(Identity::of).collect() };
        let lock = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = lock().get(&key) {
            return Ok(entry.result.clone());
        }
        let result = compute(inputs.clone())?;
        let entry = Entry { result, _inputs: inputs };
        Ok(lock().entry(key).or_insert(entry).result.clone())
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("Memo").field("results", &found.len()).finish()
    }
}

/// Which elements an array has: two arrays of one identity are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::program) enum Identity {
    /// The same memory.
    Memory { address: usize, dtype: DType, dims: Dims, strides: Dims },
    /// One element for all.
    Scalar { bits: u64, dtype: DType, dims: Dims },
}

impl Identity {
    pub(in crate::program) fn of(array: &Array) -> Self {
        let (dims, strides, dtype) = (array.dims(), array.strides(), array.dtype());
        match array.one_element() {
            Some(bits) => Self::Scalar { bits, dtype, dims },
            None => Self::Memory { address: array.address(), dtype, dims, strides },
        }
    }
}

/// Which value or constant an operand of a step is.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum OperandKey {
    Value(ValueId),
    Constant(Identity),
}

impl OperandKey {
    pub(super) fn of(operand: &Output) -> Self {
        match operand {
            Output::Value(value) => Self::Value(*value),
            Output::Constant(array) => Self::Constant(Identity::of(array)),
        }
    }
}

/// An operation's type and its `Debug` text, which says all of its fields.
#[derive(PartialEq, Eq, Hash)]
pub(in crate::program) struct Text {
    of: TypeId,
    text: String,
}

/// The text of an operation; `None` if it is too long, as that of one which holds an array may be, or doesn't say all.
pub(in crate::program) fn text_of(operation: &dyn Operation) -> Option<Text> {
    if matches!(operation.role().0, RoleKind::Opaque) {
        return None;
    }
    let mut bounded = Bounded(String::new());
    write!(bounded, "{operation:?}").ok()?;
    Some(Text { of: (operation as &dyn Any).type_id(), text: bounded.0 })
}

/// Text up to a length.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const LONGEST: usize = 2000;
        if self.0.len() + text.len() > LONGEST {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}
