//! What transforms keep between steps.

use crate::array::Array;
use crate::module::{
    DynVariable, Entry, KindId, Module, Path, State, Variable, Visitor, VisitorMut, kind,
};
use crate::tensor::Tensor;

/// One array of kind `OptState` for each parameter, of its shape and type, such as the means of
/// gradients. It stands at the parameter's path behind the slot's own name: `mu/dense/kernel`.
#[derive(Debug, Clone)]
pub struct Slot {
    start: f64,
    variables: Vec<(Path, DynVariable)>,
}

impl Slot {
    /// A slot whose elements start with this.
    #[must_use]
    pub fn new(start: f64) -> Self {
        Self { start, variables: Vec::new() }
    }

    /// Makes the arrays for these parameters.
    pub fn init(&mut self, params: &State) {
        let variable = |(path, Entry { array, .. }): (&Path, &Entry)| {
            let start = Array::full_float(self.start, array.dtype(), &array.dims());
            (path.clone(), DynVariable::from(entry(start)))
        };
        self.variables = params.iter().map(variable).collect();
    }

    pub(super) fn arrays_mut(&mut self) -> impl Iterator<Item = &mut Array> {
        self.variables.iter_mut().map(|(_, variable)| variable.array_mut())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Path, &Array)> {
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

/// A value of an optimizer's state.
pub(super) fn entry(array: Array) -> Entry {
    Entry { kind: KindId::of::<kind::OptState>(), array }
}

/// A counter among an optimizer's state.
pub(super) type Count = Variable<Tensor<(), u32>, kind::OptState>;

/// A counter at 0.
pub(super) fn count() -> Count {
    Variable::new(Tensor::from(0))
}

/// Counts one further, and gives the number before. The last number stays, as in optax.
pub(super) fn increment(count: &mut Count) -> u32 {
    let number = count.value().item();
    count.replace(Tensor::from(number.saturating_add(1)));
    number
}
