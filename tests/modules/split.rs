//! `split` and `merge`: each variable in one state, all of them back in a model.

use nnx::array::peak_bytes;
use nnx::module::{KindId, Path, SplitError, merge, merge_with, split};
use nnx::prelude::*;
use nnx::random::init;

use crate::same;

kind!(Adapter: kind::Param);

#[derive(Module)]
struct Model {
    dense: Linear<U3, U4>,
    norm: BatchNorm<U4>,
    dropout: Dropout,
    #[module(init = Variable::drawn(&init::he_uniform(), rngs))]
    adapter: Variable<Tensor![4, 2], Adapter>,
    layers: [Linear<U4, U4>; 2],
}

fn model(seed: u64) -> Model {
    Model::init(&mut Rngs::new(seed))
}

fn paths(state: &State) -> Vec<String> {
    state.iter().map(|(path, _)| path.to_string()).collect()
}

#[test]
fn each_variable_is_in_the_state_of_the_first_filter_that_selects_it() {
    let filters = (
        Filter::kind::<Adapter>(),
        Filter::within("layers") & Filter::path_contains("bias"),
        Filter::kind::<kind::Param>(),
        Filter::kind::<kind::BatchStat>(),
        Filter::rest(),
    );
    let (adapter, biases, params, stats, rest) = split(&model(0), filters.clone()).expect("split");
    assert_eq!(paths(&adapter), ["adapter"]);
    assert_eq!(paths(&biases), ["layers/0/bias", "layers/1/bias"]);
    let others = ["dense/bias", "dense/kernel", "layers/0/kernel", "layers/1/kernel"];
    assert_eq!(paths(&params), [&others[..], &["norm/bias", "norm/scale"]].concat());
    assert_eq!(paths(&stats), ["norm/mean", "norm/var"]);
    assert_eq!(paths(&rest), ["dropout/stream/count", "dropout/stream/key"]);
    // The state of a model is split in the same way as the model.
    let of_state = state(&model(0)).split(filters).expect("split");
    assert!(same(&of_state.0, &adapter) && same(&of_state.1, &biases));
    assert!(same(&of_state.2, &params) && same(&of_state.3, &stats) && same(&of_state.4, &rest));
}

#[test]
fn merging_gives_the_model_again_whatever_it_is_split_by() {
    let original = model(3);
    let kinds = (Filter::kind::<kind::Param>(), Filter::rest());
    let merged: Model = merge(split(&original, kinds).expect("split")).expect("merged");
    assert!(same(&state(&merged), &state(&original)));
    let whole = split(&original, Filter::everything()).expect("split");
    let merged: Model = merge(whole).expect("merged");
    assert!(same(&state(&merged), &state(&original)));
    let parts = ["dense", "norm", "dropout", "adapter", "layers"].map(Filter::within);
    let [dense, norm, dropout, adapter, layers] = split(&original, parts).expect("split");
    // The states may be merged in any order, and be a list or an array.
    let merged: Model = merge(vec![layers, norm, adapter, dropout, dense]).expect("merged");
    assert!(same(&state(&merged), &state(&original)));
}

#[test]
fn sixteen_filters_are_a_tuple_too() {
    let layers: [Linear<U2, U2>; 8] =
        std::array::from_fn(|i| Linear::init(&mut Rngs::new(i.try_into().expect("a small index"))));
    let at = |i: usize| Filter::within(&format!("{}/{}", i / 2, ["bias", "kernel"][i % 2]));
    let filters = (
        (at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), at(8), at(9)),
        (at(10), at(11), at(12), at(13), at(14), at(15)),
    );
    let (a, b) = filters;
    let all = (a.0, a.1, a.2, a.3, a.4, a.5, a.6, a.7, a.8, a.9, b.0, b.1, b.2, b.3, b.4, b.5);
    let states = split(&layers, all).expect("one filter for each variable");
    assert_eq!(paths(&states.15), ["7/kernel"]);
    assert!(same(&State::merge(states).expect("merged"), &state(&layers)));
}

#[test]
fn merging_draws_no_weight_and_copies_none() {
    type Wide = Linear<U1000, U1000>;
    let states =
        split(&Wide::init(&mut Rngs::new(0)), (Filter::path_contains("bias"), Filter::rest()))
            .expect("split");
    let (merged, bytes) = peak_bytes(|| merge::<Wide>(states).expect("merged"));
    assert!(bytes < 8000, "{bytes} bytes for a kernel of 4,000,000");
    let drawn = Wide::init(&mut Rngs::new(0));
    assert_eq!(merged.kernel.value().to_vec(), drawn.kernel.value().to_vec());
}

