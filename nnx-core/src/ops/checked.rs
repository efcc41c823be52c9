//! An operation whose values have been checked before, by an earlier step of a program.

use std::fmt;
use std::sync::Arc;

use super::operation::{Keeps, Operation, Signature};
use super::{Backward, Batching, DynTensor, Members};
use crate::array::{Array, ShapeError};

/// The same operation without [`check_values`](Operation::check_values).
#[derive(Clone)]
pub(crate) struct Checked(pub(crate) Arc<dyn Operation>);

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Operation for Checked {
    fn name(&self) -> &'static str {
        self.0.name()
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        self.0.output(inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        self.0.forward(inputs)
    }
    fn may_panic(&self) -> bool {
        self.0.may_panic()
    }
    fn keeps(&self) -> Keeps {
        self.0.keeps()
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        self.0.gradient(at, index)
    }
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        self.0.all_gradients(at, wanted)
    }
    fn batching(&self, members: &Members<'_>) -> Batching {
        self.0.batching(members)
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        self.0.flops(inputs, output)
    }
}
