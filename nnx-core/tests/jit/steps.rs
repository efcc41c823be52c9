//! Training steps, recorded and replayed, beside the same steps by the function itself.

use crate::prelude::*;
use nnx_core::optim::{AveragedWeights, Chain, clip_by_global_norm, every};
use nnx_core::program::{Memo, Plan, Rewrites};
use nnx_core::random::Key;

use crate::{assert_same, bits};

type X = Tensor![Batch, 6];
type Labels = Tensor![Batch; i32];

#[derive(Debug, Clone, Module)]
#[module(sequential)]
struct Net {
    first: Linear<U6, U8>,
    norm: BatchNorm<U8>,
    relu: Relu,
    dropout: Dropout,
    second: Linear<U8, U3>,
}

fn net(seed: u64) -> Net {
    let rngs = &mut Rngs::new(seed);
    Net {
        first: Linear::init(rngs),
        norm: BatchNorm::init(rngs),
        relu: Relu,
        dropout: Dropout::new(0.3, rngs),
        second: Linear::init(rngs),
    }
}

fn batch(size: usize, seed: u64) -> (X, Labels) {
    let x = X::zeros_of(&[size]).normal_like(Key::new(seed));
    let labels = (0..size).map(|i| (i as i32 * 7 + seed as i32) % 3).collect();
    (x, Labels::from_vec(labels).expect("a batch"))
}

