//! Nothing determines the shape of the zeros.

use nnx::prelude::*;

fn main() {
    let model = Linear::<U4, U2>::init(&mut Rngs::new(0));
    let _ = model.infer(Tensor::zeros());
}
