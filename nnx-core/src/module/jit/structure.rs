//! What a program was recorded for: the variables of the modules, the sizes of the inputs, and numbers of branches.

use super::StepModules;
use crate::Error;
use crate::array::{Array, DType};
use crate::module::{AnyVariable, Path, VisitorMut};
use crate::ops::{DynTensor, Guard, Signature};
use crate::program::Plan;

/// A variable of the modules.
#[derive(Debug)]
pub(super) struct Known {
    path: Path,
    /// Which variable it is: another module of the same type may have other plain fields, such as a learning rate, which
    /// are constants of a program. `None` if the step itself puts another variable in its place.
    id: Option<u64>,
    signature: Signature,
    /// The value of a variable of a shared module, which is a constant of the program.
    shared: Option<Array>,
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.shared, &other.shared) {
            (Some(array), Some(other)) => array.is_same_view(other),
            (None, None) => true,
            _ => false,
        };
        same && (&self.path, self.id, self.signature) == (&other.path, other.id, other.signature)
    }
}

impl Known {
    pub(super) fn new(path: &Path, variable: &dyn AnyVariable) -> Self {
        let shared = variable.is_read_only().then(|| variable.array().clone());
        let signature = Signature::of(variable.array());
        Self { path: path.clone(), id: Some(variable.id()), signature, shared }
    }

    /// Whether a variable is this one, as far as a program can tell.
    pub(super) fn fits(&self, path: &Path, variable: &dyn AnyVariable) -> bool {
        let array = variable.array();
        let same = match &self.shared {
            Some(shared) => variable.is_read_only() && shared.is_same_view(array),
            None => !variable.is_read_only(),
        };
        let recorded = array.trace().is_some();
        let same = same && self.id.is_none_or(|id| id == variable.id());
        same && !recorded && self.signature == Signature::of(array) && self.path == *path
    }
}

/// Appends the number of a counter, and 0 for another variable that isn't shared.
pub(super) fn push_number(variable: &dyn AnyVariable, numbers: &mut Vec<u32>) {
    if variable.is_read_only() {
        return;
    }
    let array = variable.array();
    let is_counter = array.dtype() == DType::U32 && array.dims().is_empty();
    numbers.push(if is_counter { array.elements_from_first::<u32>()[0] } else { 0 });
}

/// The programs for one list of variables.
#[derive(Debug)]
pub(super) struct Structure {
    pub(super) known: Vec<Known>,
    /// What stands in the variables that aren't shared while a program runs on their arrays: one element, broadcast.
    placeholders: Vec<Array>,
    /// The oldest first.
    programs: Vec<Planned>,
}

/// A program for inputs of one size.
#[derive(Debug)]
struct Planned {
    inputs: Vec<Signature>,
    guards: Vec<Guard>,
    plan: Plan,
}

impl Structure {
    pub(super) fn new(known: Vec<Known>) -> Self {
        let own = known.iter().filter(|known| known.shared.is_none());
        let placeholder = |known: &Known| {
            let Signature { dims, dtype } = known.signature;
            Array::zeros(dtype, dims)
        };
        let placeholders = own.map(placeholder).collect();
        Self { known, placeholders, programs: Vec::new() }
    }

    pub(super) fn placeholders(&self) -> impl Iterator<Item = &Array> {
        self.placeholders.iter()
    }

    pub(super) fn programs(&self) -> usize {
        self.programs.len()
    }

    pub(super) fn plan(&self, program: usize) -> &Plan {
        &self.programs[program].plan
    }

    /// The program for these inputs and these numbers of the variables that aren't shared.
    pub(super) fn find(&self, inputs: &[DynTensor], numbers: &[u32]) -> Option<usize> {
        let holds = |guard: &Guard| match guard.input.checked_sub(inputs.len()) {
            Some(variable) => numbers[variable].min(guard.most) == guard.number,
            None => guard.holds_for(inputs[guard.input].array()),
        };
        let fits = |program: &Planned| {
            program.inputs.iter().copied().eq(inputs.iter().map(DynTensor::stored_signature))
                && program.guards.iter().all(holds)
        };
        self.programs.iter().rposition(fits)
    }

    /// Adds a program. Where there are more than `most`, the oldest one goes.
    pub(super) fn add(
        &mut self,
        inputs: Vec<Signature>,
        guards: Vec<Guard>,
        plan: Plan,
        most: usize,
    ) {
        self.programs.push(Planned { inputs, guards, plan });
        if self.programs.len() > most {
            self.programs.remove(0);
        }
    }
}

/// Takes the arrays of all variables that aren't shared after a run, and writes `before` into them, in the order of a visit.
/// Forgets the ids of those in whose place the run has put others.
///
/// # Errors
/// If the variables aren't those of before: then those of the same paths are as before, and the others have no trace.
pub(super) fn take_traced<M: StepModules>(
    modules: &mut M::Refs<'_>,
    known: &mut [Known],
    before: Vec<Array>,
) -> Result<Vec<Array>, Error> {
    let mut after = Vec::with_capacity(before.len());
    let mut other = None;
    let mut before: Vec<Option<Array>> = before.into_iter().map(Some).collect();
    let mut count = 0;
    M::visit_mut(
        modules,
        &mut VisitorMut::new(&mut |path, variable| {
            match known.get_mut(count).filter(|known| known.path == *path) {
                Some(known) => known.id = known.id.filter(|id| *id == variable.id()),
                None => _ = other.get_or_insert_with(|| path.clone()),
            }
            let found = known.get(count).filter(|known| known.path == *path);
            count += 1;
            if variable.is_read_only() {
                return;
            }
            let mut array = variable.array().clone();
            let own = known.iter().filter(|known| known.shared.is_none());
            let index = match found.and(before.get(after.len())) {
                Some(Some(_)) => Some(after.len()),
                _ => own.into_iter().position(|known| known.path == *path),
            };
            after.push(array.clone());
            let restored = index.and_then(|index| before[index].take()).unwrap_or_else(|| {
                drop(array.take_trace());
                array
            });
            // A variable of another shape than before is a change of the structure.
            if variable.set_array(restored).is_err() {
                other.get_or_insert_with(|| path.clone());
            }
        }),
    );
    let missing = known.get(count).map(|known| known.path.clone());
    match other.or(missing) {
        None => Ok(after),
        Some(path) => Err(Error::other(format!(
            "a recorded step changes the values of variables, but this one has added or removed variables, such as `{path}`: \
             change the structure of a module outside of the step"
        ))),
    }
}
