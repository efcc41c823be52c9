//! An optional part of a layer, which is off by default.

use std::ops::Deref;

use crate::module::{Module, ModuleVisitor, ParameterCount, Visitor, VisitorMut};

/// An optional part of a layer, an `Option`. `init` leaves it out; options turn it on. Its parameters aren't
/// in the parameter count that the compiler computes.
#[derive(Debug, Clone)]
pub struct OptionalLayer<M>(Option<M>);

impl<M> OptionalLayer<M> {
    /// The part that `make` returns if `wanted` is true, else none.
    pub(super) fn only_if(wanted: bool, make: impl FnOnce() -> M) -> Self {
        Self(wanted.then(make))
    }
}

impl<M> Deref for OptionalLayer<M> {
    type Target = Option<M>;
    fn deref(&self) -> &Option<M> {
        &self.0
    }
}

impl<M: Module> Module for OptionalLayer<M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        self.0.visit_modules(visitor);
    }
}

impl<M> ParameterCount for OptionalLayer<M> {
    const PARAMETERS: usize = 0;
    const PARAMETER_BYTES: usize = 0;
}
