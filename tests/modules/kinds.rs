//! Kinds: a kind is a type that is based on another kind, and is trained if that one is.

use nnx::module::{KindId, Path, grad_of, state_of};
use nnx::prelude::*;

kind! {
    /// Low-rank weights.
    LoraParam: kind::Param,
    /// A kind that is based on another kind of the user's.
    LoraScale: LoraParam,
    /// Counts of calls.
    Counter: kind::Variable,
}

#[derive(Module)]
struct Adapted {
    base: Param<shape![2]>,
    low: Variable<Tensor![2], LoraParam>,
    scale: Variable<Tensor<()>, LoraScale>,
    calls: Variable<Tensor<(), i32>, Counter>,
}

fn adapted() -> Adapted {
    Adapted {
        base: Param::new(Tensor::from([1.0, 2.0])),
        low: Variable::new(Tensor::from([0.5, -0.5])),
        scale: Variable::new(Tensor::from(2.0)),
        calls: Variable::new(Tensor::from(0)),
    }
}

impl Adapted {
    fn loss(&self, pass: &mut Pass) -> Tensor<()> {
        let calls = self.calls.get(pass).item();
        self.calls.set(Tensor::from(calls + 1), pass);
        let low = self.low.get(pass) * self.scale.get(pass);
        (self.base.get(pass) + low).square().sum()
    }
}

fn paths(state: &State) -> Vec<String> {
    state.iter().map(|(path, _)| path.to_string()).collect()
}

#[test]
fn a_kind_is_itself_and_what_it_is_a_kind_of() {
    let of = [
        KindId::of::<LoraScale>(),
        KindId::of::<LoraParam>(),
        KindId::of::<kind::Param>(),
        KindId::of::<kind::Variable>(),
    ];
    for (i, kind) in of.iter().enumerate() {
        for (j, base) in of.iter().enumerate() {
            assert_eq!(kind.is(*base), i <= j, "{kind:?} is {base:?}");
        }
    }
    assert!(!of[0].is(KindId::of::<Counter>()));
    assert!(KindId::of::<kind::RngCount>().is(KindId::of::<kind::RngState>()));
    assert!(!KindId::of::<kind::RngCount>().is(KindId::of::<kind::RngKey>()));
    assert_eq!((of[0].name(), format!("{:?}", of[1])), ("LoraScale", "LoraParam".to_owned()));
}

#[test]
fn parameters_of_a_users_kind_are_counted_and_differentiated() {
    let mut model = adapted();
    assert_eq!(parameters(&model), 5);
    let gradients = grad(&mut model, Adapted::loss).expect("gradients");
    assert_eq!(paths(&gradients), ["base", "low", "scale"]);
    // y = base + low scale = [2, 1]; of Σ y²: base 2 y, low 2 y scale, scale Σ 2 y low.
    let of = |path: &str| {
        let entry = gradients.get(&Path::parse(path)).expect("a gradient");
        (entry.kind, entry.array.to_vec::<f32>().expect("f32"))
    };
    assert_eq!(of("base"), (KindId::of::<kind::Param>(), vec![4.0, 2.0]));
    assert_eq!(of("low"), (KindId::of::<LoraParam>(), vec![8.0, 4.0]));
    assert_eq!(of("scale"), (KindId::of::<LoraScale>(), vec![1.0]));
    assert_eq!(model.calls.value().item(), 1, "the counter is updated, not differentiated");
}

#[test]
fn an_optimizer_of_a_users_kind_trains_that_kind_alone() {
    let mut model = adapted();
    let mut optimizer = Optimizer::of_kind::<LoraParam, _>(&model, sgd(0.1).momentum(0.9));
    let slots: Vec<String> = paths(&state(&optimizer));
    assert_eq!(slots, ["opt_state/0/trace/low", "opt_state/0/trace/scale", "step"]);
    let wanted = Filter::kind::<LoraParam>();
    let gradients = grad_of(&wanted, &mut model, Adapted::loss).expect("gradients");
    optimizer.update(&mut model, gradients).expect("an update");
    assert_eq!(model.base.value().to_vec(), [1.0, 2.0]);
    let low = model.low.value().to_vec();
    assert!((low[0] + 0.3).abs() < 1e-6 && (low[1] + 0.9).abs() < 1e-6, "{low:?}");
}

#[test]
fn an_optimizer_refuses_gradients_of_more_than_it_trains() {
    let mut model = adapted();
    let mut optimizer = Optimizer::of_kind::<LoraParam, _>(&model, sgd(0.1));
    let gradients = grad(&mut model, Adapted::loss).expect("gradients of all");
    let error = optimizer.update(&mut model, gradients).expect_err("`base` isn't trained");
    assert!(error.to_string().ends_with("unexpected: base of shape (2,)"), "{error}");
    assert_eq!((optimizer.step(), model.low.value().to_vec()), (0, vec![0.5, -0.5]));
}

/// Compiles only for kinds that are trained.
fn trained<K: nnx::module::Trainable>() -> &'static str {
    K::NAME
}

#[test]
fn a_kind_of_a_trained_kind_is_trained() {
    assert_eq!([trained::<kind::Param>(), trained::<LoraScale>()], ["Param", "LoraScale"]);
}

#[test]
fn a_users_kind_prints_with_its_name() {
    assert_eq!(format!("{:?}", adapted().scale), "LoraScale(Tensor<(), f32> of () [2.0])");
    let counters = state_of(&Filter::kind::<Counter>(), &adapted());
    assert_eq!(paths(&counters), ["calls"]);
}
