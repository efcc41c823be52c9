//! What `#[derive(Module)]` and other macros name in their expansions; nothing here is for other use.

use std::marker::PhantomData;

pub use nnx_derive::einsum;

pub use super::cost::{field_through, larger, stride_through};
use super::{Cost, Init, Layer, Module, ParameterCount, Pass};
use crate::random::Rngs;

/// An input that derived modules refuse: two of them, since rustc takes the only one, see [`Layer`].
#[derive(Debug)]
pub struct Refused<M: ?Sized>(Never, PhantomData<fn(*const M)>);
/// The other one.
#[derive(Debug)]
pub struct AlsoRefused<M: ?Sized>(Never, PhantomData<fn(*const M)>);
/// What nobody has.
#[derive(Debug)]
enum Never {}

/// Every type, as its own `Type`.
pub trait Same {
    /// The type itself.
    type Type: ?Sized;
}
impl<T: ?Sized> Same for T {
    type Type = T;
}

/// Asks whether a field is a module.
pub fn is_module<M: Module + ?Sized>(_: &M) {}

/// A value that a layer `L` of a chain takes.
///
/// It is the other way round than [`Layer`], since rustc guesses nothing from a rule on an unknown type:
/// a break in a chain is then an unmet rule of one layer, which the message names.
pub trait Feeds<L: ?Sized> {
    /// What the layer gives.
    type Output;
    /// The layer's forward pass.
    fn feed(self, layer: &L, pass: &mut Pass) -> Self::Output;
}

impl<X, L: Layer<X> + ?Sized> Feeds<L> for X {
    type Output = L::Output;
    fn feed(self, layer: &L, pass: &mut Pass) -> L::Output {
        layer.forward(self, pass)
    }
}

/// A value that a layer `L` of a chain takes, at a cost that the compiler knows.
pub trait CostsIn<L>: Feeds<L> {
    /// Operations of the layer.
    const FLOPS: u64;
    /// Bytes at one time.
    const ACTIVATION_BYTES: u64;
}

impl<X, L: Cost<X>> CostsIn<L> for X {
    const FLOPS: u64 = L::FLOPS;
    const ACTIVATION_BYTES: u64 = L::ACTIVATION_BYTES;
}

/// A struct marked `sequential`, applied to an `X`.
///
/// [`Layer`] holds through it: rustc shows each trait on the way to a broken rule once, and so a chain
/// needs one of its own for its broken field to be shown.
pub trait Chain<X> {
    /// What the last layer gives.
    type Output;
    /// The forward pass through all fields.
    fn run(&self, x: X, pass: &mut Pass) -> Self::Output;
}

/// A module whose `init` makes a field of type `F` by the field's own [`Init`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be made by `init`: its field of type `{F}` can't be made from random streams alone",
    label = "its field of type `{F}` has no `init(rngs)`",
    note = "say what the field starts with, above it: `#[module(init = Dropout::new(0.5, rngs))]`, `#[module(init = Vec::new())]`, ..",
    note = "or write a constructor of your own that takes `rngs: &mut Rngs`"
)]
pub trait InitField<F: ?Sized> {
    /// Makes the field.
    fn make(rngs: &mut Rngs) -> F
    where
        F: Sized;
}
impl<M, F: Init> InitField<F> for M {
    fn make(rngs: &mut Rngs) -> F {
        F::init(rngs)
    }
}

/// A module whose `init` makes a skipped field of type `F` by the field's `Default`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be made by `init`: its skipped field of type `{F}` has no `Default`",
    label = "its field of type `{F}` isn't `Default`",
    note = "say what the field starts with, above it: `#[module(skip, init = ..)]`",
    note = "or write a constructor of your own that takes `rngs: &mut Rngs`"
)]
pub trait DefaultField<F> {
    /// Makes the field.
    fn make(rngs: &mut Rngs) -> F;
}
impl<M, F: Default> DefaultField<F> for M {
    fn make(_: &mut Rngs) -> F {
        F::default()
    }
}

/// A module whose parameters are counted together with those of a field of type `F`.
#[diagnostic::on_unimplemented(
    message = "the compiler can't count the parameters of `{Self}`: how many `{F}` has is known when the program runs",
    label = "its field of type `{F}` has no number that the compiler knows",
    note = "`[L; N]`, tuples and structs have a number that the compiler knows; `Vec`, maps and enums don't",
    note = "`parameters(&model)` counts those of a model when the program runs"
)]
pub trait CountField<F: ?Sized> {
    /// How many parameters the field has.
    const PARAMETERS: usize;
    /// How many bytes these take.
    const PARAMETER_BYTES: usize;
}
impl<M: ?Sized, F: ParameterCount + ?Sized> CountField<F> for M {
    const PARAMETERS: usize = F::PARAMETERS;
    const PARAMETER_BYTES: usize = F::PARAMETER_BYTES;
}
