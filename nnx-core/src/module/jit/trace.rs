//! The run of a step that records it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::structure::{Known, take_traced};
use super::{Jit, StepFn, StepModules};
use crate::Error;
use crate::array::Array;
use crate::module::{Visitor, VisitorMut};
use crate::ops::{DynTensor, Guard, Signature, refuse_captured};
use crate::program::{Program, Recorder};
use crate::tensor::Tensors;

/// What a run of the function has recorded. The modules are as they were before it.
pub(super) struct Traced {
    pub(super) program: Program,
    pub(super) outputs: Vec<DynTensor>,
    /// The new values of the variables.
    pub(super) variables: Vec<Array>,
    pub(super) known: Vec<Known>,
    pub(super) inputs: Vec<Signature>,
    pub(super) guards: Vec<Guard>,
}

impl<F, M, X> Jit<F, M, X>
where
    F: StepFn<M, X, Output: Tensors>,
    M: StepModules,
    X: Tensors,
{
    /// Runs and records the function on modules and the inputs in the list; then the modules are as before.
    #[track_caller]
    pub(super) fn trace(&mut self, modules: &mut M::Refs<'_>) -> Result<Traced, Error> {
        let inputs: Vec<Signature> = self.list.iter().map(DynTensor::stored_signature).collect();
        let mut recorder = Recorder::default();
        let tensors: Vec<DynTensor> =
            self.list.drain(..).map(|x| recorder.input(x.into_array())).collect();
        let (mut known, mut before) = (Vec::new(), Vec::new());
        M::visit_mut(
            modules,
            &mut VisitorMut::new(&mut |path, variable| {
                known.push(Known::new(path, variable));
                if !variable.is_read_only() {
                    let array = variable.array().clone();
                    before.push(array.clone());
                    let traced = recorder.given_variable(path.to_string(), array).into_array();
                    variable.set_array(traced).expect("of its own shape");
                }
            }),
        );
        let f = &mut self.f;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            f.run(M::reborrow(modules), X::from_list(&mut tensors.into_iter()))
        }));
        let mut captured = None;
        M::visit(
            modules,
            &mut Visitor::new(&mut |_, variable| {
                captured = captured.into_iter().chain(variable.outermost_tape()).min();
            }),
        );
        let after = take_traced::<M>(modules, &mut known, before);
        let failed = |recorder: Recorder, outcome: Result<Error, Box<dyn Any + Send>>| {
            recorder.abandon();
            outcome.unwrap_or_else(|panic| resume_unwind(panic))
        };
        let (output, after) = match (outcome, after) {
            (Ok(Ok(output)), Ok(after)) => (output, after),
            (Ok(Ok(_)), Err(error)) | (Ok(Err(error)), _) => {
                return Err(failed(recorder, Ok(error)));
            }
            (Err(panic), _) => return Err(failed(recorder, Err(panic))),
        };
        let mut outputs = Vec::new();
        output.into_list(&mut outputs);
        let tapes = outputs.iter().filter_map(|x| x.node().map(|node| node.outermost));
        let is_batched = outputs.iter().any(DynTensor::is_batched);
        if is_batched || recorder.began_after(tapes.chain(captured).min()) {
            recorder.abandon();
            refuse_captured();
        }
        let update = |(index, array)| recorder.update(index, array);
        let variables = after.into_iter().enumerate().map(update).collect();
        let (program, outputs, guards) = recorder.finish_guarded(outputs);
        Ok(Traced { program, outputs, variables, known, inputs, guards })
    }
}
