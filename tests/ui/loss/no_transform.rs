//! A number in a chain of optimizer transforms.

use nnx::prelude::*;

fn rule() -> Chain {
    Chain::new().then(0.5).then(adam(1e-3))
}

fn main() {}
