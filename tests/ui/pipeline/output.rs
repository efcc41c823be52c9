//! The function takes classifiers of 10 classes, the model has 100.

use nnx::prelude::*;

type Images = Tensor![Batch, 784];

fn evaluate(model: &impl Layer<Images, Output = Tensor![Batch, 10]>, images: Images) {
    let _ = model.infer(images);
}

fn main() {
    let model = Linear::<U784, U100>::init(&mut Rngs::new(0));
    evaluate(&model, Tensor::from_vec(vec![0.0; 784]).unwrap());
}
