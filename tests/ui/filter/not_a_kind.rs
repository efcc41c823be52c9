//! A filter selects a kind of variables, not a type of layers.

use nnx::prelude::*;

fn frozen() -> Filter {
    Filter::kind::<Linear<U4, U2>>()
}

fn main() {}
