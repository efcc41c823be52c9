//! Benchmarks of the gradients of each example of a batch: at once by batching (`per_example`), and by a loop over the
//! examples (`one_by_one`).

use std::hint::black_box;

use nnx::models::{Mlp, SimpleCnn};
use nnx::module::{Examples, Filter, kind::Param, per_example_grads};
use nnx::prelude::*;

use crate::work::{Work, numbers, size};

type SmallMlp = Mlp<U784, U256, U10>;
type Rows = shape![Batch, 784];
type Images = shape![Batch, 28, 28, 1];
type Labels = Tensor![Batch; i32];

/// `per_example_mlp_b32`, `one_by_one_cnn_b32`. `None` if there is no such model, or no batch size.
pub(crate) fn named(kind: &str, batch: &str) -> Option<Work> {
    let batch = size(batch.strip_prefix('b')?)?;
    match kind {
        "per_example_mlp_" => {
            Some(at_once(examples::<Rows>(batch), |m: &SmallMlp, (x, y), pass| {
                softmax_cross_entropy(m.forward(x, pass), y).sum()
            }))
        }
        "per_example_cnn_" => {
            Some(at_once(examples::<Images>(batch), |m: &SimpleCnn<U10>, (x, y), pass| {
                softmax_cross_entropy(m.forward(x, pass), y).sum()
            }))
        }
        "one_by_one_mlp_" => Some(loop_over::<SmallMlp, Rows>(batch)),
        "one_by_one_cnn_" => Some(loop_over::<SimpleCnn<U10>, Images>(batch)),
        _ => None,
    }
}

fn examples<S: Shape>(batch: usize) -> (Tensor<S>, Labels) {
    let sizes: Vec<usize> = S::AXES.iter().map(|size| size.unwrap_or(batch)).collect();
    let images = numbers(sizes.iter().product());
    let labels = (0..10).cycle().take(batch).collect();
    let images = Tensor::from_shape_vec(&sizes, images).expect("a batch of these sizes");
    (images, Tensor::from_vec(labels).expect("any number of labels"))
}

fn at_once<M, X>(
    all: X,
    loss: impl Fn(&M, X::Example, &mut Pass) -> Tensor<()> + Copy + 'static,
) -> Work
where
    M: Module + Init + 'static,
    X: Examples + Clone + 'static,
{
    let mut model = M::init(&mut Rngs::new(0));
    let params = Filter::kind::<Param>();
    Work::new(move || {
        let found = per_example_grads(&params, &mut model, all.clone(), loss);
        drop(black_box(found.expect("the loss depends on the weights")));
    })
}

fn loop_over<M, S: Shape>(batch: usize) -> Work
where
    M: Module + Init + Layer<Tensor<S>, Output = Tensor![Batch, 10]> + 'static,
{
    let mut model = M::init(&mut Rngs::new(0));
    let one = examples::<S>(1);
    Work::new(move || {
        for _ in 0..batch {
            let (x, y) = one.clone();
            let found = value_and_grad(&mut model, |model, pass| {
                softmax_cross_entropy(model.forward(x, pass), y).sum()
            });
            drop(black_box(found.expect("the loss depends on the weights")));
        }
    })
}
