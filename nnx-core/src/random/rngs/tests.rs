//! Draws of named streams.

use super::*;

#[test]
fn draws_of_the_default_stream_are_those_of_flax() {
    let mut rngs = Rngs::new(0);
    let keys = [rngs.params(), rngs.dropout(), rngs.key("default").unwrap()];
    let flax = [[1797259609, 2579123966], [928981903, 3453687069], [4146024105, 2718843009]];
    assert_eq!(keys, flax.map(Key::from_data));
}

#[test]
fn a_stream_of_its_own_leaves_the_default_alone() {
    let mut rngs = Rngs::new(0).with("dropout", 1);
    assert_eq!(rngs.dropout(), Key::new(1).fold_in(0));
    assert_eq!(rngs.params(), Key::new(0).fold_in(0));
    let counts: Vec<_> = rngs.iter().map(|(name, stream)| (name, stream.count)).collect();
    assert_eq!(counts, [("default", 1), ("dropout", 1)]);
}

#[test]
fn a_missing_stream_is_named_with_those_there_are() {
    let mut rngs = Rngs::named("params", 0).with("noise", 1);
    assert_eq!(
        rngs.key("dropout").unwrap_err().to_string(),
        "expected a random stream `dropout` or `default`, found only `noise`, `params`: add \
         one with `.with(\"dropout\", seed)`, or start from `Rngs::new(seed)`, which serves \
         every name"
    );
    let none = Rngs::from_iter([]).key("params").unwrap_err().to_string();
    assert!(none.starts_with("expected a random stream `params` or `default`, found no stream: "));
}

#[test]
#[should_panic(expected = "expected a random stream `params` or `default`, found only `dropout`")]
fn params_panics_with_the_message_of_the_error() {
    Rngs::named("dropout", 0).params();
}

#[test]
#[should_panic(expected = "expected a random stream `dropout` or `default`, found only `params`")]
fn dropout_panics_with_the_message_of_the_error() {
    Rngs::named("params", 0).dropout();
}

#[test]
fn saved_streams_go_on_where_they_were() {
    let mut rngs = Rngs::new(0).with("dropout", 1);
    for name in ["params", "params", "dropout"] {
        rngs.key(name).unwrap();
    }
    let mut restored: Rngs = rngs.iter().map(|(name, stream)| (name.to_owned(), *stream)).collect();
    assert_eq!(restored, rngs);
    assert_eq!(restored.params(), rngs.params());
}

#[test]
fn split_draws_once_from_every_stream_and_splits_that_key() {
    let mut rngs = Rngs::new(0).with("dropout", 1).blank();
    let mut sets = rngs.split(3);
    assert!(rngs.iter().all(|(_, stream)| stream.count == 1));
    for (i, set) in sets.iter_mut().enumerate() {
        assert!(set.is_blank());
        assert_eq!(set.dropout(), Key::new(1).fold_in(0).split(3)[i].fold_in(0));
        assert_eq!(set.params(), Key::new(0).fold_in(0).split(3)[i].fold_in(0));
    }
    assert!(rngs.split(0).is_empty());
}

#[test]
fn fork_draws_once_from_every_stream() {
    let mut rngs = Rngs::new(0).with("dropout", 1);
    let mut fork = rngs.fork();
    assert!(rngs.iter().all(|(_, stream)| stream.count == 1));
    assert_eq!(fork.dropout(), Key::new(1).fold_in(0).fold_in(0));
    assert_eq!(fork.params(), Key::new(0).fold_in(0).fold_in(0));
}
