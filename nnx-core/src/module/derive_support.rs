//! Items that the expansions of `#[derive(Module)]` and other macros use. They aren't part of the public interface.

use std::marker::PhantomData;

pub use super::cost::{field_after, larger, stride_after};
use super::{Cost, Init, Layer, Module, ParameterCount, Pass};
use crate::random::Rngs;
pub use crate::tensor::{ContractedOperand, contracted};

/// An input type without values: each derived module implements [`Layer`] for it and for the next one. So no
/// module has a single implementation, from which rustc would guess the type of an input; see [`Layer`].
#[derive(Debug)]
pub struct NeverInput<M: ?Sized>(Never, PhantomData<fn(*const M)>);
/// A second input type that has no values, for messages that need one.
#[derive(Debug)]
pub struct SecondNeverInput<M: ?Sized>(Never, PhantomData<fn(*const M)>);
/// A type without values.
#[derive(Debug)]
enum Never {}

/// Implemented by every type, with itself as `Type`.
pub trait Itself {
    /// The type itself.
    type Type: ?Sized;
}
impl<T: ?Sized> Itself for T {
    type Type = T;
}

/// Compiles if a field is a module.
pub fn is_module<M: Module + ?Sized>(_: &M) {}

/// An input of the layer `L`: `X: LayerInput<L>` is `L: Layer<X>` written the other way round.
///
/// rustc infers nothing from a bound on a type that it doesn't know yet. So two layers that don't fit are one
/// unmet bound, and the message names the second of them.
pub trait LayerInput<L: ?Sized> {
    /// The output of the layer.
    type Output;
    /// The layer's forward pass.
    #[track_caller]
    fn feed(self, layer: &L, pass: &mut Pass) -> Self::Output;
}

impl<X, L: Layer<X> + ?Sized> LayerInput<L> for X {
    type Output = L::Output;
    fn feed(self, layer: &L, pass: &mut Pass) -> L::Output {
        layer.forward(self, pass)
    }
}

/// The cost of the layer `L` on this input: `X: CostOf<L>` is `L: Cost<X>` written the other way round.
pub trait CostOf<L>: LayerInput<L> {
    /// See [`Cost::FLOPS`].
    const FLOPS: u64;
    /// See [`Cost::ACTIVATION_BYTES`].
    const ACTIVATION_BYTES: u64;
}

impl<X, L: Cost<X>> CostOf<L> for X {
    const FLOPS: u64 = L::FLOPS;
    const ACTIVATION_BYTES: u64 = L::ACTIVATION_BYTES;
}

/// The forward pass of a struct marked `sequential`, on an `X`.
///
/// The struct's [`Layer`] requires this trait. rustc shows each trait once on the way to an unmet bound, so
/// the field with the unmet bound is shown only because this is another trait.
pub trait SequentialLayers<X> {
    /// The output of the last layer.
    type Output;
    /// The forward pass through all fields.
    fn run(&self, x: X, pass: &mut Pass) -> Self::Output;
}

/// A module whose `init` makes a field of type `F` with the field's own [`Init`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be made by `init`: its field of type `{F}` can't be made from random streams alone",
    label = "its field of type `{F}` has no `init(rngs)`",
    note = "say what the field starts with, above it: `#[module(init = Dropout::new(0.5, rngs))]`, `#[module(init = Vec::new())]`, ..",
    note = "or write a constructor of your own that takes `rngs: &mut Rngs`"
)]
// The derived code calls `Init::init` of the field itself, at the field's span: if a check of sizes fails in
// `cargo build`, rustc names the line of that call, and no other.
pub trait InitField<F: ?Sized> {
    /// The type `F`, under a bound that tells rustc that it has `init`.
    type Field: Init;
    /// Returns the field that `init` has made.
    fn field(field: Self::Field) -> F
    where
        F: Sized;
}
impl<M, F: Init> InitField<F> for M {
    type Field = F;
    fn field(field: F) -> F {
        field
    }
}

/// A module whose `init` makes a skipped field of type `F` with the field's `Default`.
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

/// A module whose parameter count includes that of a field of type `F`.
#[diagnostic::on_unimplemented(
    message = "the compiler can't count the parameters of `{Self}`: how many `{F}` has is known when the program runs",
    label = "its field of type `{F}` has no number that the compiler knows",
    note = "`[L; N]`, tuples and structs have a number that the compiler knows; `Vec`, maps and enums don't",
    note = "`parameters(&model)` counts those of a model when the program runs"
)]
pub trait CountField<F: ?Sized> {
    /// The number of parameters of the field.
    const PARAMETERS: usize;
    /// Their bytes.
    const PARAMETER_BYTES: usize;
}
impl<M: ?Sized, F: ParameterCount + ?Sized> CountField<F> for M {
    const PARAMETERS: usize = F::PARAMETERS;
    const PARAMETER_BYTES: usize = F::PARAMETER_BYTES;
}
