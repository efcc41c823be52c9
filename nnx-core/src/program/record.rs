//! Records a program.

use std::sync::Arc;

use super::{Output, Program, ProgramVariable};
use crate::array::Array;
use crate::ops::{DynTensor, Recording, ValueId};

/// Records a program. First `input` and `variable` turn arrays into tensors; every operation on these tensors is then
/// recorded, until [`finish`](Self::finish).
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    recording: Arc<Recording>,
    inputs: Vec<ValueId>,
    variables: Vec<ProgramVariable>,
}

impl Recorder {
    /// Adds an input, which each run gives anew.
    pub(crate) fn input(&mut self, array: Array) -> DynTensor {
        let (tensor, value) = self.recording.input(array);
        self.inputs.push(value);
        tensor
    }

    /// Adds a variable, which the program reads.
    pub(crate) fn variable(&mut self, path: String, array: Array) -> DynTensor {
        let (tensor, value) = self.recording.input(array.clone());
        self.variables.push(ProgramVariable { path, value, array });
        tensor
    }

    /// The program that computes `outputs`, and the outputs of this run.
    #[track_caller]
    pub(crate) fn finish(self, outputs: Vec<DynTensor>) -> (Program, Vec<DynTensor>) {
        let split = |tensor: DynTensor| {
            let mut array = tensor.stop_gradient().into_array();
            let output = match self.recording.value_of(&mut array) {
                Some(value) => Output::Value(value),
                None => Output::Constant(array.clone()),
            };
            (output, DynTensor::from(array))
        };
        let (outputs, results) = outputs.into_iter().map(split).unzip();
        let recorded = self.recording.finish();
        let program = Program {
            values: recorded.values,
            inputs: self.inputs,
            variables: self.variables,
            steps: recorded.steps,
            outputs,
        };
        (program, results)
    }
}
