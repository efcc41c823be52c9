//! `init` of a shared module.

use nnx::prelude::*;
use std::sync::Arc;

#[derive(Module)]
struct Model {
    encoder: Arc<Linear<U2, U3>>,
}

fn main() {
    let _ = Model::init(&mut Rngs::new(0));
}
