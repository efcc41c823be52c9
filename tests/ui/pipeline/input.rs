//! The function gives images of 784 pixels, the model takes 1024.

use nnx::prelude::*;

type Images = Tensor![Batch, 784];

fn evaluate(model: &impl Layer<Images, Output = Tensor![Batch, 10]>, images: Images) {
    let _ = model.infer(images);
}

fn main() {
    let model = Linear::<dim!(1024), U10>::init(&mut Rngs::new(0));
    evaluate(&model, Tensor::from_vec(vec![0.0; 784]).unwrap());
}
