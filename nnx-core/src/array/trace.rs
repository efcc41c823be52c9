//! The value that an array is in a program that is being recorded.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::Array;

/// A value of a program that is being recorded. The recording is a type of a floor above.
pub(crate) struct Trace {
    pub(crate) recording: Arc<dyn Any + Send + Sync>,
    pub(crate) value: usize,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.value)
    }
}

impl Array {
    /// The array as a value of a recording.
    pub(crate) fn with_trace(self, trace: Trace) -> Self {
        debug_assert!(self.trace.is_none(), "the value of one recording alone");
        Self { trace: Some(Arc::new(trace)), ..self }
    }

    /// The value that the array is in a recording, if there is one.
    pub(crate) fn trace(&self) -> Option<&Arc<Trace>> {
        self.trace.as_ref()
    }

    /// As [`trace`](Self::trace); it is taken off, so that an operation can read the elements.
    pub(crate) fn take_trace(&mut self) -> Option<Arc<Trace>> {
        self.trace.take()
    }

    /// The array itself, for a function whose result isn't recorded.
    ///
    /// # Panics
    /// If a program is being recorded: on the next run the result would be that of this one.
    #[track_caller]
    pub(super) fn outside_programs(&self) -> &Self {
        if self.trace.is_some() {
            refuse(self);
        }
        self
    }
}

#[cold]
#[track_caller]
fn refuse(array: &Array) -> ! {
    panic!(
        "elements of a tensor of shape {} are read (as `item` and `to_vec` do) while `jit`, `compile` or `record` records \
         it: later runs repeat the operations, and would see the elements of this run. Choose by `select` instead of `if`, \
         return the tensor and read it outside, or call the function itself",
        array.dims()
    )
}
