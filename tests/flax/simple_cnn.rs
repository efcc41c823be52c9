//! The tutorial's convolutional network, from the same seed on the same batch.

use nnx::models::SimpleCnn;
use nnx::optim::Chain;
use nnx::prelude::*;

use crate::golden::{Errors, Golden, compare_state, kept, near};

type Images = Tensor![Batch, 28, 28, 1];
type Labels = Tensor![Batch; i32];

/// Pixel i is (i · 2654435761 mod 2³²) / 2³², in f64 and then rounded.
#[allow(clippy::cast_possible_truncation, reason = "the last step is a rounding to f32")]
fn images() -> Images {
    let pixel = |i: u32| (f64::from(i.wrapping_mul(2_654_435_761)) / 2f64.powi(32)) as f32;
    Tensor::from_vec((0..4 * 28 * 28).map(pixel).collect()).expect("four images")
}

fn labels(golden: &Golden) -> Labels {
    golden.tensor("labels")
}

fn model() -> SimpleCnn<U10> {
    SimpleCnn::init(&mut Rngs::named("params", 0))
}

fn loss(model: &SimpleCnn<U10>, pass: &mut Pass, labels: Labels) -> Tensor<()> {
    softmax_cross_entropy(model.forward(images(), pass), labels).mean()
}

#[test]
fn the_batch_is_the_one_that_flax_saw() {
    let golden = Golden::open("simple_cnn");
    assert_eq!(kept(images().to_vec()), golden.numbers("images"));
    let sum: f64 = images().to_vec().into_iter().map(f64::from).sum();
    near("sum of the images", sum, golden.sum("images"), 1e-9);
}

#[test]
fn weights_are_those_of_flax_from_the_same_seed() {
    let golden = Golden::open("simple_cnn");
    let mut errors = Errors::of("weights", 2e-7);
    compare_state(&golden, "param", &state(&model()), &mut errors, 1e-9);
}

#[test]
fn a_default_stream_gives_the_weights_of_a_stream_called_params() {
    let named = state(&model());
    let default = state(&SimpleCnn::<U10>::init(&mut Rngs::new(0)));
    for ((path, a), (_, b)) in named.iter().zip(default.iter()) {
        assert_eq!(a.array, b.array, "{path}");
    }
    let other = state(&SimpleCnn::<U10>::init(&mut Rngs::new(1)));
    let path = nnx::module::Path::parse("conv1/kernel");
    assert_ne!(
        named.get(&path).map(|entry| &entry.array),
        other.get(&path).map(|entry| &entry.array)
    );
}

#[test]
fn logits_loss_and_all_gradients_are_those_of_flax() {
    let golden = Golden::open("simple_cnn");
    let mut model = model();
    let logits: Tensor![Batch, 10] = model.infer(images());
    let mut errors = Errors::of("logits", 2e-6);
    errors.compare("logits", &logits.to_vec(), &golden.numbers("logits"));

    let (found, gradients) =
        value_and_grad(&mut model, |model, pass| loss(model, pass, labels(&golden)))
            .expect("gradients");
    Errors::of("loss", 1e-6).compare("loss", &[found], &golden.numbers("loss"));
    // Flax's own gradients are 1.2e-7 off those in f64.
    compare_state(&golden, "grad", &gradients, &mut Errors::of("gradients", 1e-6), 1e-6);
}

/// Losses before each of ten steps and after the last, and the last kernel.
fn train(rule: impl Into<Chain>) -> (Vec<f32>, Vec<f32>) {
    let golden = Golden::open("simple_cnn");
    let mut model = model();
    let mut optimizer = Optimizer::new(&model, rule);
    let mut losses = Vec::new();
    for _ in 0..10 {
        let (loss, gradients) =
            value_and_grad(&mut model, |model, pass| loss(model, pass, labels(&golden)))
                .expect("gradients");
        optimizer.update(&mut model, gradients).expect("an update");
        losses.push(loss);
    }
    losses.push(loss(&model, &mut Pass::eval(), labels(&golden)).item());
    let state = state(&model);
    let kernel = state.get(&nnx::module::Path::parse("dense2/kernel")).expect("the last kernel");
    (losses, kernel.array.to_vec().expect("f32"))
}

#[test]
fn ten_steps_of_sgd_with_momentum_give_the_losses_of_optax() {
    let golden = Golden::open("simple_cnn");
    let (losses, kernel) = train(sgd(0.01).momentum(0.9));
    let name = "losses sgd momentum";
    Errors::of(name, 2e-6).compare(name, &losses, &golden.numbers(name));
    let name = "dense2 kernel after sgd momentum";
    Errors::of(name, 2e-6).compare(name, &kept(kernel), &golden.numbers(name));
}

#[test]
fn ten_steps_of_adam_give_the_losses_of_optax() {
    let golden = Golden::open("simple_cnn");
    let (losses, kernel) = train(adam(1e-3));
    // Adam scales gradients near zero, whose sign depends on rounding, to full steps: Flax in f64 is 1.6e-5 off.
    let name = "losses adam";
    Errors::of(name, 3e-5).compare(name, &losses, &golden.numbers(name));
    let name = "dense2 kernel after adam";
    Errors::of(name, 1e-5).compare(name, &kept(kernel), &golden.numbers(name));
}

#[test]
fn ten_steps_of_adamw_give_the_losses_of_optax() {
    let golden = Golden::open("simple_cnn");
    let (losses, kernel) = train(adamw(1e-3));
    // The tolerance is as large as with Adam, for the same reason.
    let name = "losses adamw";
    Errors::of(name, 3e-5).compare(name, &losses, &golden.numbers(name));
    let name = "dense2 kernel after adamw";
    Errors::of(name, 1e-5).compare(name, &kept(kernel), &golden.numbers(name));
}
