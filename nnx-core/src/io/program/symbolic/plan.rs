//! Plans of a symbolic program, with types for its inputs and outputs.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::SymbolicProgram;
use crate::Error;
use crate::array::scratch::List;
use crate::module::{PlanCache, arrays_of, check_types};
use crate::ops::DynTensor;
use crate::program::{Memo, Plan, Rewrites};
use crate::tensor::Tensors;

/// A [`SymbolicProgram`] that runs, from tensors `X` to tensors `Y`: what [`Compiled`](crate::module::Compiled) is of a model. The model's type
/// isn't needed.
///
/// The first run for each length plans the program; the plans of the last 64 lengths are kept, and share what they compute of
/// the weights. Any number of threads may run it at once. See [`SymbolicProgram::load`] for an example.
pub struct SymbolicPlan<X, Y> {
    program: SymbolicProgram,
    /// For each length, the input and its axis that have it.
    places: Vec<(usize, usize)>,
    plans: PlanCache<Vec<usize>>,
    memo: Memo,
    types: PhantomData<fn(X) -> Y>,
}

impl<X: Tensors, Y: Tensors> SymbolicPlan<X, Y> {
    /// A program whose lengths are sizes of its inputs. Nothing is planned before the first run.
    ///
    /// # Errors
    /// If a length isn't the size of an axis of an input.
    pub fn new(program: SymbolicProgram) -> Result<Self, Error> {
        let places = program.places()?;
        let (plans, memo) = (PlanCache::default(), Memo::default());
        Ok(Self { program, places, plans, memo, types: PhantomData })
    }

    /// The output for `x`.
    ///
    /// # Errors
    /// If the program has other inputs than `X` or other outputs than `Y`; if there is no program for the lengths of `x`, such as
    /// one that isn't a multiple of its unit; if an operation isn't defined for a value, such as an index outside of an axis.
    pub fn infer(&self, x: X) -> Result<Y, Error> {
        let mut inputs = arrays_of(x, "SymbolicPlan::infer");
        let size = |(input, axis): &(usize, usize)| inputs.get(*input)?.dims().get(*axis).copied();
        // Inputs of another type have no such axis: `check_types` names what is expected.
        let lengths: List<usize> =
            self.places.iter().map(|place| size(place).unwrap_or(1)).collect();
        let plan = match self.plans.find(&lengths[..]) {
            Some(plan) => plan,
            None => {
                let program = self.program.at(&lengths)?;
                check_types::<X, Y>(&program)?;
                let plan = Arc::new(Plan::with(&program, Rewrites::All, &self.memo)?);
                self.plans.insert(lengths.to_vec(), Arc::clone(&plan));
                plan
            }
        };
        let mut outputs = plan.run_list(&mut inputs)?;
        Ok(Y::try_from_list(&mut outputs.drain(..).map(DynTensor::from))?)
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &SymbolicProgram {
        &self.program
    }
}

impl<X, Y> fmt::Debug for SymbolicPlan<X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SymbolicPlan")
            .field("program", &self.program)
            .field("plans", &self.plans.len())
            .finish_non_exhaustive()
    }
}
