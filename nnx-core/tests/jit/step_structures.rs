//! Steps of models of several structures: one module, lists of layers, shared and frozen parts.

use crate::prelude::*;

use crate::steps::{Labels, Net, X, batch, net};
use crate::{assert_same, bits};

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
