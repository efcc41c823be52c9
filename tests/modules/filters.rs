//! Filters by kind, by path, by a predicate, and combined.

use nnx::module::{Key, Path, state_of};
use nnx::prelude::*;

#[derive(Module)]
struct Block {
    dense: Linear<U2, U2>,
    mean: BatchStat<shape![2]>,
}

#[derive(Module)]
struct Model {
    layers: Vec<Block>,
    head: Linear<U2, U2>,
    dropout: Dropout,
}

fn model() -> Model {
    let rngs = &mut Rngs::new(0);
    let block = |rngs: &mut Rngs| Block {
        dense: Linear::init(rngs),
        mean: BatchStat::new(Tensor::zeros()),
    };
    Model {
        layers: (0..11).map(|_| block(rngs)).collect(),
        head: Linear::init(rngs),
        dropout: Dropout::new(0.5, rngs),
    }
}

fn selected(filter: &Filter) -> Vec<String> {
    state_of(filter, &model()).iter().map(|(path, _)| path.to_string()).collect()
}

#[test]
fn everything_and_nothing_are_what_they_say() {
    assert_eq!(selected(&Filter::everything()).len(), 11 * 3 + 2 + 2);
    assert!(selected(&Filter::nothing()).is_empty());
    assert_eq!(selected(&!Filter::nothing()), selected(&Filter::everything()));
}

#[test]
fn a_kind_selects_the_kinds_of_it() {
    assert_eq!(selected(&Filter::kind::<kind::Variable>()), selected(&Filter::everything()));
    assert_eq!(selected(&Filter::kind::<kind::BatchStat>()).len(), 11);
    let stream = ["dropout/stream/count", "dropout/stream/key"];
    assert_eq!(selected(&Filter::kind::<kind::RngState>()), stream);
    assert_eq!(selected(&Filter::kind::<kind::RngKey>()), stream[1..]);
    assert!(selected(&Filter::kind::<kind::Cache>()).is_empty());
}

#[test]
fn within_selects_a_part_of_the_model_and_not_its_neighbours() {
    let first = ["layers/1/dense/bias", "layers/1/dense/kernel", "layers/1/mean"];
    assert_eq!(selected(&Filter::within("layers/1")), first, "layers/10 starts with the same text");
    assert_eq!(selected(&Filter::within("head/bias")), ["head/bias"]);
    assert_eq!(selected(&Filter::within("layers/1/")), first, "a last slash says nothing");
    assert!(selected(&Filter::within("lay")).is_empty());
    assert!(selected(&Filter::within("dense")).is_empty(), "within starts at the model");
}

#[test]
fn path_contains_finds_a_part_anywhere() {
    assert_eq!(selected(&Filter::path_contains("bias")).len(), 12);
    let third = ["layers/3/dense/bias", "layers/3/dense/kernel", "layers/3/mean"];
    assert_eq!(selected(&Filter::path_contains("3")), third);
    assert!(selected(&Filter::path_contains("bia")).is_empty(), "a part, not a piece of text");
}

#[test]
fn path_contains_finds_several_parts_in_a_row() {
    assert_eq!(
        selected(&Filter::path_contains("3/dense")),
        selected(&Filter::within("layers/3/dense"))
    );
    assert_eq!(selected(&Filter::path_contains("dense/bias")).len(), 11, "not that of the head");
    assert!(selected(&Filter::path_contains("layers/dense")).is_empty());
}

#[test]
fn a_predicate_sees_path_and_variable() {
    let even = |path: &Path| matches!(path.keys().get(1), Some(Key::Index(i)) if i % 2 == 0);
    let filter = Filter::predicate(move |path, variable| {
        even(path) && variable.shape() == "(2,)" && variable.array().dtype().is_float()
    });
    assert_eq!(selected(&filter).len(), 6 * 2);
}

#[test]
fn filters_are_combined_by_and_or_and_not() {
    let (param, bias) = (Filter::kind::<kind::Param>(), Filter::path_contains("bias"));
    assert_eq!(selected(&(param.clone() & !bias.clone())).len(), 12);
    assert_eq!(
        selected(&(param.clone() & !bias.clone() & !Filter::within("layers"))),
        ["head/kernel"]
    );
    let either = Filter::within("head") | Filter::within("dropout");
    assert_eq!(
        selected(&either),
        ["dropout/stream/count", "dropout/stream/key", "head/bias", "head/kernel"]
    );
    assert_eq!(selected(&!(param | either)).len(), 11, "the statistics are left");
}

#[test]
fn a_filter_is_printed_as_it_is_written() {
    let filter = (Filter::kind::<kind::Param>() & !Filter::within("layers/0"))
        | (Filter::path_contains("bias") & Filter::predicate(|_, _| true));
    assert_eq!(
        format!("{filter:?}"),
        "((kind Param & !within layers/0) | (path contains bias & a predicate))"
    );
    assert_eq!(format!("{:?}", Filter::everything()), "everything");
}
