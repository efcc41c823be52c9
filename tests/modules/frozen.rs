//! Frozen parts: no variable of any kind changes, and gradients flow through them.

use nnx::module::state_of;
use nnx::nn::{AttentionOptions, SpectralNorm};
use nnx::prelude::*;

use crate::{panic_of, same};

/// Everything that moves in training: parameters, running statistics, streams, an estimate of a norm.
#[derive(Module)]
struct Body {
    dense: SpectralNorm<Linear<U4, U4>>,
    norm: BatchNorm<U4>,
    dropout: Dropout,
    attention: MultiHeadAttention<U2, U4>,
}

impl Layer<Tensor![Batch, 3, 4]> for Body {
    type Output = Tensor![Batch, 3, 4];
    fn forward(&self, x: Tensor![Batch, 3, 4], pass: &mut Pass) -> Self::Output {
        let x = self.norm.forward(self.dense.forward(x, pass), pass);
        self.attention.forward(self.dropout.forward(x, pass), pass)
    }
}

#[derive(Module)]
struct Model {
    adapter: Linear<U4, U4>,
    body: Body,
    head: Linear<U4, U1>,
}

fn model() -> Model {
    let rngs = &mut Rngs::new(0);
    let options = AttentionOptions::default().dropout(0.5);
    Model {
        adapter: Linear::init(rngs),
        body: Body {
            dense: SpectralNorm::new(Linear::init(rngs), rngs),
            norm: BatchNorm::init(rngs),
            dropout: Dropout::new(0.5, rngs),
            attention: MultiHeadAttention::with(&options, rngs),
        },
        head: Linear::init(rngs),
    }
}

fn x() -> Tensor![Batch, 3, 4] {
    let elements = (0..24).map(|i| (f32::from(i as u8) * 0.7).sin()).collect();
    Tensor::from_vec(elements).expect("two examples")
}

fn loss(model: &Model, pass: &mut Pass, frozen: bool) -> Tensor<()> {
    let y = model.adapter.forward(x(), pass);
    let y = match frozen {
        true => pass.frozen(|pass| model.body.forward(y, pass)),
        false => model.body.forward(y, pass),
    };
    model.head.forward(y, pass).square().mean()
}

fn body() -> Filter {
    Filter::within("body")
}

#[test]
fn a_frozen_part_of_a_forward_pass_evaluates_and_changes_in_no_variable() {
    let mut model = model();
    let before = state_of(&body(), &model);
    let evaluated = model.body.infer(model.adapter.infer(x()));
    let expected = model.head.infer(evaluated).square().mean().item();
    let (value, grads) = value_and_grad(&mut model, |model, pass| {
        let loss = loss(model, pass, true);
        assert!(pass.is_training(), "behind the frozen part the pass trains");
        loss
    })
    .expect("gradients");
    assert_eq!(value, expected);
    assert!(same(&before, &state_of(&body(), &model)));
    for (path, entry) in &grads {
        let zero = entry.array.to_vec::<f32>().expect("f32").iter().all(|&g| g == 0.0);
        assert_eq!(zero, path.to_string().starts_with("body"), "{path}: gradients flow through");
    }
}

#[test]
fn a_filter_that_freezes_a_part_gives_the_gradients_of_the_rest_and_moves_no_variable_of_the_part()
{
    let mut model = model();
    let before = state_of(&body(), &model);
    let filter = Filter::kind::<kind::Param>().freezing(body());
    let (value, grads) =
        value_and_grad_of(&filter, &mut model, |model, pass| loss(model, pass, false))
            .expect("gradients");
    assert!(same(&before, &state_of(&body(), &model)));
    let (other, wanted) =
        value_and_grad(&mut model, |model, pass| loss(model, pass, true)).expect("gradients");
    assert_eq!(value, other);
    let wanted: State =
        wanted.into_iter().filter(|(path, _)| !path.to_string().starts_with("body")).collect();
    assert!(same(&grads, &wanted));
    let mut optimizer = Optimizer::within::<kind::Param, _>(&filter, &model, adamw(0.1));
    optimizer.update(&mut model, grads).expect("the same filter");
    assert!(same(&before, &state_of(&body(), &model)));
}

#[test]
fn without_freezing_the_statistics_and_streams_of_the_rest_move() {
    let mut model = model();
    let before = state_of(&body(), &model);
    let filter = Filter::within("head");
    value_and_grad_of(&filter, &mut model, |model, pass| loss(model, pass, false))
        .expect("gradients");
    let moved = |(path, entry): (&nnx::module::Path, &nnx::module::Entry)| {
        let old = before.get(path).expect("there before");
        (old.array != entry.array).then(|| path.to_string())
    };
    let moved: Vec<String> = state_of(&body(), &model).iter().filter_map(moved).collect();
    assert_eq!(
        moved,
        [
            "body/attention/stream/count",
            "body/dense/sigma",
            "body/dense/u",
            "body/dropout/stream/count",
            "body/norm/mean",
            "body/norm/var",
        ]
    );
}

#[test]
fn filters_keep_what_they_freeze_where_they_are_combined() {
    let a = Filter::kind::<kind::Param>().freezing(Filter::within("body/norm"));
    let both = a & Filter::everything().freezing(Filter::within("head"));
    let frozen = state_of(&both.frozen(), &model());
    let paths: Vec<String> = frozen.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(
        paths,
        [
            "body/norm/bias",
            "body/norm/mean",
            "body/norm/scale",
            "body/norm/var",
            "head/bias",
            "head/kernel"
        ]
    );
    assert!(state_of(&Filter::everything().frozen(), &model()).is_empty());
    let shown = format!("{:?}", Filter::everything().freezing(Filter::within("head")));
    assert_eq!(shown, "(everything freezing within head)");
}

