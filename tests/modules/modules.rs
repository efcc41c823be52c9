//! The modules of a model: listing them, changing all of one type, and replacing layers.

use std::collections::BTreeMap;
use std::sync::Arc;

use nnx::module::{
    ErasedModel, ModuleVisitor, TypedModel, Visitor, VisitorMut, for_each_mut, modules,
};
use nnx::prelude::*;

use crate::{panic_of, same};

#[derive(Module)]
#[allow(clippy::large_enum_variant, reason = "the paths of a variant in place are tested")]
enum Mixer {
    #[module(init)]
    Dense(Linear<U4, U4>, Dropout),
    Nothing,
}

#[derive(Module)]
struct Block<L> {
    layer: L,
    mixers: [Mixer; 2],
}

/// A module that is written by hand.
struct Wrapped(Block<Linear<U4, U4>>, Dropout);
impl Module for Wrapped {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        visitor.field("block", &self.0);
        visitor.field("dropout", &self.1);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        visitor.field("block", &mut self.0);
        visitor.field("dropout", &mut self.1);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        visitor.field("block", &mut self.0);
        visitor.field("dropout", &mut self.1);
    }
}

#[derive(Module)]
struct Everything {
    wrapped: Wrapped,
    list: Vec<Option<Box<Dropout>>>,
    pair: (Relu, Dropout<Axis<1>>),
    by_name: BTreeMap<String, Dropout>,
    erased: ErasedModel,
    typed: TypedModel<Tensor![Batch, 4], Tensor![Batch, 4]>,
    shared: Arc<Dropout>,
    remat: Remat<Sequential<(Linear<U4, U4>, Dropout)>>,
    without: WithoutBias<Linear<U4, U2>>,
    scale: f32,
}

fn everything() -> Everything {
    let rngs = &mut Rngs::new(0);
    let dropout = Dropout::new(0.5, rngs);
    Everything {
        wrapped: Wrapped(Block::init(rngs), dropout.clone()),
        list: vec![Some(Box::new(dropout.clone())), None],
        pair: (Relu, dropout.clone().broadcast()),
        by_name: [("a/b".to_owned(), dropout.clone())].into(),
        erased: ErasedModel::new::<Tensor![Batch, 4]>((
            Linear::<U4, U2>::init(rngs),
            dropout.clone(),
        )),
        typed: TypedModel::new(dropout.clone()),
        shared: Arc::new(dropout),
        remat: Remat::init(rngs),
        without: WithoutBias::init(rngs),
        scale: 1.0,
    }
}

#[test]
fn modules_are_listed_with_paths_and_types_the_outer_ones_first() {
    let list: Vec<String> = modules(&everything())
        .into_iter()
        .filter(|module| module.type_name != "RngStream")
        .map(|module| format!("{}: {}", module.path, module.type_name))
        .collect();
    let expected = [
        ": Everything",
        "wrapped: Wrapped",
        "wrapped/block: Block<Linear<4, 4>>",
        "wrapped/block/layer: Linear<4, 4>",
        "wrapped/block/mixers/0: Mixer",
        "wrapped/block/mixers/0/Dense/0: Linear<4, 4>",
        "wrapped/block/mixers/0/Dense/1: Dropout",
        "wrapped/block/mixers/1: Mixer",
        "wrapped/block/mixers/1/Dense/0: Linear<4, 4>",
        "wrapped/block/mixers/1/Dense/1: Dropout",
        "wrapped/dropout: Dropout",
        "list/0: Dropout",
        "pair/0: Relu",
        "pair/1: Dropout<Axis<1>>",
        "by_name/a~1b: Dropout",
        "erased: ErasedModel",
        "erased/0: Linear<4, 2>",
        "erased/1: Dropout",
        "typed: TypedModel<Tensor<(Batch, 4)>, Tensor<(Batch, 4)>>",
        "typed: Dropout",
        "shared: Dropout",
        "remat: Remat<Sequential<(Linear<4, 4>, Dropout)>>",
        "remat: Sequential<(Linear<4, 4>, Dropout)>",
        "remat/layers/0: Linear<4, 4>",
        "remat/layers/1: Dropout",
        "without: WithoutBias<Linear<4, 2>>",
        "without: Linear<4, 2>",
    ];
    assert_eq!(list, expected);
}

#[test]
fn inputs_and_outputs_are_listed_where_a_type_has_them() {
    let typed: Vec<_> = modules(&everything())
        .into_iter()
        .filter_map(|module| Some((module.path.to_string(), module.input?, module.output?)))
        .collect();
    let row = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    let expected = [
        row("erased", "(Batch, 4) f32", "(Batch, 2) f32"),
        row("typed", "(Batch, 4) f32", "(Batch, 4) f32"),
    ];
    assert_eq!(typed, expected);
}

#[test]
fn all_modules_of_a_type_are_changed_wherever_they_are() {
    let mut model = everything();
    let mut paths = Vec::new();
    let found = for_each_mut::<Dropout>(&mut model, |path, dropout| {
        dropout.set_rate(0.25);
        paths.push(path.to_string());
    });
    let expected = [
        "wrapped/block/mixers/0/Dense/1",
        "wrapped/block/mixers/1/Dense/1",
        "wrapped/dropout",
        "list/0",
        "by_name/a~1b",
        "erased/1",
        "typed",
        "remat/layers/1",
    ];
    assert_eq!((paths, found), (expected.map(str::to_owned).to_vec(), 8));
    assert_eq!(model.list[0].as_ref().expect("one").rate(), 0.25);
    assert_eq!(model.by_name["a/b"].rate(), 0.25);
    let erased = model.erased.downcast::<Tensor![Batch, 4], (Linear<U4, U2>, Dropout)>();
    assert_eq!(erased.expect("that model").1.rate(), 0.25);
    // A different type, and a shared module.
    assert_eq!((model.pair.1.rate(), model.shared.rate()), (0.5, 0.5));
}

