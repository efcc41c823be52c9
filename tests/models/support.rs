//! Shared by the tests of models: overfitting one batch, and values and tokens as inputs.

use nnx::prelude::*;

/// Trains on one batch with Adam until its loss is below `bound`: a model that learns anything can learn
/// a few examples by heart. The loss has to fall below in `steps` steps at most, and gives back the model
/// that did it.
#[track_caller]
pub(crate) fn overfits<M: Module>(
    mut model: M,
    steps: usize,
    rate: f64,
    bound: f32,
    loss: impl Fn(&M, &mut Pass) -> Tensor<()>,
) -> M {
    let mut optimizer = Optimizer::new(&model, adam(rate));
    let mut last = f32::INFINITY;
    for step in 0..steps {
        let (now, gradients) = value_and_grad(&mut model, &loss).expect("gradients");
        if now < bound {
            eprintln!("below {bound} at step {step} of {steps}");
            return model;
        }
        optimizer.update(&mut model, gradients).expect("an update");
        last = now;
    }
    panic!("after {steps} steps the loss is {last}, not below {bound}")
}

/// Pseudo-random numbers within -1 to 1; `sizes` are those of the runtime axes.
#[allow(clippy::cast_possible_truncation, reason = "the last step is a rounding to f32")]
pub(crate) fn numbers<S: Shape>(sizes: &[usize]) -> Tensor<S> {
    let hashed = |i: u32| f64::from(i.wrapping_mul(2_654_435_761)) / 2f64.powi(31) - 1.0;
    let count = u32::try_from(sizes.iter().product::<usize>()).expect("a small batch");
    let elements = (0..count).map(|i| hashed(i) as f32).collect();
    Tensor::from_shape_vec(sizes, elements).expect("the shape")
}

/// Labels 0 to `classes` in turn.
pub(crate) fn labels(count: usize, classes: i32) -> Tensor![Batch; i32] {
    Tensor::from_vec((0..classes).cycle().take(count).collect()).expect("labels")
}

pub(crate) type Tokens = Tensor![Batch, Time; i32];

/// Tokens below 11 without an order, (batch, time).
pub(crate) fn tokens(batch: usize, time: usize) -> Tokens {
    let tokens = (0..batch * time).map(|i| (i * i % 7 + i % 5) as i32).collect();
    Tensor::from_shape_vec(&[batch, time], tokens).expect("whole sequences")
}
