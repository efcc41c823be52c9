//! The state that transforms save between steps.

use crate::array::Array;
use crate::module::{
    AnyVariable, DynVariable, Entry, KindId, Module, ModuleVisitor, Path, State, Variable, Visitor,
    VisitorMut, kind,
};
use crate::ops::{incremented, number_for_branch};
use crate::tensor::Tensor;

/// A slot: one array of kind `OptState` per parameter, such as the moving averages of gradients. It has the shape
/// of the parameter unless it was created by [`init_shaped`](Self::init_shaped). Its path is the name of the slot
/// and then that of the parameter: `mu/dense/kernel`.
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
        self.init_shaped(params, <[usize]>::to_vec);
    }

    /// Creates arrays of other shapes: `shape` maps that of a parameter to that of its array.
    ///
    /// ```
    /// use nnx_core::module::{Init, state};
    /// use nnx_core::{nn::Linear, optim::Slot, random::Rngs, size::{U2, U3}};
    ///
    /// let params = state(&Linear::<U2, U3>::init(&mut Rngs::new(0)));
    /// let mut norms = Slot::new(0.0);
    /// norms.init_shaped(&params, |_| vec![]);
    /// assert_eq!(norms.array(0).dims().len(), 0);
    /// ```
    pub fn init_shaped(&mut self, params: &State, shape: impl Fn(&[usize]) -> Vec<usize>) {
        let array = |(path, Entry { array, .. }): (&Path, &Entry)| {
            let start = Array::full_float(self.start, array.dtype(), &shape(&array.dims()));
            (path.clone(), start)
        };
        self.set_all(params.iter().map(array).collect::<Vec<_>>());
    }

    /// Creates arrays that start as the parameters, for weights that are kept beside them.
    pub fn init_as_params(&mut self, params: &State) {
        let arrays = params.iter().map(|(path, entry)| (path.clone(), entry.array.clone()));
        self.set_all(arrays);
    }

    /// Replaces all arrays, and their paths.
    pub(in crate::optim) fn set_all(&mut self, arrays: impl IntoIterator<Item = (Path, Array)>) {
        let variable = |(path, array)| (path, DynVariable::from(entry(array)));
        self.variables = arrays.into_iter().map(variable).collect();
    }

    /// The array of a parameter, by its index among the parameters that [`init`](Self::init) was given.
    ///
    /// # Panics
    /// If there were fewer parameters.
    #[must_use]
    pub fn array(&self, index: usize) -> &Array {
        AnyVariable::array(&self.variables[index].1)
    }

    /// Sets the array of a parameter, as [`array`](Self::array) reads it.
    ///
    /// # Panics
    /// If there were fewer parameters, or the array has another shape or element type than before.
    #[track_caller]
    pub fn set(&mut self, index: usize, array: Array) {
        let (path, variable) = &mut self.variables[index];
        let set = variable.set_array(array);
        set.unwrap_or_else(|error| panic!("the slot of `{path}`: {error}"));
    }

    /// Replaces parameters by the arrays of the same paths. Other parameters stay.
    pub(in crate::optim) fn replace_in(&self, params: &mut State) {
        for (path, array) in self.iter() {
            if let Some(entry) = params.get(path) {
                let kind = entry.kind;
                params.insert(path.clone(), Entry { kind, array: array.clone() });
            }
        }
    }

    /// The arrays, in the order of the parameters' paths.
    pub(in crate::optim) fn arrays(&self) -> impl Iterator<Item = &Array> {
        self.iter().map(|(_, array)| array)
    }

    pub(in crate::optim) fn array_mut(&mut self, index: usize) -> &mut Array {
        self.variables[index].1.array_mut()
    }

    /// The arrays, in the order of the parameters' paths.
    pub(super) fn arrays_mut(&mut self) -> impl Iterator<Item = &mut Array> {
        self.variables.iter_mut().map(|(_, variable)| variable.array_mut())
    }

    pub(in crate::optim) fn iter(&self) -> impl Iterator<Item = (&Path, &Array)> {
        self.variables.iter().map(|(path, variable)| (path, AnyVariable::array(variable)))
    }
}

impl Module for Slot {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.variables.iter().for_each(|(path, slot)| visitor.at(path, slot));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.variables.iter_mut().for_each(|(path, slot)| visitor.at(path, slot));
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
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

/// Adds 1 and returns the count before, `()` of u32. The count stops at `u32::MAX` (in optax at the largest i32).
pub(in crate::optim) fn increment(count: &mut Count) -> Array {
    let before = count.value().array().clone();
    count.replace(Tensor::trusted(incremented(before.clone()).into()));
    before
}

/// As [`increment`], for a branch on the count. In a recorded step each count has a program of its own.
#[track_caller]
pub(in crate::optim) fn increment_for_branch(count: &mut Count) -> u32 {
    let before = number_for_branch(count.value().array(), u32::MAX);
    count.replace(Tensor::from(before.saturating_add(1)));
    before
}
