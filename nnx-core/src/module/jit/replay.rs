//! The run of a program that was recorded before.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::{Jit, StepFn, StepModules, structure};
use crate::Error;
use crate::array::Array;
use crate::module::{AnyVariable, Path, Visitor, VisitorMut};
use crate::ops::DynTensor;
use crate::tensor::Tensors;

impl<F, M, X> Jit<F, M, X>
where
    F: StepFn<M, X, Output: Tensors>,
    M: StepModules,
    X: Tensors,
{
    /// The structure and the program that fit these modules and the inputs in the list.
    pub(super) fn find(&mut self, modules: &M::Refs<'_>) -> Option<(usize, usize)> {
        let Self { structures, list, numbers, path: own, .. } = self;
        structures.iter().enumerate().find_map(|(index, structure)| {
            numbers.clear();
            let (mut same, mut count) = (true, 0);
            let mut compare = |path: &Path, variable: &dyn AnyVariable| {
                same = same && structure.known.get(count).is_some_and(|k| k.fits(path, variable));
                count += 1;
                if same {
                    structure::push_number(variable, numbers);
                }
            };
            let mut visitor = Visitor::new(&mut compare).with_path(std::mem::take(own));
            M::visit(modules, &mut visitor);
            *own = visitor.into_path();
            if !same || count != structure.known.len() {
                return None;
            }
            Some((index, structure.find(list, numbers)?))
        })
    }

    /// Replays a plan, and writes the outputs into the list.
    pub(super) fn replay(
        &mut self,
        structure: usize,
        program: usize,
        modules: &mut M::Refs<'_>,
    ) -> Result<(), Error> {
        let Self { structures, slots, list, path, .. } = self;
        let structure = &structures[structure];
        let plan = structure.plan(program);
        slots.clear();
        list.drain(..).for_each(|x| slots.push(x.into_array()));
        // The arrays are moved out of the modules, so that steps overwrite them in place.
        let mut placeholders = structure.placeholders();
        visit_mut::<M>(modules, path, &mut |variable| {
            slots.push(variable.array().clone());
            let placeholder = placeholders.next().expect("one a variable").clone();
            variable.set_array(placeholder).expect("of its own shape");
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| plan.replay(slots)));
        match outcome {
            Ok(Ok(())) => {
                let count = plan.count_outputs();
                let mut results = plan.results(slots);
                list.extend(results.by_ref().take(count).map(DynTensor::from));
                write::<M>(modules, path, &mut results);
            }
            _ => write::<M>(modules, path, &mut plan.variables_after_failure(slots)),
        }
        slots.clear();
        match outcome {
            Ok(done) => Ok(done?),
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// Writes new values into the variables, in the order of a visit.
pub(super) fn write<M: StepModules>(
    modules: &mut M::Refs<'_>,
    path: &mut Path,
    arrays: &mut dyn Iterator<Item = Array>,
) {
    visit_mut::<M>(modules, path, &mut |variable| {
        let array = arrays.next().expect("one a variable");
        variable.set_array(array).expect("of its own shape");
    });
}

/// Calls `f` with each variable that isn't shared. `path` is a buffer for the path of a variable: one for all calls, so that
/// a replay allocates none.
fn visit_mut<M: StepModules>(
    modules: &mut M::Refs<'_>,
    path: &mut Path,
    f: &mut dyn FnMut(&mut dyn AnyVariable),
) {
    let mut each = |_: &Path, variable: &mut dyn AnyVariable| {
        if !variable.is_read_only() {
            f(variable);
        }
    };
    let mut visitor = VisitorMut::new(&mut each).with_path(std::mem::take(path));
    M::visit_mut(modules, &mut visitor);
    *path = visitor.into_path();
}
