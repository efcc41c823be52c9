//! The rules of losses: targets, masks, segmentations, sequences of labels.

use crate::size::dim::Dim;
use crate::size::shape::Shape;
use crate::size::{Sum, U1};

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

/// The shape of a mask for a tensor of shape `S`, which is the same shape.
// The trait is implemented by the mask, for the reason given at `LabelsOf`.
#[diagnostic::on_unimplemented(
    message = "a mask of shape `{Self}` doesn't fit: expected one of shape `{S}`",
    label = "expected one bool for each element of shape `{S}`: masks of losses don't broadcast",
    note = "`loss_where` masks within what the loss adds up, `masked_mean(losses, mask)` masks losses, which have fewer axes"
)]
pub trait MaskOf<S>: Shape {}
#[diagnostic::do_not_recommend]
impl<S: Shape> MaskOf<S> for S {}

/// The classes of each pixel of a batch of images, volumes or sequences: `(batch, .., classes)`.
#[diagnostic::on_unimplemented(
    message = "a segmentation has shape `(batch, .., classes)`, but this one has `{Self}`",
    label = "expected two to eight axes, with the pixels between the batch and the classes",
    note = "for one score per pixel and no axis of classes use `binary_dice_loss`"
)]
pub trait Segmentation: super::LastAxis {
    /// `(batch, classes)`.
    type PerClass: Shape;
}
macro_rules! segmentation {
    ($($($pixels:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<Batch: Dim, $($pixels: Dim,)* Classes: Dim> Segmentation
            for (Batch, $($pixels,)* Classes)
        {
            type PerClass = (Batch, Classes);
        }
    )* };
}
segmentation! { ; H; H W; H W D; H W D I; H W D I J; H W D I J K; }

/// The shape of sequences of labels for logits `S`: `(batch, labels)` for logits `(batch, time, classes)`.
// The trait is implemented by the labels, for the reason given at `LabelsOf`.
#[diagnostic::on_unimplemented(
    message = "sequences of labels of shape `{Self}` don't fit logits of shape `{S}`",
    label = "expected labels `(batch, labels)` for logits `(batch, time, classes)` of the same batch"
)]
pub trait LabelSequences<S>: Shape {
    /// `(batch,)`.
    type Examples: Shape;
    /// `(batch, time, labels)`: each label in each frame.
    type InFrames: Shape;
    /// `(batch, time, labels + 1)`: the blanks before, between and after the labels.
    type BlanksInFrames: Shape;
}
#[diagnostic::do_not_recommend]
impl<B: Dim, T: Dim, C: Dim, N: Dim> LabelSequences<(B, T, C)> for (B, N) {
    type Examples = (B,);
    type InFrames = (B, T, N);
    type BlanksInFrames = (B, T, Sum<N, U1>);
}
