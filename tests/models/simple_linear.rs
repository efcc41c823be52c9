//! `SimpleLinear`.

use nnx::models::SimpleLinear;
use nnx::prelude::*;

use crate::support::{labels, numbers, overfits};

#[cfg(feature = "safetensors")]
#[test]
fn it_is_the_model_of_flax() {
    use crate::reference::{FlaxReference, Tolerances};
    let reference = FlaxReference::<SimpleLinear<U784, U10>, shape![Batch, 784]>::new(
        "simple_linear",
        Tolerances::OF_ROUNDING,
    );
    let labels: Tensor![Batch; i32] = reference.target();
    reference.check(|logits| softmax_cross_entropy(logits, labels.clone()).mean());
}

#[test]
fn it_overfits_one_batch() {
    // Eight random rows of 32 features: any labels are linearly separable.
    let (x, labels): (Tensor![Batch, 32], _) = (numbers(&[8, 32]), labels(8, 4));
    let model = SimpleLinear::<U32, U4>::init(&mut Rngs::new(0));
    let model = overfits(model, 60, 0.1, 0.01, |model, pass| {
        softmax_cross_entropy(model.forward(x.clone(), pass), labels.clone()).mean()
    });
    assert_eq!(model.infer(x).argmax().to_vec(), labels.to_vec());
}

#[test]
fn the_parameters_are_counted_by_the_compiler() {
    const _: () = assert!(SimpleLinear::<U784, U10>::PARAMETERS == 7_850);
    let model = SimpleLinear::<U784, U10>::init(&mut Rngs::new(0));
    assert_eq!(parameters(&model), 7_850);
}
