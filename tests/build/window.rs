//! A window of 5 over the 4 positions that a stride of 2 leaves of 8.

use nnx::prelude::*;

fn windows<H: Size>(conv: &Conv<U1, U1, (U5,), GenericValid>, x: Tensor![1, { H / 2 }, 1]) {
    conv.infer(x);
}

fn main() {
    windows::<U8>(&Conv::init(&mut Rngs::new(0)), Tensor::ones());
}