fn train<M: Module + Layer<X, Output = Tensor![Batch, 3]>>(
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

#[test]
fn one_module_alone_and_no_input() {
    #[derive(Debug, Clone, Module)]
    struct Walk {
        place: Param<shape![4]>,
        noise: RngStream,
    }
    let walk = || Walk {
        place: Param::new(Tensor::zeros()),
        noise: RngStream::forked("noise", &mut Rngs::new(5)),
    };
    fn go(walk: &mut Walk, (): ()) -> Result<Tensor![4], nnx_core::Error> {
        let mut pass = Pass::train();
        let noise: Tensor![4] = walk.noise.sample(&mut pass, Tensor::normal);
        pass.commit(walk)?;
        let place = walk.place.value().clone() + noise.clone();
        walk.place.replace(place);
        Ok(noise)
    }
    let (mut a, mut b) = (walk(), walk());
    let mut step = jit(go);
    let mut all = Vec::new();
    for _ in 0..4 {
        let noise = step.call(&mut a, ()).expect("a step");
        assert_eq!(noise, go(&mut b, ()).expect("a step"));
        assert_same(&a, &b, "after a step");
        all.push(noise.to_vec());
    }
    assert_ne!(all[1], all[2], "each run draws anew");
}

#[test]
fn models_of_other_structures_have_programs_of_their_own() {
    type Layers = Vec<Linear<U6, U6>>;
    fn run(layers: &mut Layers, x: X) -> Result<Tensor![], nnx_core::Error> {
        let (loss, grads) = loss_and_grad(layers, |layers, pass| {
            layers.iter().fold(x, |x, layer| layer.forward(x, pass).tanh()).square().sum()
        })?;
        let moved = &state(layers) - &(&grads * 0.1);
        update(layers, &moved)?;
        Ok(loss)
    }
    let make = |count| -> Layers {
        let rngs = &mut Rngs::new(0);
        (0..count).map(|_| Linear::init(rngs)).collect()
    };
    let (mut a, mut b) = ([make(1), make(2)], [make(1), make(2)]);
    let mut step = jit(run);
    for i in 0..6 {
        let which = i as usize % 2;
        step.call(&mut a[which], batch(2, i).0).expect("a step");
        run(&mut b[which], batch(2, i).0).expect("a step");
        assert_same(&a, &b, "after a step");
    }
    assert_eq!(step.programs(), 2);
}

/// A clone of the weights keeps its values, though a step overwrites arrays in place.
#[test]
fn what_shares_an_array_with_the_model_keeps_its_values() {
    let mut model = net(0);
    let mut optimizer = Optimizer::new(&model, adam(1e-2));
    let mut step = jit(train::<Net>);
    for i in 0..3 {
        let (kept, slots) = (state_of(&Filter::everything(), &model), bits(&optimizer));
        let before = bits(&model);
        let of_optimizer = state_of(&Filter::everything(), &optimizer);
        step.call((&mut model, &mut optimizer), batch(4, i)).expect("a step");
        let bytes = |state: &State| -> Vec<(String, Vec<u8>)> {
            state.iter().map(|(path, e)| (path.to_string(), e.array.to_le_bytes())).collect()
        };
        assert_eq!((bytes(&kept), bytes(&of_optimizer)), (before.clone(), slots));
        assert_ne!(bits(&model), before);
    }
}

/// A part that the model shares with others is a constant of the program; another one is recorded anew.
#[test]
fn shared_modules_are_constants() {
    use std::sync::Arc;
    type Body = Arc<Linear<U6, U6>>;
    fn run(
        (model, optimizer): (&mut (Body, Linear<U6, U1>), &mut Optimizer),
        x: X,
    ) -> Result<Tensor![], nnx_core::Error> {
        let (loss, grads) = loss_and_grad(model, |(body, head), pass| {
            head.forward(body.infer(x), pass).square().mean()
        })?;
        optimizer.update(model, grads)?;
        Ok(loss)
    }
    let make = |seed| {
        let rngs = &mut Rngs::new(seed);
        let model: (Body, Linear<U6, U1>) = (Arc::new(Linear::init(rngs)), Linear::init(rngs));
        let optimizer = Optimizer::new(&model, sgd(0.1));
        (model, optimizer)
    };
    let mut step = jit(run);
    for (programs, seed) in [(1, 0), (2, 7)] {
        let (mut a, mut b) = (make(seed), make(seed));
        for i in 0..3 {
            let loss = step.call((&mut a.0, &mut a.1), batch(2, i).0).expect("a step");
            assert_eq!(loss, run((&mut b.0, &mut b.1), batch(2, i).0).expect("a step"));
            assert_same(&a, &b, "after a step");
        }
        assert_eq!(step.programs(), programs);
    }
}

#[test]
fn frozen_parts_and_filters_are_those_of_the_function() {
    fn run(
        (model, optimizer): (&mut Net, &mut Optimizer),
        (x, labels): (X, Labels),
    ) -> Result<Tensor![], nnx_core::Error> {
        let filter =
            Filter::everything().freezing(Filter::within("norm") | Filter::within("dropout"));
        let filter = filter & Filter::kind::<kind::Param>();
        let (loss, grads) = loss_and_grad_of(&filter, model, |model, pass| {
            softmax_cross_entropy(model.forward(x, pass), labels).mean()
        })?;
        optimizer.update(model, grads)?;
        Ok(loss)
    }
    let make = || {
        let model = net(4);
        let filter =
            Filter::everything().freezing(Filter::within("norm") | Filter::within("dropout"));
        let optimizer = Optimizer::within::<kind::Param, _>(&filter, &model, adam(1e-2));
        (model, optimizer)
    };
    let (mut a, mut b) = (make(), make());
    let norm = bits(&a.0.norm);
    let mut step = jit(run);
    for i in 0..3 {
        step.call((&mut a.0, &mut a.1), batch(4, i)).expect("a step");
        run((&mut b.0, &mut b.1), batch(4, i)).expect("a step");
        assert_same(&a, &b, "after a step");
    }
    assert_eq!(bits(&a.0.norm), norm);
}

/// The text of a small program: variables, steps in place with several results, and what changes.
#[test]
fn a_program_is_text() {
    let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, sgd(0.1).momentum(0.9));
    let mut step =
        jit(|(model, optimizer): (&mut Linear<U2, U1>, &mut Optimizer), x: Tensor![3, 2]| {
            let (loss, grads) =
                loss_and_grad(model, |model, pass| model.forward(x, pass).square().mean())?;
            optimizer.update(model, grads)?;
            Ok(loss)
        });
    let before = bits(&model);
    let program = step.program((&mut model, &mut optimizer), Tensor::zeros()).expect("a program");
    assert_eq!((bits(&model), optimizer.step(), step.programs()), (before, 0, 0));
    assert_eq!(program.to_string(), include_str!("sgd_step.txt"), "{program}");
}

