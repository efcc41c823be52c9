//! The state that transforms save between steps.

use crate::array::Array;
use crate::module::{
    DynVariable, Entry, KindId, Module, Path, State, Variable, Visitor, VisitorMut, kind,
};
use crate::tensor::Tensor;

/// A slot: one array of kind `OptState` per parameter, of the same shape and element type, such as the moving
/// averages of gradients. Its path is the name of the slot and then that of the parameter: `mu/dense/kernel`.
#[derive(Debug, Clone)]
pub struct Slot {
    start: f64,
    variables: Vec<(Path, DynVariable)>,
}

impl Slot {
    /// A slot whose elements start at this value.
    #[must_use]
    pub fn new(start: f64) -> Self {
        Self { start, variables: Vec::new() }
    }

    /// Creates the arrays for these parameters.
    pub fn init(&mut self, params: &State) {
        let variable = |(path, Entry { array, .. }): (&Path, &Entry)| {
            let start = Array::full_float(self.start, array.dtype(), &array.dims());
            (path.clone(), DynVariable::from(entry(start)))
        };
        self.variables = params.iter().map(variable).collect();
    }

    /// The arrays, in the order of the parameters' paths.
    pub(super) fn arrays_mut(&mut self) -> impl Iterator<Item = &mut Array> {
        self.variables.iter_mut().map(|(_, variable)| variable.array_mut())
    }

    pub(in crate::optim) fn iter(&self) -> impl Iterator<Item = (&Path, &Array)> {
        self.variables.iter().map(|(path, variable)| {
            let variable: &dyn crate::module::AnyVariable = variable;
            (path, variable.array())
        })
    }
}

impl Module for Slot {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.variables.iter().for_each(|(path, slot)| visitor.at(path, slot));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.variables.iter_mut().for_each(|(path, slot)| visitor.at(path, slot));
    }
}

/// A value of kind `OptState`.
pub(in crate::optim) fn entry(array: Array) -> Entry {
    Entry { kind: KindId::of::<kind::OptState>(), array }
}

/// A counter of kind `OptState`.
pub(in crate::optim) type Count = Variable<Tensor<(), u32>, kind::OptState>;

/// A counter at 0.
pub(in crate::optim) fn count() -> Count {
    Variable::new(Tensor::from(0))
}

/// Adds 1 and returns the count before. The count stops at `u32::MAX` (in optax at the largest i32).
pub(in crate::optim) fn increment(count: &mut Count) -> u32 {
    let before = count.value().item();
    count.replace(Tensor::from(before.saturating_add(1)));
    before
}
