use nnx::prelude::*;

fn features(linear: &Linear<U1000, U10>, x: Tensor![Batch, 1000, 1000, 1001]) -> Tensor![Batch, 10] {
    linear.infer(x.flatten())
}

fn main() {}
