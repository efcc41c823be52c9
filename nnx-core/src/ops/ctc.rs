//! The CTC loss of sequences of labels. A kernel computes its gradient. If second derivatives are needed, the gradient
//! is composed of differentiable operations (`ctc_composed`).

use super::attributes::{AttributeValue, attributes};
use super::ctc_composed::Composed;
use super::operation::{Keeps, Operation, Signature, count_flops};
use super::view::refuse;
use super::{Backward, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, DType, Dims, OrPanic as _, ShapeError};
use crate::kernel::ctc::{self, Batch};

/// The CTC losses `(B,)`, of logits `(B, T, K)`, mask of frames `(B, T)`, labels `(B, N)`, mask of labels `(B, N)`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Ctc {
    blank: usize,
}

/// The number of labels of each row, which are those before the first one that the mask excludes.
pub(super) fn lengths(mask: &Array) -> Vec<usize> {
    let mask = mask.contiguous();
    let width = mask.dims()[1];
    let row = |b: usize| &mask.slice::<bool>()[b * width..][..width];
    (0..mask.dims()[0]).map(|b| row(b).iter().take_while(|counts| **counts).count()).collect()
}

/// The labels as i32. Labels of padding aren't checked, and may have any value.
fn as_i32_or_clamped(labels: &Array) -> Array {
    DynTensor::from(labels.clone()).cast(DType::I32).into_array().contiguous()
}

impl Ctc {
    fn check_labels(self, labels: &Array, mask: &Array, classes: usize) -> Result<(), ShapeError> {
        let labels = DynTensor::from(labels.clone()).cast(DType::I64).into_array().contiguous();
        let mask = mask.contiguous();
        let (width, lengths) = (labels.dims()[1], lengths(&mask));
        for (b, length) in lengths.into_iter().enumerate() {
            let at = b * width..(b + 1) * width;
            if let Some(late) = mask.slice::<bool>()[at.clone()][length..].iter().position(|m| *m) {
                return refuse(
                    self.name(),
                    format!(
                        "takes labels first and padding after them, but the mask of labels is false at position \
                         {length} of row {b} and true at {}",
                        length + late
                    ),
                );
            }
            let labels = &labels.slice::<i64>()[at.start..][..length];
            for (position, &index) in labels.iter().enumerate() {
                let class = usize::try_from(index).ok().filter(|class| *class < classes);
                if class.is_none() {
                    let position = at.start + position;
                    let operation = self.name();
                    return Err(ShapeError::Index { operation, index, position, size: classes });
                }
                if class == Some(self.blank) {
                    return refuse(
                        self.name(),
                        format!(
                            "found label {index} at position {position} of row {b}, which is the class of blanks: \
                             blanks aren't among the labels, and padding is false in their mask"
                        ),
                    );
                }
            }
        }
        Ok(())
    }
}

impl Operation for Ctc {
    attributes!();
    fn name(&self) -> &'static str {
        "ctc_loss"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [x, frames, labels, mask] = inputs else {
            return refuse(self.name(), format!("takes four inputs, found {}", inputs.len()));
        };
        let fits = x.dims.len() == 3
            && x.dtype.is_float()
            && *frames == Signature { dims: x.dims.without_axis(2), dtype: DType::Bool }
            && labels.dims.len() == 2
            && labels.dims[0] == x.dims[0]
            && labels.dtype.is_label()
            && *mask == Signature { dims: labels.dims, dtype: DType::Bool };
        if !fits {
            return refuse(
                self.name(),
                format!(
                    "takes logits (batch, time, classes), a mask (batch, time), labels (batch, labels) of i32 or i64 and \
                     their mask, found {x}, {frames}, {labels} and {mask}"
                ),
            );
        }
        if self.blank >= x.dims[2] {
            let problem =
                format!("has its blanks in class {}, outside 0..{}", self.blank, x.dims[2]);
            return refuse(self.name(), problem);
        }
        Ok(Signature { dims: Dims::new(&[x.dims[0]]), ..*x })
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        self.check_labels(&inputs[2], &inputs[3], inputs[0].dims()[2])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [x, frames] = [0, 1].map(|i: usize| inputs[i].contiguous());
        let labels = as_i32_or_clamped(&inputs[2]);
        let lengths = lengths(&inputs[3]);
        for_float!(x.dtype(), E => {
            Array::build(Dims::new(&[lengths.len()]), |out| {
                let batch = Batch {
                    logits: x.slice::<E>(),
                    frames: frames.slice(),
                    labels: labels.slice(),
                    lengths: &lengths,
                    classes: x.dims()[2],
                    blank: self.blank,
                };
                ctc::ctc_losses(batch, out);
            })
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::INPUTS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let [x, frames, labels, mask] = at.inputs else {
            unreachable!("`output` takes four inputs");
        };
        if index > 0 {
            return None;
        }
        if x.is_tracked() || at.gradient.is_tracked() {
            let lattice = Composed::new(x, frames, labels, mask, self.blank);
            return Some(lattice.gradient(&at.gradient));
        }
        if x.dims().elements() == 0 {
            return Some(x.full_like(0.0));
        }
        let array = |tensor: &DynTensor| tensor.array_for("ctc_loss (its gradient)").clone();
        let lengths = lengths(&array(mask));
        let labels = as_i32_or_clamped(&array(labels));
        let [x, frames, g] = [x, frames, &at.gradient].map(|tensor| array(tensor).contiguous());
        let gradient = for_float!(x.dtype(), E => {
            Array::build(x.dims(), |out| {
                let batch = Batch {
                    logits: x.slice::<E>(),
                    frames: frames.slice(),
                    labels: labels.slice(),
                    lengths: &lengths,
                    classes: x.dims()[2],
                    blank: self.blank,
                };
                ctc::ctc_gradients(batch, g.slice(), out);
            })
        });
        Some(gradient.into())
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per frame: a softmax, and for each state three exponentials, a logarithm and four additions.
        let frames = inputs[1].elements();
        let states = 2 * inputs[2].dims[1] + 1;
        count_flops(inputs[0].elements(), 4).saturating_add(count_flops(frames * states, 8))
    }
}

impl DynTensor {
    /// The logarithms of the forward probabilities of the CTC loss: of the blanks `(B, T, N + 1)` and of the labels
    /// `(B, T, N)` after each frame. The arguments are those of [`ctc_loss`](Self::ctc_loss), which checks them.
    pub(crate) fn ctc_forward_probabilities(
        &self,
        frames: &Self,
        labels: &Self,
        label_mask: &Self,
        blank: usize,
    ) -> [Self; 2] {
        Composed::new(self, frames, labels, label_mask, blank).forward_probabilities()
    }

    /// The CTC loss of logits `(B, T, K)`, of the frames where a mask `(B, T)` is true, for labels `(B, N)` of i32
    /// where their mask `(B, N)` is true.
    #[track_caller]
    pub(crate) fn ctc_loss(
        self,
        frames: Self,
        labels: Self,
        label_mask: Self,
        blank: usize,
    ) -> Self {
        Self::try_apply(Ctc { blank }, [self, frames, labels, label_mask]).or_panic()
    }
}
