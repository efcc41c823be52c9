//! 4 groups don't divide 6 channels.

use nnx::prelude::*;

fn depthwise(rngs: &mut Rngs) {
    let start = KernelOptions::default();
    let _ = Conv::<U6, U12, (U3,), Grouped<U4>>::with(&start, rngs);
}

fn main() {}
