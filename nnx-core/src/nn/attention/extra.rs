//! A part of a layer that options ask for.

use std::ops::Deref;

use crate::module::{Module, ParameterCount, Visitor, VisitorMut};

/// A part of a layer that `init` leaves out, and that options may ask for: an `Option`, whose parameters
/// don't count among those that the compiler knows of.
#[derive(Debug, Clone)]
pub struct Extra<M>(Option<M>);

impl<M> Extra<M> {
    /// The part, where it is `wanted`.
    pub(super) fn only_if(wanted: bool, make: impl FnOnce() -> M) -> Self {
        Self(wanted.then(make))
    }
}

impl<M> Deref for Extra<M> {
    type Target = Option<M>;
    fn deref(&self) -> &Option<M> {
        &self.0
    }
}

impl<M: Module> Module for Extra<M> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
}

impl<M> ParameterCount for Extra<M> {
    const PARAMETERS: usize = 0;
    const PARAMETER_BYTES: usize = 0;
}
