//! Paths of variables: names of fields, indices, keys of maps, names of variants.

use std::collections::{BTreeMap, HashMap};

use nnx::models::SimpleCnn;
use nnx::module::{Key, Path, Visitor, VisitorMut};
use nnx::prelude::*;

type Small = Linear<U2, U3>;

fn small() -> Small {
    Linear::init(&mut Rngs::new(0))
}

/// Paths in the order in which a traversal meets them.
fn visited<M: Module>(model: &M) -> Vec<String> {
    let mut paths = Vec::new();
    model.visit(&mut Visitor::new(&mut |path, _| paths.push(path.to_string())));
    paths
}

/// Paths in the order of the state.
fn stored<M: Module>(model: &M) -> Vec<String> {
    state(model).iter().map(|(path, _)| path.to_string()).collect()
}

#[test]
fn variables_are_visited_in_the_order_of_fields() {
    let model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    let expected = [
        "conv1/kernel",
        "conv1/bias",
        "conv2/kernel",
        "conv2/bias",
        "dense1/kernel",
        "dense1/bias",
        "dense2/kernel",
        "dense2/bias",
    ];
    assert_eq!(visited(&model), expected);
}

#[test]
fn a_state_is_sorted_as_flax_sorts() {
    let model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    let expected = [
        "conv1/bias",
        "conv1/kernel",
        "conv2/bias",
        "conv2/kernel",
        "dense1/bias",
        "dense1/kernel",
        "dense2/bias",
        "dense2/kernel",
    ];
    assert_eq!(stored(&model), expected);
}

#[test]
fn indices_are_sorted_by_number() {
    let model: Vec<Small> = (0..11).map(|_| small()).collect();
    let last: Vec<String> = stored(&model)[18..].to_vec();
    assert_eq!(last, ["9/bias", "9/kernel", "10/bias", "10/kernel"]);
}

#[derive(Module)]
struct Containers {
    list: Vec<Small>,
    array: [Small; 2],
    pair: (Small, Param<shape![2]>),
    present: Option<Small>,
    absent: Option<Small>,
    boxed: Box<Small>,
    map: BTreeMap<String, Small>,
    nested: Vec<Option<(Small,)>>,
    plain: (f32, String, bool),
}

#[test]
fn containers_add_indices_and_keys_and_boxes_nothing() {
    let model = Containers {
        list: vec![small(), small()],
        array: [small(), small()],
        pair: (small(), Param::new(Tensor::zeros())),
        present: Some(small()),
        absent: None,
        boxed: Box::new(small()),
        map: [("b", small()), ("a", small())].map(|(name, m)| (name.to_owned(), m)).into(),
        nested: vec![None, Some((small(),))],
        plain: (0.5, "static".to_owned(), true),
    };
    let kernels: Vec<String> =
        visited(&model).into_iter().filter(|path| !path.ends_with("bias")).collect();
    let expected = [
        "list/0/kernel",
        "list/1/kernel",
        "array/0/kernel",
        "array/1/kernel",
        "pair/0/kernel",
        "pair/1",
        "present/kernel",
        "boxed/kernel",
        "map/a/kernel",
        "map/b/kernel",
        "nested/1/0/kernel",
    ];
    assert_eq!(kernels, expected);
}

#[derive(Module)]
#[allow(clippy::large_enum_variant, reason = "one of each variant is made")]
enum Mixer {
    Dense(Small),
    #[module(rename = "gated")]
    Gated {
        gate: Small,
        #[module(rename = "w")]
        weight: Param<shape![2]>,
        #[module(skip)]
        note: std::time::Instant,
    },
    Identity,
}

#[test]
fn a_variant_is_a_part_of_the_path() {
    let gated = Mixer::Gated {
        gate: small(),
        weight: Param::new(Tensor::zeros()),
        note: std::time::Instant::now(),
    };
    assert_eq!(visited(&Mixer::Dense(small())), ["Dense/0/kernel", "Dense/0/bias"]);
    assert_eq!(visited(&gated), ["gated/gate/kernel", "gated/gate/bias", "gated/w"]);
    assert!(visited(&Mixer::Identity).is_empty());
    if let Mixer::Gated { note, .. } = gated {
        assert!(note.elapsed().as_secs() < 3600, "a skipped field stays with its model");
    }
}

#[test]
fn a_hash_map_is_visited_in_the_same_order_each_time() {
    let names = ["query", "key", "value", "out", "gate", "up", "down"];
    let mut sorted = names;
    sorted.sort_unstable();
    for _ in 0..10 {
        let model: HashMap<&str, Small> = names.map(|name| (name, small())).into();
        let kernels: Vec<String> = visited(&model).into_iter().step_by(2).collect();
        assert_eq!(kernels, sorted.map(|name| format!("{name}/kernel")));
    }
}

#[test]
fn a_lone_variable_has_the_empty_path() {
    let weight = Param::<shape![2]>::new(Tensor::from([1.0, 2.0]));
    assert_eq!(visited(&weight), [""]);
    assert!(state(&weight).get(&Path::default()).is_some());
}

/// A path can be parsed from its text, so that a saved variable is found again.
#[test]
fn the_text_of_every_path_leads_back_to_it() {
    let names = ["7", "07", "encoder/0", "1e3", "-1", "18446744073709551616", "kernel"];
    let model: BTreeMap<&str, Small> = names.map(|name| (name, small())).into();
    let all = state(&model);
    assert_eq!(all.len(), 2 * names.len(), "no two keys meet at one path");
    for (path, _) in all.iter() {
        assert_eq!(Path::parse(&path.to_string()), *path, "{path}");
    }
}

#[test]
fn a_part_of_digits_is_an_index() {
    let keys = |text: &str| Path::parse(text).keys().to_vec();
    let name = |name: &str| Key::Name(name.into());
    assert_eq!(keys("layers/10/kernel"), [name("layers"), Key::Index(10), name("kernel")]);
    assert_eq!(keys("conv1"), [name("conv1")]);
    assert_eq!(keys("010"), [name("010")]);
    assert!(Path::parse("layers/10").starts_with(&Path::parse("layers")));
    assert!(!Path::parse("layers/10").starts_with(&Path::parse("layers/1")));
}

#[test]
fn two_variables_at_one_path_are_refused_before_one_is_lost() {
    struct Twins(Param<shape![1]>, Param<shape![1]>);
    impl Module for Twins {
        fn visit(&self, visitor: &mut Visitor<'_>) {
            visitor.field("same", &self.0);
            visitor.field("same", &self.1);
        }
        fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
            visitor.field("same", &mut self.0);
            visitor.field("same", &mut self.1);
        }
        fn visit_modules(&mut self, _: &mut nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
        }
    }
    let one = || Param::new(Tensor::from([1.0]));
    let text = crate::panic_of(|| state(&Twins(one(), one())));
    assert_eq!(text, "two variables have the path `same`: rename one of them");
}
