//! `glu` of 7 features, which have no two equal halves.

use nnx::prelude::*;

fn gated<D: Size>(x: Tensor![1, D]) {
    let _ = x.glu();
}

fn main() {
    gated::<U7>(Tensor::ones());
}
