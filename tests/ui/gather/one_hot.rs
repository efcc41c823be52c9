//! The axis of the classes is the last one: axis 1 for labels (B,).

use nnx::prelude::*;

fn hot(labels: Tensor![Batch; i32]) {
    let _ = labels.one_hot::<2, U10, f32>();
}

fn main() {}