#[test]
fn variables_that_are_left_over_are_all_named_with_their_kinds() {
    let stats = Filter::kind::<kind::BatchStat>();
    let error = split(&model(0), (stats.clone(), Filter::within("layers"))).expect_err("left over");
    let expected = "7 of 13 variables are left over, since no filter selects them: add a filter for them, or \
                    `Filter::rest()` as the last one\n  \
                    dense/kernel of kind Param\n  dense/bias of kind Param\n  norm/scale of kind Param\n  \
                    norm/bias of kind Param\n  dropout/stream/count of kind RngCount\n  \
                    dropout/stream/key of kind RngKey\n  adapter of kind Adapter";
    assert_eq!(error.to_string(), expected);
    let SplitError::LeftOver { variables, total: 13 } = error else { panic!("{error}") };
    assert!(variables.contains(&(Path::parse("adapter"), KindId::of::<Adapter>())));
    let one = !Filter::within("dense/bias");
    let error = state(&model(0)).split((stats, one)).expect_err("left over");
    assert_eq!(
        error.to_string(),
        "1 of 13 variables is left over, since no filter selects them: add a filter for them, or \
         `Filter::rest()` as the last one\n  dense/bias of kind Param"
    );
}

#[test]
fn a_thousand_variables_that_are_left_over_are_named_and_the_others_counted() {
    let many: Vec<Param<shape![1]>> = (0..1002).map(|_| Param::new(Tensor::ones())).collect();
    let error = split(&many, Filter::nothing()).expect_err("left over").to_string();
    assert!(error.ends_with("\n  999 of kind Param\n  and 2 more"), "{error}");
}

#[test]
fn a_filter_of_the_rest_stands_last() {
    for (filter, name) in [(Filter::rest(), "rest"), (Filter::everything(), "everything")] {
        let params = Filter::kind::<kind::Param>();
        let error =
            split(&model(0), (params.clone(), filter.clone(), params)).expect_err("not last");
        let expected = format!(
            "filter 2 of 3 ({name}) takes all variables that are left, so that none are left for the filters after \
             it: put it last"
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(split(&model(0), filter).expect("alone").len(), 13);
    }
    // `rest` may select nothing.
    let (_, rest) = split(&model(0), (!Filter::nothing(), Filter::rest())).expect("split");
    assert!(rest.is_empty());
}

#[test]
fn a_variable_in_two_states_is_refused() {
    let all = state(&model(0));
    let biases = all.filter(&Filter::path_contains("bias"));
    let expected = "the states can't be merged, since variables are in several of them:\n  \
                    repeated: dense/bias\n  repeated: layers/0/bias\n  repeated: layers/1/bias\n  \
                    repeated: norm/bias";
    let error = State::merge((all.clone(), biases.clone())).expect_err("twice").to_string();
    assert_eq!(error, expected);
    let error = merge::<Model>((biases, all)).err().expect("twice").to_string();
    assert_eq!(error, expected);
}

#[test]
fn states_that_do_not_make_a_model_are_refused_with_all_that_is_wrong() {
    let (params, _) =
        split(&model(0), (Filter::kind::<kind::Param>(), Filter::rest())).expect("split");
    let error = merge::<Model>(params).err().expect("statistics are missing").to_string();
    assert_eq!(
        error,
        "the model isn't made, since variables don't fit:\n  missing: norm/mean of shape (4,)\n  \
         missing: norm/var of shape (4,)\n  missing: dropout/stream/count of shape ()\n  \
         missing: dropout/stream/key of shape (2,)"
    );
}

#[test]
fn what_is_no_variable_comes_from_the_constructor() {
    let make = |rngs: &mut Rngs| -> (Vec<Linear<U2, U2>>, Dropout) {
        ((0..3).map(|_| Linear::init(rngs)).collect(), Dropout::new(0.25, rngs))
    };
    let original = make(&mut Rngs::new(5));
    let states = split(&original, (Filter::within("0"), Filter::within("1"))).expect("split");
    let merged = merge_with(states, make).expect("merged");
    assert!(same(&state(&merged), &state(&original)));
    let x: Tensor![2, 2] = Tensor::ones();
    let [a, b] = [&original, &merged].map(|model| model.forward(x.clone(), &mut Pass::train()));
    assert_eq!(a.to_vec(), b.to_vec());
}
