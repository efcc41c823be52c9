//! 8 groups of 10 features: the features are computed from a parameter.

use nnx::prelude::*;

#[derive(Module)]
struct Wider<C: Size> {
    norm: GroupNorm<dim!(C * 2), AtBuild<U8>>,
}

fn main() {
    let _ = Wider::<U5>::init(&mut Rngs::new(0));
}
