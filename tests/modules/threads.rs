//! Many threads compute the same bits.

use nnx::models::SimpleCnn;
use nnx::prelude::*;
use nnx::threads::with_threads;

use crate::same;

type Images = Tensor![Batch, 28, 28, 1];

/// `count` images of reproducible noise: enough for work on several threads.
fn images(count: usize) -> Images {
    let pixels = nnx::random::uniform(nnx::random::Key::new(3), count * 28 * 28, 0.0, 1.0);
    Tensor::from_vec(pixels).expect("whole images")
}

fn labels(count: usize) -> Tensor![Batch; i32] {
    Tensor::from_vec((0..10).cycle().take(count).collect()).expect("one label an image")
}

/// Three steps from the same seed: losses as bits, and all weights.
fn train() -> (Vec<u32>, State) {
    let mut model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let losses = (0..3).map(|_| {
        let (loss, gradients) = value_and_grad(&mut model, |model, pass| {
            softmax_cross_entropy(model.forward(images(37), pass), labels(37)).mean()
        })
        .expect("gradients");
        optimizer.update(&mut model, gradients).expect("an update");
        loss.to_bits()
    });
    (losses.collect(), state(&model))
}

#[test]
fn training_gives_the_same_bits_on_one_and_on_three_threads() {
    let (losses, weights) = with_threads(1, train);
    let (losses_of_three, weights_of_three) = with_threads(3, train);
    assert_eq!(losses, losses_of_three);
    assert!(same(&weights, &weights_of_three));
    assert_ne!(losses[0], losses[2], "the weights have moved");
}

#[test]
fn one_model_is_evaluated_on_many_threads_at_once() {
    let model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    let bits = || -> Vec<u32> {
        model.infer(images(5)).to_vec().iter().map(|logit| logit.to_bits()).collect()
    };
    let alone = bits();
    assert_eq!(alone.len(), 50);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(bits)).collect();
        for run in runs {
            assert_eq!(run.join().expect("no panic"), alone);
        }
    });
}

#[test]
fn models_are_trained_on_many_threads_at_once() {
    let step = || {
        let mut model = Linear::<U3, U2>::init(&mut Rngs::new(5));
        let mut optimizer = Optimizer::new(&model, sgd(0.1));
        for _ in 0..20 {
            let gradients = grad(&mut model, |model, pass| {
                model.forward(Tensor::from([[1.0, 2.0, 3.0]]), pass).square().sum()
            })
            .expect("gradients");
            optimizer.update(&mut model, gradients).expect("an update");
        }
        state(&model)
    };
    let alone = step();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(step)).collect();
        for run in runs {
            assert!(same(&run.join().expect("no panic"), &alone));
        }
    });
}
