//! A property of a computed size can't be proved: `AtBuild<U8>` leaves it to the build.

use nnx::prelude::*;

#[derive(Module)]
struct Wider<C: Size> {
    norm: GroupNorm<dim!(C * 2), U8>,
}

fn main() {}
