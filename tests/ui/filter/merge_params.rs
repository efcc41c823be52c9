//! States are merged, not models.

use nnx::prelude::*;

fn joined(a: Linear<U4, U2>, b: Linear<U4, U2>) -> State {
    State::merge((a, b)).unwrap()
}

fn main() {}
