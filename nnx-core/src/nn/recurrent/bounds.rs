//! Bounds on the inputs of recurrent cells, and of layers that apply them to sequences.

use crate::size::{Dim, Shape};

/// The input `(batch, I)` of one step of a cell.
#[diagnostic::on_unimplemented(
    message = "the cell takes `(batch, {I})` a step, but its input has shape `{Self}`",
    label = "expected `(batch, {I})`",
    note = "a sequence `(batch, time, {I})` is for `Rnn`, which applies the cell to each step"
)]
pub trait StepOf<I>: Shape {
    /// The batch.
    type Batch: Dim;
}
impl<B: Dim, I: Dim> StepOf<I> for (B, I) {
    type Batch = B;
}

/// A sequence `(batch, time, I)` for a cell that takes `I` features per step.
#[diagnostic::on_unimplemented(
    message = "the recurrent layer takes sequences `(batch, time, {I})`, but its input has shape `{Self}`",
    label = "expected `(batch, time, {I})`",
    note = "for a sequence `(time, batch, {I})` write `x.permute::<(Axis<1>, Axis<0>, Axis<2>)>()`, which moves nothing"
)]
pub trait StepsOf<I>: Shape {
    /// The batch.
    type Batch: Dim;
    /// The time.
    type Time: Dim;
    /// The sequence with other features.
    type With<O: Dim>: Shape;
}
impl<B: Dim, T: Dim, I: Dim> StepsOf<I> for (B, T, I) {
    type Batch = B;
    type Time = T;
    type With<O: Dim> = (B, T, O);
}

/// The lengths of the rows of a batch `B`: one length for each row.
#[diagnostic::on_unimplemented(
    message = "lengths of shape `{Self}` don't fit a batch `{B}`",
    label = "expected `({B},)`: one length for each row"
)]
pub trait LengthsOf<B>: Shape {}
#[diagnostic::do_not_recommend]
impl<B: Dim> LengthsOf<B> for (B,) {}