#[test]
fn a_frozen_part_that_the_model_does_not_have_is_refused() {
    let mut model = model();
    let misspelled = Filter::kind::<kind::Param>().freezing(Filter::within("bdy"));
    let filter = misspelled & Filter::everything().freezing(Filter::within("head"));
    let expected = "nothing to freeze: the filter (within bdy) selects no variable of this model";
    let result = value_and_grad_of(&filter, &mut model, |model, pass| loss(model, pass, false));
    assert_eq!(result.expect_err("misspelled").to_string(), expected);
    let text = panic_of(|| Optimizer::within::<kind::Param, _>(&filter, &model, sgd(0.1)));
    assert_eq!(text, expected);
}

#[test]
fn evaluation_and_decoding_run_a_frozen_part_as_always() {
    let model = model();
    let y = model.body.infer(x()).to_vec();
    let frozen = |mut pass: Pass| pass.frozen(|pass| model.body.forward(x(), pass)).to_vec();
    assert_eq!(frozen(Pass::eval()), y);
    assert_eq!(frozen(Pass::train()), y);
}

#[test]
fn a_layer_run_again_for_its_gradient_stays_frozen_by_a_filter() {
    type Block = nnx::nn::Remat<(BatchNorm<U4>, Dropout)>;
    let rngs = &mut Rngs::new(0);
    let layers = (BatchNorm::<U4>::init(rngs), Dropout::new(0.5, rngs));
    let mut model: (Block, Linear<U4, U1>) = (Block::new(layers), Linear::init(rngs));
    let before = state_of(&Filter::within("0"), &model);
    let filter = Filter::kind::<kind::Param>().freezing(Filter::within("0"));
    let x = Tensor::<shape![2, 4]>::full(3.0);
    let y = model.infer(x.clone()).square().mean().item();
    let (loss, _) = value_and_grad_of(&filter, &mut model, |model, pass| {
        model.forward(x, pass).square().mean()
    })
    .expect("gradients");
    assert_eq!(loss, y);
    assert!(same(&before, &state_of(&Filter::within("0"), &model)));
}

#[test]
fn a_layer_with_one_of_its_statistics_frozen_evaluates() {
    let mut model = model();
    for part in ["mean", "var", "u", "sigma"] {
        let filter = Filter::kind::<kind::Param>().freezing(Filter::path_contains(part));
        let before = state_of(&Filter::path_contains(part), &model);
        value_and_grad_of(&filter, &mut model, |model, pass| loss(model, pass, false))
            .expect("gradients");
        assert!(same(&before, &state_of(&Filter::path_contains(part), &model)), "{part}");
    }
}

#[test]
fn a_panic_within_a_frozen_part_leaves_the_pass_training() {
    let mut pass = Pass::train();
    assert_eq!(panic_of(|| pass.frozen(|_| -> () { panic!("in the middle") })), "in the middle");
    assert!(pass.is_training());
}

#[test]
fn an_update_of_a_frozen_variable_says_what_to_ask() {
    let model = model();
    let mut pass = Pass::train();
    pass.freeze(&model, &body());
    let mean = &model.body.norm.mean;
    assert!(!mean.may_set(&pass) && model.head.kernel.may_set(&pass));
    let text = panic_of(|| {
        let mut pass = pass;
        mean.set(Tensor::zeros(), &mut pass);
    });
    assert_eq!(
        text,
        "a variable of kind `BatchStat` is frozen in this pass, and can't be updated: ask \
         `variable.may_set(pass)`, or `stream.may_draw(pass)` of a random stream, first"
    );
}

#[test]
fn a_pass_refuses_to_freeze_nothing() {
    let text = panic_of(|| Pass::train().freeze(&model(), &Filter::within("bodi")));
    assert_eq!(
        text,
        "nothing to freeze: the filter (within bodi) selects no variable of this model"
    );
}

#[test]
fn a_filter_that_selects_nothing_is_refused_by_optimizers() {
    use nnx::optim::{AddDecayedWeights, Chain, freeze, masked, partition};
    let model: (Linear<U4, U4>, Relu) = Init::init(&mut Rngs::new(0));
    let body = || Filter::within("body");
    let text = panic_of(|| Optimizer::within::<kind::Param, _>(&body(), &model, sgd(0.1)));
    assert_eq!(
        text,
        "an optimizer would have nothing to train: the filter (within body) selects no floating-point \
         variable of kind `Param` in this model"
    );
    let empty = panic_of(|| Optimizer::new(&Relu, sgd(0.1)));
    assert!(empty.starts_with("an optimizer would have nothing to train"), "{empty}");
    let decay = || masked(body(), AddDecayedWeights { decay: 0.1 });
    for text in [
        panic_of(|| Optimizer::new(&model, Chain::new().then(decay()))),
        panic_of(|| Optimizer::new(&model, adamw(0.1).decay_only(body()))),
    ] {
        assert_eq!(
            text,
            "the filter (within body) of a transform (by `masked`, `decay_only` or the like) selects none \
             of the 2 parameters that this optimizer trains, of which the first is `0/bias`"
        );
    }
    let groups = || partition().group(Filter::within("0"), sgd(0.1)).group(body(), freeze());
    let text = panic_of(|| Optimizer::new(&model, groups()));
    assert!(text.starts_with("the filter (within body) of group 1 of `partition` selects none"));
    let rest = partition().group(Filter::within("0"), sgd(0.1));
    let _ = Optimizer::new(&model, rest.group(Filter::everything(), adamw(0.1)));
}