/// Arrays are freed at their last use, so that a replay needs no more of them than the function.
#[test]
fn a_replay_needs_at_most_the_memory_of_the_function() {
    type Mlp = Sequential<(Linear<U6, U64>, Relu, Linear<U64, U64>, Tanh, Linear<U64, U3>)>;
    let mut model = Mlp::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, adam(1e-3));
    let mut step = jit(train::<Mlp>);
    let mut measure = |replay: bool| {
        let data = batch(128, 0);
        let (_, bytes) = nnx_core::array::peak_bytes(|| match replay {
            true => step.call((&mut model, &mut optimizer), data).map(|loss| loss.item()),
            false => train((&mut model, &mut optimizer), data).map(|loss| loss.item()),
        });
        bytes
    };
    let [_, replayed, eager] = [true, true, false].map(&mut measure);
    assert!(replayed <= eager, "{replayed} bytes, and {eager} of the function");
}

type Wide = Sequential<(Linear<U6, U64>, Relu, Linear<U64, U64>, Tanh, Linear<U64, U3>)>;

/// The recorded steps of training, and those of the plan that `jit` runs.
fn planned(
    optimizer: impl Into<Chain>,
    mut step: impl FnMut((&mut Wide, &mut Optimizer), (X, Labels)) -> Result<Tensor![], nnx_core::Error>,
) -> [Plan; 2] {
    let mut model = Wide::init(&mut Rngs::new(0));
    let mut optimizer = Optimizer::new(&model, optimizer.into());
    let mut step =
        jit(move |(model, optimizer): (&mut Wide, &mut Optimizer), data: (X, Labels)| {
            step((model, optimizer), data)
        });
    let program = step.program((&mut model, &mut optimizer), batch(4, 0)).expect("a program");
    [Rewrites::Nothing, Rewrites::Exact]
        .map(|all| Plan::with(&program, all, &Memo::default()).expect("a plan"))
}

/// Whether a parameter is updated before the last gradient is computed.
fn updates_at_once(plan: &Plan) -> bool {
    let names: Vec<&str> = plan.program().iter().map(|step| step.name()).collect();
    let first_update = names.iter().position(|name| *name == "optimizer_step");
    first_update.is_some() && first_update < names.iter().rposition(|name| *name == "matmul")
}

/// A parameter is updated when its gradient is known, so that old parameters and gradients aren't in memory together.
#[test]
fn updates_follow_their_gradients() {
    for optimizer in [adam(1e-3).into(), sgd(0.1).into(), Chain::from(sgd(0.1).momentum(0.9))] {
        let [recorded, exact] = planned(optimizer, train::<Wide>);
        assert!(!updates_at_once(&recorded) && updates_at_once(&exact), "{recorded}\n{exact}");
    }
}

/// Another loss after the update checks its labels, which are others: until then, nothing is overwritten.
#[test]
fn no_update_moves_before_a_step_that_may_fail() {
    let [_, exact] = planned(adam(1e-3), |(model, optimizer), (x, labels)| {
        let loss = train((model, optimizer), (x.clone(), labels.clone()))?;
        let x: Tensor![Batch, 3] = x.into_dyn().slice(1, 0, 3).try_into()?;
        let others: Labels = labels.into_dyn().flip(0).try_into()?;
        Ok(loss + softmax_cross_entropy(x, others).mean())
    });
    assert!(!updates_at_once(&exact), "{exact}");
}
