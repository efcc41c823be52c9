//! The new axis stands behind those of the indices: axis 1 of labels (B,).

use nnx::prelude::*;

fn hot(labels: Tensor![Batch; i32]) {
    let _ = labels.one_hot::<2, U10, f32>();
}

fn main() {}
