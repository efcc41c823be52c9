//! A trainer whose data has one label for each class.

use nnx::prelude::*;
use nnx_train::{Loader, TrainError, Trainer};

fn train(
    model: &mut Linear<U4, U3>,
    batches: &Loader<([f32; 4], [i32; 3])>,
) -> Result<(), TrainError> {
    Trainer::new(model, adam(1e-3)).fit(batches, |model, pass, (x, labels)| {
        softmax_cross_entropy(model.forward(x, pass), labels).mean()
    })?;
    Ok(())
}

fn main() {}
