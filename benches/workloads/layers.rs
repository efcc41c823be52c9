//! Benchmarks of single layers, of a loss, and of an optimizer step.

use std::hint::black_box;

use nnx::prelude::*;
use nnx::tensor::value_and_gradient;

use crate::work::{Work, numbers, sizes_in};

type Rows = Tensor![Batch, 512];
type Images = Tensor![Batch, 28, 28, 64];

/// `softmax_`, `4096x512`: rows of 512 features, images of 28 x 28 with 64 channels, or a million weights.
pub(crate) fn named(layer: &str, sizes: &str) -> Option<Work> {
    match layer {
        "batch_norm_" | "max_pool_" => {
            let [batch, 28, 28, 64] = sizes_in(sizes)? else { return None };
            Some(on_images(layer, filled(&[batch, 28, 28, 64])))
        }
        "adam_" => (sizes == "1048576").then(adam_update),
        "softmax_" | "layer_norm_" | "gelu_" | "cross_entropy_" => {
            let [batch, 512] = sizes_in(sizes)? else { return None };
            Some(on_rows(layer, filled(&[batch, 512])))
        }
        _ => None,
    }
}

fn filled<S: Shape>(sizes: &[usize]) -> Tensor<S> {
    Tensor::from_shape_vec(sizes, numbers(sizes.iter().product())).expect("the sizes of the shape")
}

fn on_rows(layer: &str, x: Rows) -> Work {
    match layer {
        "softmax_" => Work::new(move || drop(black_box(x.clone().softmax()))),
        "gelu_" => Work::new(move || drop(black_box(x.clone().gelu()))),
        "layer_norm_" => {
            let norm = LayerNorm::<U512>::init(&mut Rngs::new(0));
            Work::new(move || drop(black_box(norm.infer(x.clone()))))
        }
        _ => {
            let labels = (0..512).cycle().take(x.dims()[0]).collect();
            let labels: Tensor![Batch; i32] = Tensor::from_vec(labels).expect("a label for each");
            Work::new(move || {
                let loss = |x: Rows| softmax_cross_entropy(x, labels.clone()).mean();
                drop(black_box(value_and_gradient(loss, x.clone())));
            })
        }
    }
}

fn on_images(layer: &str, x: Images) -> Work {
    if layer == "max_pool_" {
        return Work::new(move || drop(black_box(x.clone().max_pool::<(U2, U2)>())));
    }
    let norm = BatchNorm::<U64>::init(&mut Rngs::new(0));
    Work::new(move || drop(black_box(norm.forward(x.clone(), &mut Pass::train()))))
}

/// A model with this number of weights.
#[derive(Module)]
struct Weights {
    weights: Param<(dim!(1024 * 1024),)>,
}

fn adam_update() -> Work {
    let mut model = Weights::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let x: Tensor<(dim!(1024 * 1024),)> = filled(&[1024 * 1024]);
    let (_, grads) = value_and_grad(&mut model, |model, pass| (model.weights.get(pass) * x).sum())
        .expect("the loss depends on the weights");
    Work::new(move || {
        optimizer.update(&mut model, grads.clone()).expect("gradients of this model");
    })
}
