//! A segmentation loss of classes without a batch.

use nnx::nn::{DiceOptions, dice_loss};
use nnx::prelude::*;

fn loss(logits: Tensor![3], targets: Tensor![3]) {
    let _ = dice_loss(logits, targets, DiceOptions::default());
}

fn main() {}
