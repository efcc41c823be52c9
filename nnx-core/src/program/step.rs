//! One run of a recorded step on arrays: for programs that were read from a file.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::{Plan, Slots};
use crate::array::{Array, ShapeError};
use crate::ops::Signature;

impl Plan {
    /// Runs the program of a recorded step ([`jit`](crate::module::jit)): returns its outputs, and replaces `variables`, in
    /// the order of [`Program::variables`](super::Program::variables), by their values after the run. Steps overwrite the
    /// elements of an array that nobody else holds.
    ///
    /// ```
    /// use nnx_core::{Tensor, module::{Init, jit, loss_and_grad, Layer}, nn::Linear, optim::{Optimizer, sgd}};
    /// use nnx_core::{module::{Path, state}, program::Plan, random::Rngs, size::{U1, U2}, tensor::Tensor};
    ///
    /// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
    /// let mut optimizer = Optimizer::new(&model, sgd(0.1));
    /// let mut step = jit(|(model, optimizer): (&mut Linear<U2, U1>, &mut Optimizer), x: Tensor![4, 2]| {
    ///     let (loss, grads) = loss_and_grad(model, |model, pass| model.forward(x, pass).square().mean())?;
    ///     optimizer.update(model, grads)?;
    ///     Ok(loss)
    /// });
    /// let program = step.program((&mut model, &mut optimizer), Tensor::ones())?;
    /// let plan = Plan::new(&program)?;
    /// // Their paths begin with the number of the module, as the step has two.
    /// let states = [state(&model), state(&optimizer)];
    /// let array = |path: &str| {
    ///     let (module, path) = path.split_once('/').expect("a module");
    ///     states[module.parse::<usize>().expect("a number")].get(&Path::parse(path)).expect("a variable").array.clone()
    /// };
    /// let mut variables: Vec<_> = program.variables().map(|variable| array(variable.path)).collect();
    ///
    /// let loss = plan.run_step(vec![Tensor::<nnx_core::shape![4, 2]>::ones().into_dyn().into_array()], &mut variables)?;
    /// let expected = step.call((&mut model, &mut optimizer), Tensor::ones())?;
    /// assert_eq!(loss[0].to_vec::<f32>()?, [expected.item()]);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If inputs or variables don't have the recorded shapes and types; if a counter doesn't have the number that the program is
    /// for; if an operation isn't defined for a value. The variables are unchanged then.
    ///
    /// # Panics
    /// As the operations.
    pub fn run_step(
        &self,
        inputs: Vec<Array>,
        variables: &mut [Array],
    ) -> Result<Vec<Array>, ShapeError> {
        self.check_inputs(&inputs)?;
        self.check_variables(&inputs, variables)?;
        let mut slots = Slots::default();
        inputs.into_iter().for_each(|input| slots.push(input));
        for variable in variables.iter_mut() {
            let placeholder = Array::zeros(variable.dtype(), variable.dims());
            slots.push(std::mem::replace(variable, placeholder));
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| self.replay(&mut slots)));
        if let Ok(Ok(())) = outcome {
            let mut results = self.results(&mut slots);
            let outputs = results.by_ref().take(self.count_outputs()).collect();
            variables.iter_mut().zip(results).for_each(|(variable, new)| *variable = new);
            return Ok(outputs);
        }
        let before = self.variables_after_failure(&mut slots);
        variables.iter_mut().zip(before).for_each(|(variable, array)| *variable = array);
        match outcome {
            Ok(failed) => failed.map(|()| Vec::new()),
            Err(panic) => resume_unwind(panic),
        }
    }

    fn check_variables(&self, inputs: &[Array], variables: &[Array]) -> Result<(), ShapeError> {
        let problem = |problem| Err(ShapeError::operands("program", problem));
        let (expected, found) = (self.updates.len(), variables.len());
        if expected != found {
            return problem(format!("takes {expected} variables, found {found}"));
        }
        let program = &self.program;
        for (variable, array) in program.given_variables().zip(variables) {
            let (expected, found) = (program.values[variable.value], Signature::of(array));
            if expected != found {
                let path = &variable.path;
                return problem(format!(
                    "takes a variable `{path}` of shape {expected}, found {found}"
                ));
            }
        }
        let given = program.given_variables().map(|variable| &variable.value);
        let values = program.inputs.iter().chain(given).zip(inputs.iter().chain(variables));
        for (value, array) in values {
            let mut guards = program.guards.iter().filter(|guard| guard.input == *value);
            if let Some(guard) = guards.find(|guard| !guard.holds_for(array)) {
                let (number, value) = (guard.number, guard.input);
                return problem(format!(
                    "was recorded for the number {number} of the counter %{value}: record one for this number"
                ));
            }
        }
        Ok(())
    }
}
