//! Structs and enums of every form.

use std::marker::PhantomData;

use nnx::prelude::*;

use crate::*;

#[test]
fn named_fields_are_segments() {
    #[derive(Module)]
    struct Model {
        first: Dense,
        rows: [Dense; 2],
        pair: (Dense, Dense),
        boxed: Box<Dense>,
    }
    let expected = ["first", "rows/0", "rows/1", "pair/0", "pair/1", "boxed"];
    assert_paths(&mut Model::init(&mut rngs()), &expected);
}

#[test]
fn tuple_fields_are_indices() {
    #[derive(Module)]
    struct Model(Dense, Add<1>, #[module(skip)] PhantomData<str>, Dense);
    assert_paths(&mut Model::init(&mut rngs()), &["0", "3"]);
}

#[test]
fn unit_and_empty_structs_have_no_paths() {
    #[derive(Module)]
    struct Unit;
    #[derive(Module)]
    struct Named {}
    #[derive(Module)]
    struct Tuple();
    assert_paths(&mut Unit::init(&mut rngs()), &[]);
    assert_paths(&mut Named::init(&mut rngs()), &[]);
    assert_paths(&mut Tuple::init(&mut rngs()), &[]);
}

#[test]
fn variants_are_segments() {
    #[derive(Module)]
    enum Mixer {
        #[module(init)]
        Dense(Dense, Dense),
        Wide {
            first: Dense,
            #[module(skip)]
            _factor: f32,
        },
        #[module(rename = "id")]
        Identity,
    }
    #[derive(Module)]
    struct Block {
        mixer: Mixer,
    }
    let mut block = Block::init(&mut rngs());
    assert_paths(&mut block, &["mixer/Dense/0", "mixer/Dense/1"]);
    block.mixer = Mixer::Wide { first: Dense::init(&mut rngs()), _factor: 2.0 };
    assert_paths(&mut block, &["mixer/Wide/first"]);
    block.mixer = Mixer::Identity;
    assert_paths(&mut block, &[]);
}

#[test]
fn an_enum_may_be_empty() {
    #[derive(Module)]
    enum Never {}
    let none: Option<Never> = None;
    assert_eq!(paths(&none), [""; 0]);
}

#[test]
fn generic_structs() {
    trait Width: Size {}
    impl Width for U3 {}

    #[derive(Module)]
    struct Model<'a, L: Module, In, Out: Width = U3, const N: usize = 2>
    where
        In: Size,
    {
        inner: L,
        dense: [Linear<In, Out>; N],
        #[module(skip)]
        label: &'a str,
        unit: PhantomData<L>,
    }
    let mut model: Model<Dense, U2> = Model {
        inner: Init::init(&mut rngs()),
        dense: Init::init(&mut rngs()),
        label: "model",
        unit: PhantomData,
    };
    assert_paths(&mut model, &["inner", "dense/0", "dense/1"]);
    assert_eq!(model.label, "model");
}

#[test]
fn a_bound_on_a_parameter_is_not_needed() {
    struct Plain;

    #[derive(Module)]
    struct Residual<L> {
        inner: L,
        // A type of which nothing makes a module: `Residual` is a layer only around another layer.
        #[module(skip)]
        marker: PhantomData<Plain>,
    }
    let mut model = Residual { inner: Dense::init(&mut rngs()), marker: PhantomData };
    assert_paths(&mut model, &["inner"]);
    let _ = (Residual { inner: Plain, marker: PhantomData }.inner, model.marker);
}

#[test]
fn recursion() {
    #[derive(Module)]
    struct Tree<L> {
        leaf: L,
        #[module(init = vec![])]
        children: Vec<Tree<L>>,
        #[module(init = None)]
        next: Option<Box<Self>>,
    }
    let mut tree = Tree::<Dense>::init(&mut rngs());
    tree.children.push(Tree::init(&mut rngs()));
    tree.next = Some(Box::new(Tree::init(&mut rngs())));
    assert_paths(&mut tree, &["leaf", "children/0/leaf", "next/leaf"]);
}

#[test]
fn unsized_tails() {
    #[derive(Module)]
    struct Tail<M: ?Sized> {
        _scale: f32,
        inner: M,
    }
    #[derive(Module)]
    struct Holder<T>(T);
    let tail: Box<Tail<dyn Module>> =
        Box::new(Tail { _scale: 1.0, inner: Dense::init(&mut rngs()) });
    assert_paths(&mut Holder(tail), &["0/inner"]);
}
