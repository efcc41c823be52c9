//! 6 channels, which 4 groups don't divide.

use nnx::prelude::*;

#[derive(Module)]
struct Stage<C: Size> {
    conv: Conv<C, dim!(C * 2), (U3, U3), Grouped<AtBuild<U4>>>,
}

fn main() {
    let _ = Stage::<U6>::init(&mut Rngs::new(0));
}
