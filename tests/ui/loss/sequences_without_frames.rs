//! Logits of a class for each example, where CTC needs them for each frame.

use nnx::nn::ctc_loss;
use nnx::prelude::*;

fn loss(
    logits: Tensor![Batch, 28],
    frames: Tensor![Batch; bool],
    labels: Tensor![Batch, 12; i32],
    label_mask: Tensor![Batch, 12; bool],
) {
    let _ = ctc_loss(logits, frames, labels, label_mask, 0);
}

fn main() {}
