//! Records a program.

use std::sync::Arc;

use super::{Output, Program, ProgramVariable};
use crate::array::Array;
use crate::ops::{DynTensor, Guard, Recording, ValueId};

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
        let array = Some(array);
        self.variables.push(ProgramVariable { path, value, array, update: None });
        tensor
    }

    /// A variable that each run is given, and may change.
    pub(crate) fn given_variable(&mut self, path: String, array: Array) -> DynTensor {
        let (tensor, value) = self.recording.input(array);
        self.variables.push(ProgramVariable { path, value, array: None, update: None });
        tensor
    }

    /// Sets what a variable is after a run, by its index; its array without the trace.
    pub(crate) fn update(&mut self, index: usize, mut array: Array) -> Array {
        let update = match self.recording.value_of(&mut array) {
            Some(value) => Output::Value(value),
            None => Output::constant(array.clone()),
        };
        self.variables[index].update = Some(update);
        array
    }

    /// The program that computes `outputs`, and the outputs of this run.
    #[track_caller]
    pub(crate) fn finish(self, outputs: Vec<DynTensor>) -> (Program, Vec<DynTensor>) {
        let (program, results, _) = self.finish_guarded(outputs);
        (program, results)
    }

    /// As [`finish`](Self::finish), with the numbers that the program is for: the index of a variable, and its number.
    #[track_caller]
    pub(crate) fn finish_guarded(
        self,
        outputs: Vec<DynTensor>,
    ) -> (Program, Vec<DynTensor>, Vec<Guard>) {
        let split = |tensor: DynTensor| {
            let mut array = tensor.stop_gradient().into_array();
            let output = match self.recording.value_of(&mut array) {
                Some(value) => Output::Value(value),
                None => Output::constant(array.clone()),
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
            guards: recorded.guards.clone(),
        };
        (program, results, recorded.guards)
    }

    /// Whether a tape began before the recording.
    pub(crate) fn began_after(&self, tape: Option<u64>) -> bool {
        self.recording.began_after(tape)
    }

    /// Ends the recording without a program: tensors that were kept from it are refused.
    pub(crate) fn abandon(self) {
        drop(self.recording.finish());
    }
}
