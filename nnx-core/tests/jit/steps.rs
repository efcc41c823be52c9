//! Training steps, recorded and replayed, beside the same steps by the function itself.

use crate::prelude::*;
use nnx_core::optim::{AveragedWeights, Chain, clip_by_global_norm, every};
use nnx_core::random::Key;

use crate::assert_same;

pub(crate) type X = Tensor![Batch, 6];
pub(crate) type Labels = Tensor![Batch; i32];

#[derive(Debug, Clone, Module)]
#[module(sequential)]
pub(crate) struct Net {
    first: Linear<U6, U8>,
    pub(crate) norm: BatchNorm<U8>,
    relu: Relu,
    dropout: Dropout,
    second: Linear<U8, U3>,
}

pub(crate) fn net(seed: u64) -> Net {
    let rngs = &mut Rngs::new(seed);
    Net {
        first: Linear::init(rngs),
        norm: BatchNorm::init(rngs),
        relu: Relu,
        dropout: Dropout::new(0.3, rngs),
        second: Linear::init(rngs),
    }
}

pub(crate) fn batch(size: usize, seed: u64) -> (X, Labels) {
    let x = X::zeros_of(&[size]).normal_like(Key::new(seed));
    let labels = (0..size).map(|i| (i as i32 * 7 + seed as i32) % 3).collect();
    (x, Labels::from_vec(labels).expect("a batch"))
}

pub(crate) fn train<M: Module + Layer<X, Output = Tensor![Batch, 3]>>(
    (model, optimizer): (&mut M, &mut Optimizer),
    (x, labels): (X, Labels),
) -> Result<Tensor![], nnx_core::Error> {
    let (loss, grads) = loss_and_grad(model, |model, pass| {
        softmax_cross_entropy(model.forward(x, pass), labels).mean()
    })?;
    optimizer.update(model, grads)?;
    Ok(loss)
}

fn adam_clipped() -> Chain {
    Chain::new()
        .then(clip_by_global_norm(0.5))
        .then(adam(warmup_cosine_decay(0.0, 1e-2, 2, 9, 0.0)))
}

/// Batch norm's statistics, dropout's stream, the slots and the counter of Adam, a schedule, clipping; for several sizes.
#[test]
fn a_step_is_the_function_bit_for_bit_for_each_size() {
    let (mut model, mut expected) = (net(0), net(0));
    let mut optimizer = Optimizer::new(&model, adam_clipped());
    let mut eager = Optimizer::new(&expected, adam_clipped());
    let mut step = jit(train::<Net>);
    for (i, size) in [4, 4, 2, 4, 1, 2, 4].into_iter().enumerate() {
        let (x, labels) = batch(size, i as u64);
        let loss = step.call((&mut model, &mut optimizer), (x.clone(), labels.clone()));
        let wanted = train((&mut expected, &mut eager), (x, labels)).expect("a step");
        assert_eq!(loss.expect("a step").item().to_bits(), wanted.item().to_bits(), "step {i}");
        assert_same(&model, &expected, "the model");
        assert_same(&optimizer, &eager, "the optimizer");
    }
    assert_eq!(step.programs(), 3);
}

#[test]
fn two_models_and_two_optimizers_alternate_as_a_gan_does() {
    type Generator = Linear<U2, U6>;
    type Critic = Sequential<(Linear<U6, U4>, Tanh, Linear<U4, U1>)>;
    type Four<'a> = (&'a mut Generator, &'a mut Critic, &'a mut Optimizer, &'a mut Optimizer);
    fn play(
        (generator, critic, of_generator, of_critic): Four<'_>,
        (noise, real): (Tensor![Batch, 2], X),
    ) -> Result<[Tensor![]; 2], nnx_core::Error> {
        let fake = generator.infer(noise.clone());
        let (loss, grads) = loss_and_grad(critic, |critic, pass| {
            (critic.forward(real, pass) - 1.0).square().mean()
                + critic.forward(fake, pass).square().mean()
        })?;
        of_critic.update(critic, grads)?;
        let (other, grads) = loss_and_grad(generator, |generator, pass| {
            let judged = critic.infer(generator.forward(noise, pass));
            (judged - 1.0).square().mean()
        })?;
        of_generator.update(generator, grads)?;
        Ok([loss, other])
    }
    let make = || {
        let (generator, critic) =
            (Generator::init(&mut Rngs::new(1)), Critic::init(&mut Rngs::new(2)));
        let of_generator = Optimizer::new(&generator, adam(1e-2));
        let of_critic = Optimizer::new(&critic, sgd(1e-2).momentum(0.9));
        (generator, critic, of_generator, of_critic)
    };
    let (mut a, mut b) = (make(), make());
    let mut step = jit(play);
    for i in 0..4 {
        let noise = <Tensor![Batch, 2]>::zeros_of(&[3]).normal_like(Key::new(i));
        let real = batch(3, i + 9).0;
        let modules = (&mut a.0, &mut a.1, &mut a.2, &mut a.3);
        let losses = step.call(modules, (noise.clone(), real.clone())).expect("a step");
        let wanted = play((&mut b.0, &mut b.1, &mut b.2, &mut b.3), (noise, real));
        assert_eq!(losses, wanted.expect("a step"));
        assert_same(&a, &b, "after a step");
    }
}

