//! Nothing determines the batch: the model takes any.

use nnx::prelude::*;

#[derive(Module)]
struct Model {
    dense: Linear<U4, U2>,
}

impl<B: Dim> Layer<Tensor![B, 4]> for Model {
    type Output = Tensor![B, 2];

    fn forward(&self, x: Tensor![B, 4], pass: &mut Pass) -> Self::Output {
        self.dense.forward(x, pass)
    }
}

fn main() {
    let model = Model::init(&mut Rngs::new(0));
    let _ = model.infer(Tensor::zeros());
}
