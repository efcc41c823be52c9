//! What a recorded step keeps in memory and overwrites, and in which order it updates parameters.

use crate::prelude::*;
use nnx_core::optim::Chain;
use nnx_core::program::{Memo, Plan, Rewrites};

use crate::bits;
use crate::steps::{Labels, Net, X, batch, net, train};

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
