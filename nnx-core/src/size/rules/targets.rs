//! The rule of losses that compare two tensors.

use crate::size::Shape;

/// The shape of targets for predictions of shape `S`, which is the same shape. Losses don't broadcast.
// The trait is implemented by the targets, for the reason given at `LabelsOf`.
#[diagnostic::on_unimplemented(
    message = "targets of shape `{Self}` don't fit predictions of shape `{S}`",
    label = "expected one target for each prediction, in the same shape: losses don't broadcast",
    note = "`y.reshape::<shape![..]>()` and `y.insert_axis::<1>()` make the shapes equal",
    note = "for labels that are classes use `softmax_cross_entropy`, or `labels.one_hot::<1, U10, f32>()`"
)]
pub trait TargetsOf<S>: Shape {}
#[diagnostic::do_not_recommend]
impl<S: Shape> TargetsOf<S> for S {}
