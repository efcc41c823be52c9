use nnx::models::Mlp;
use nnx::prelude::*;

fn features(model: &Mlp<U784, U256, U10, U1>, x: Tensor![Batch, 784]) -> Tensor![Batch, 256] {
    model.features(x, &mut Pass::eval())
}

fn main() {
    let _ = features;
}
