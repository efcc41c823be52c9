//! Transforms of gradients, each with slots of its own.

use std::fmt::Debug;

use super::{Rule, Slot, Updates};
use crate::module::{Module, State, Visitor, VisitorMut};

/// One step of an optimizer: gradients in, updates out (`optax.GradientTransformation`).
///
/// Its slots are the variables of the module that it is. What works element by element is a [`Rule`],
/// and needs no implementation of this.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no transform of gradients",
    label = "expected a `Transform`, a `Rule`, or an optimizer such as `adam(1e-3)`"
)]
pub trait Transform: Module + Debug + Send + Sync {
    /// Makes the slots for these parameters.
    fn init(&mut self, params: &State);

    /// Turns gradients into updates.
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>);
}

/// A rule with its slots.
#[derive(Debug)]
struct Elementwise<R, const N: usize> {
    rule: R,
    slots: [Slot; N],
}

impl<R: Rule<N>, const N: usize> Module for Elementwise<R, N> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        R::SLOTS.into_iter().zip(&self.slots).for_each(|(name, slot)| visitor.field(name, slot));
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        let slots = R::SLOTS.into_iter().zip(&mut self.slots);
        slots.for_each(|(name, slot)| visitor.field(name, slot));
    }
}

impl<R: Rule<N>, const N: usize> Transform for Elementwise<R, N> {
    fn init(&mut self, params: &State) {
        self.slots.iter_mut().for_each(|slot| slot.init(params));
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.each(self.rule, self.slots.each_mut());
    }
}

/// What can stand in a chain: a [`Transform`], a [`Rule`], or an optimizer. `How` is found by the
/// compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no transform of gradients",
    label = "expected a `Transform`, a `Rule`, or an optimizer such as `adam(1e-3)`"
)]
pub trait IntoTransform<How> {
    /// The transform.
    #[doc(hidden)]
    #[track_caller]
    fn boxed(self) -> Box<dyn Transform>;
}

/// How a [`Transform`] stands in a chain: as it is.
#[derive(Debug)]
pub enum Whole {}
/// How a [`Rule`] with `N` slots stands in a chain.
#[derive(Debug)]
pub enum ByElement<const N: usize> {}
/// How an optimizer stands in a chain: as a chain of its own.
#[derive(Debug)]
pub enum Named {}

impl<T: Transform + 'static> IntoTransform<Whole> for T {
    fn boxed(self) -> Box<dyn Transform> {
        Box::new(self)
    }
}

impl<R: Rule<N>, const N: usize> IntoTransform<ByElement<N>> for R {
    fn boxed(self) -> Box<dyn Transform> {
        self.check();
        let slots = self.start().map(Slot::new);
        Box::new(Elementwise { rule: self, slots })
    }
}

/// Transforms one after the other (`optax.chain`). Each one's slots stand behind its place.
///
/// ```
/// use nnx_core::optim::{Chain, adam, clip_by_global_norm};
///
/// let rule = Chain::new().then(clip_by_global_norm(1.0)).then(adam(1e-3));
/// # let _ = rule;
/// ```
#[derive(Debug, Default)]
pub struct Chain(Vec<Box<dyn Transform>>);

impl Chain {
    /// A chain without transforms: updates are the gradients.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The chain with one more transform at its end.
    ///
    /// # Panics
    /// If a setting of the transform makes no sense, such as NaN.
    #[must_use]
    #[track_caller]
    pub fn then<How>(mut self, transform: impl IntoTransform<How>) -> Self {
        self.0.push(transform.boxed());
        self
    }
}

impl Module for Chain {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        self.0.visit(visitor);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        self.0.visit_mut(visitor);
    }
}

impl Transform for Chain {
    fn init(&mut self, params: &State) {
        self.0.iter_mut().for_each(|transform| transform.init(params));
    }
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        self.0.iter_mut().for_each(|transform| transform.update(updates));
    }
}

/// Transforms that are optimizers by themselves.
macro_rules! whole {
    ($($transform:ident)*) => { $(
        impl From<super::$transform> for Chain {
            fn from(transform: super::$transform) -> Self {
                Self::new().then(transform)
            }
        }
    )* };
}
whole! { Partition MultiSteps ApplyIfFinite }
