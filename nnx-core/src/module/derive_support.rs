//! What `#[derive(Module)]` names in its expansion; nothing here is for other use.

use super::{Layer, Module, Pass};

/// A module by the derive.
pub trait Derived {}

/// Asks whether a field is a module.
pub fn is_module<M: Module + ?Sized>(_: &M) {}

/// A value that a layer `L` of a chain takes.
///
/// It is the other way round than [`Layer`], since rustc guesses nothing from a rule on an unknown type:
/// a break in a chain is then an unmet rule of one layer, which the message names.
pub trait Feeds<L> {
    /// What the layer gives.
    type Output;
    /// The layer's forward pass.
    fn feed(self, layer: &L, pass: &mut Pass) -> Self::Output;
}

impl<X, L: Layer<X>> Feeds<L> for X {
    type Output = L::Output;
    fn feed(self, layer: &L, pass: &mut Pass) -> L::Output {
        layer.forward(self, pass)
    }
}