#[test]
fn the_model_itself_and_modules_in_modules_are_reached() {
    let mut model = everything();
    assert_eq!(
        for_each_mut::<Everything>(&mut model, |path, _| assert!(path.keys().is_empty())),
        1
    );
    assert_eq!(for_each_mut::<Block<Linear<U4, U4>>>(&mut model, |_, _| {}), 1);
    assert_eq!(for_each_mut::<Mixer>(&mut model, |_, mixer| *mixer = Mixer::Nothing), 2);
    assert_eq!(for_each_mut::<Dropout>(&mut model, |_, _| {}), 6);
    // Neither containers nor variables nor numbers are modules.
    assert_eq!(for_each_mut::<Vec<Option<Box<Dropout>>>>(&mut model, |_, _| {}), 0);
    assert_eq!(for_each_mut::<Param<shape![4]>>(&mut model, |_, _| {}), 0);
    assert_eq!(for_each_mut::<f32>(&mut model, |_, _| {}), 0);
    assert_eq!(for_each_mut::<ErasedModel>(&mut model, |_, _| {}), 1);
}

#[test]
fn a_layer_is_reseeded_by_its_type() {
    let mut layers = vec![Dropout::new(0.5, &mut Rngs::new(0)); 3];
    let mut stream = nnx::random::Stream::new(7);
    for_each_mut::<Dropout>(&mut layers, |_, dropout| reseed(dropout, &mut stream));
    let masks: Vec<Vec<f32>> = layers
        .iter()
        .map(|layer| layer.forward(Tensor::from([1.0; 16]), &mut Pass::train()).to_vec())
        .collect();
    assert!(masks[0] != masks[1] && masks[1] != masks[2]);
    assert_eq!(stream.count, 3);
}

#[test]
fn a_rate_that_is_no_probability_is_refused() {
    let mut dropout = Dropout::new(0.5, &mut Rngs::new(0));
    let text = panic_of(|| dropout.set_rate(1.5));
    assert_eq!(text, "a dropout rate is the probability to drop, within 0 to 1; found 1.5");
    assert_eq!(dropout.rate(), 0.5);
}

#[test]
fn an_optimizer_is_a_list_of_modules_too() {
    let model = Linear::<U2, U2>::init(&mut Rngs::new(0));
    let optimizer = Optimizer::new(&model, adam(0.1));
    let list = modules(&optimizer);
    let names: Vec<&str> = list.iter().map(|module| &*module.type_name).collect();
    assert_eq!(names[..2], ["Optimizer", "Chain"]);
}

/// A model with the type of one layer as a parameter.
#[derive(Module)]
struct Net<Hidden = Linear<U4, U3>> {
    hidden: Vec<Hidden>,
    head: Linear<U4, U2>,
}

impl<Hidden> Layer<Tensor![Batch, 4]> for Net<Hidden>
where
    Hidden: Layer<Tensor![Batch, 4], Output = Tensor![Batch, 4]>,
{
    type Output = Tensor![Batch, 2];
    fn forward(&self, x: Tensor![Batch, 4], pass: &mut Pass) -> Self::Output {
        self.head.forward(self.hidden.forward(x, pass), pass)
    }
}

#[test]
fn a_linear_layer_becomes_an_adapted_one_and_back() {
    type Adapted = LoraLinear<U4, U2, U4>;
    let mut rngs = Rngs::new(0);
    let hidden: Vec<Linear<U4, U4>> = (0..3).map(|_| Linear::init(&mut rngs)).collect();
    let net = Net { hidden, head: Linear::init(&mut rngs) };
    let before = state(&net);
    let x: Tensor![Batch, 4] =
        Tensor::from_vec((0..8).map(|i| i as f32 / 8.0).collect()).expect("two rows");
    let y = net.infer(x.clone());

    let Net { hidden, head } = net;
    let hidden = hidden.into_iter().map(|layer| Adapted::around(layer, &mut rngs)).collect();
    let mut net: Net<Adapted> = Net { hidden, head };
    // The same outputs and weights at the same paths, and adaptations that a filter selects.
    assert_eq!(net.infer(x.clone()).to_vec(), y.to_vec());
    let adapted = Filter::kind::<LoraParam>();
    let (lora, rest) = nnx::module::split(&net, (adapted.clone(), Filter::rest())).expect("split");
    assert!(same(&rest, &before) && lora.len() == 6);

    let mut optimizer = Optimizer::within::<LoraParam, _>(&adapted, &net, sgd(0.5));
    for _ in 0..3 {
        let (_, grads) = value_and_grad_of(&adapted, &mut net, |net, pass| {
            net.forward(x.clone(), pass).square().mean()
        })
        .expect("gradients");
        optimizer.update(&mut net, grads).expect("a step");
    }
    assert!(same(&state_of(&!adapted, &net), &before));
    let trained = net.infer(x.clone());
    assert_ne!(trained.to_vec(), y.to_vec());

    let Net { hidden, head } = net;
    let merged = Net { hidden: hidden.into_iter().map(Adapted::merged).collect::<Vec<_>>(), head };
    let difference = (merged.infer(x) - trained).abs().max().item();
    assert!(difference < 1e-6, "{difference}");
}