/// A count that a branch reads has a program for each of its values.
#[test]
fn accumulation_and_averages_of_weights_are_steps() {
    fn run(
        (model, optimizer, average): (&mut Net, &mut Optimizer, &mut AveragedWeights),
        (x, labels): (X, Labels),
    ) -> Result<(), nnx_core::Error> {
        train((model, optimizer), (x, labels))?;
        average.update(model)?;
        Ok(())
    }
    let make = || {
        let model = net(3);
        let optimizer = Optimizer::new(&model, every(3, adam(1e-2)));
        let average = AveragedWeights::new(&model, 0.9);
        (model, optimizer, average)
    };
    let (mut a, mut b) = (make(), make());
    let mut step = jit(run);
    for i in 0..8 {
        let data = batch(4, i);
        step.call((&mut a.0, &mut a.1, &mut a.2), data.clone()).expect("a step");
        run((&mut b.0, &mut b.1, &mut b.2), data).expect("a step");
        assert_same(&a, &b, "after a step");
    }
    assert_eq!(step.programs(), 3);
}

#[test]
fn a_learning_rate_that_is_set_between_steps_is_used() {
    let make = || {
        let model = Linear::<U6, U1>::init(&mut Rngs::new(0));
        let optimizer = Optimizer::new(&model, adam(injected(1e-2)));
        (model, optimizer)
    };
    fn run(
        (model, optimizer): (&mut Linear<U6, U1>, &mut Optimizer),
        x: X,
    ) -> Result<(), nnx_core::Error> {
        let (_, grads) =
            loss_and_grad(model, |model, pass| model.forward(x, pass).square().mean())?;
        optimizer.update(model, grads)
    }
    let (mut a, mut b) = (make(), make());
    let mut step = jit(run);
    for rate in [1e-2, 1e-3, 0.5] {
        a.1.set_learning_rate(rate);
        b.1.set_learning_rate(rate);
        step.call((&mut a.0, &mut a.1), batch(2, 0).0).expect("a step");
        run((&mut b.0, &mut b.1), batch(2, 0).0).expect("a step");
        assert_same(&a, &b, "after a step");
    }
    assert_eq!(step.programs(), 1);
}

/// Second derivatives, and a recomputed layer, within a step.
#[test]
fn gradients_of_gradients_and_recomputation_are_steps() {
    type Deep = (Remat<Sequential<(Linear<U6, U8>, Tanh, Dropout)>>, Linear<U8, U1>);
    fn run(
        (model, optimizer): (&mut Deep, &mut Optimizer),
        x: Tensor![2, 6],
    ) -> Result<Tensor![], nnx_core::Error> {
        let (loss, grads) = loss_and_grad(model, |model, pass| {
            let penalty = nnx_core::tensor::gradient(
                |x| model.1.forward(model.0.forward(x, pass), pass).tanh().sum(),
                x.clone(),
            );
            let y = model.1.forward(model.0.forward(x, pass), pass).square().mean();
            y + penalty.square().sum()
        })?;
        optimizer.update(model, grads)?;
        Ok(loss)
    }
    let make = || {
        let rngs = &mut Rngs::new(0);
        let inner = (Linear::init(rngs), Tanh, Dropout::new(0.2, rngs));
        let model: Deep = (Remat::new(Sequential::new(inner)), Linear::init(rngs));
        let optimizer = Optimizer::new(&model, sgd(0.1));
        (model, optimizer)
    };
    let (mut a, mut b) = (make(), make());
    let mut step = jit(run);
    for i in 0..4 {
        let x = <Tensor![2, 6]>::normal(Key::new(i));
        let loss = step.call((&mut a.0, &mut a.1), x.clone()).expect("a step");
        assert_eq!(loss, run((&mut b.0, &mut b.1), x).expect("a step"));
        assert_same(&a, &b, "after a step");
    }
}
