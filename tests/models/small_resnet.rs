//! `SmallResNet` and its `ResidualBlock`.

use nnx::models::{ResidualBlock, SmallResNet};
use nnx::module::Path;
use nnx::prelude::*;

use crate::support::{labels, numbers, overfits};

#[cfg(feature = "safetensors")]
#[test]
fn it_is_the_model_of_flax() {
    use crate::reference::{FlaxReference, Tolerances};
    // A normalization cancels the bias before it, so the gradient of that bias is 0, except for rounding; its error is
    // compared with the gradients of kernels. AdamW divides by the size of the gradient and so makes full steps of it:
    // that changes the losses by up to 4e-5.
    let tolerances = Tolerances {
        gradients: 1e-5,
        least_gradient: 0.1,
        losses: 1e-4,
        ..Tolerances::OF_ROUNDING
    };
    let reference = FlaxReference::<SmallResNet<U10>, shape![Batch, 17, 20, 3]>::new(
        "small_resnet",
        tolerances,
    );
    let labels: Tensor![Batch; i32] = reference.target();
    reference.check(|logits| softmax_cross_entropy(logits, labels.clone()).mean());
}

#[test]
fn it_overfits_one_batch() {
    let (images, labels): (Tensor![Batch, 9, 9, 3], _) = (numbers(&[6, 9, 9, 3]), labels(6, 3));
    let model = SmallResNet::<U3>::init(&mut Rngs::new(0));
    overfits(model, 20, 1e-3, 0.01, |model, pass| {
        softmax_cross_entropy(model.forward(images.clone(), pass), labels.clone()).mean()
    });
}

#[test]
fn a_block_overfits_one_batch() {
    // The mean of a channel over space is the logit of a class.
    let (x, labels): (Tensor![Batch, 4, 4, 8], _) = (numbers(&[8, 4, 4, 8]), labels(8, 8));
    let block = ResidualBlock::<U8>::init(&mut Rngs::new(0));
    overfits(block, 300, 3e-2, 0.01, |block, pass| {
        let logits = block.forward(x.clone(), pass).mean_axes::<(Axis<1>, Axis<2>)>();
        softmax_cross_entropy(logits, labels.clone()).mean()
    });
}

#[test]
fn parameters_and_statistics_are_counted() {
    const _: () = assert!(SmallResNet::<U10>::PARAMETERS == 232_586);
    const _: () = assert!(ResidualBlock::<U64>::PARAMETERS == 74_112);
    let model = SmallResNet::<U10>::init(&mut Rngs::new(0));
    assert_eq!(parameters(&model), 232_586);
    let statistics = state_of(&Filter::kind::<kind::BatchStat>(), &model);
    assert_eq!(statistics.elements(), 896);
}

#[test]
fn images_of_any_size_give_logits() {
    let model = SmallResNet::<U10>::init(&mut Rngs::new(0));
    let least: Tensor![Batch, 10] = model.infer(numbers::<shape![Batch, 5, 5, 3]>(&[2, 5, 5, 3]));
    let wide: Tensor![Batch, 10] = model.infer(numbers::<shape![Batch, 6, 33, 3]>(&[2, 6, 33, 3]));
    assert_eq!((*least.dims()).to_vec(), (*wide.dims()).to_vec());
    assert!(least.to_vec().iter().chain(&wide.to_vec()).all(|logit| logit.is_finite()));
}

/// Without its second normalization's scale a block is its shortcut.
#[test]
fn a_block_adds_to_its_input() {
    let mut block = ResidualBlock::<U4>::init(&mut Rngs::new(0));
    let entry = state(&block).get(&Path::parse("norm2/bias")).expect("zeros").clone();
    let mut weights = State::default();
    weights.insert(Path::parse("norm2/scale"), entry);
    update_of(&Filter::within("norm2/scale"), &mut block, &weights).expect("the same variables");
    let x: Tensor![Batch, 3, 5, 4] = numbers(&[2, 3, 5, 4]);
    assert_eq!(block.infer(x.clone()).to_vec(), x.relu().to_vec());
}

#[test]
fn evaluation_changes_nothing_and_does_not_look_at_the_batch() {
    let mut model = SmallResNet::<U10>::init(&mut Rngs::new(0));
    let images: Tensor![Batch, 9, 9, 3] = numbers(&[4, 9, 9, 3]);
    let mut pass = Pass::train();
    let training = model.forward(images.clone(), &mut pass).to_vec();
    pass.commit(&mut model).expect("a pass over this model");
    let together = model.infer(images.clone()).to_vec();
    assert_ne!(training, together);
    let alone = model.infer(images.rows(0..1)).to_vec();
    for (alone, together) in alone.iter().zip(&together) {
        assert!((alone - together).abs() < 1e-5, "{alone} and {together}");
    }
}

#[test]
fn an_empty_batch_gives_no_logits_and_leaves_the_statistics() {
    let mut model = SmallResNet::<U10>::init(&mut Rngs::new(0));
    let none: Tensor![Batch, 8, 8, 3] = numbers(&[0, 8, 8, 3]);
    assert_eq!(*model.infer(none.clone()).dims(), [0, 10]);
    let mut pass = Pass::train();
    let _ = model.forward(none, &mut pass);
    pass.commit(&mut model).expect("a pass over this model");
    for (path, entry) in state(&model).iter() {
        let numbers = entry.array.to_vec::<f32>().expect("f32");
        assert!(numbers.iter().all(|number| number.is_finite()), "{path}");
    }
}
