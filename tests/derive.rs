//! What `#[derive(Module)]` does: paths, construction, chains; and that its expansion stands anywhere.
#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(
    clippy::large_enum_variant,
    unreachable_pub,
    reason = "sizes and visibility are beside the point here"
)]

use std::cell::RefCell;
use std::collections::HashSet;
use std::marker::PhantomData;

use nnx::module::{Visitor, VisitorMut};
use nnx::prelude::*;

/// The paths of the layers in a model: every `Linear` has one kernel.
fn paths(model: &(impl Module + ?Sized)) -> Vec<String> {
    let mut paths = Vec::new();
    model.visit(&mut Visitor::new(&mut |path, _| paths.push(path.to_string())));
    kernels(&paths)
}

/// The same by mutable reference.
fn paths_mut(model: &mut (impl Module + ?Sized)) -> Vec<String> {
    let mut paths = Vec::new();
    model.visit_mut(&mut VisitorMut::new(&mut |path, _| paths.push(path.to_string())));
    kernels(&paths)
}

fn kernels(paths: &[String]) -> Vec<String> {
    paths.iter().filter_map(|path| path.strip_suffix("/kernel").map(str::to_owned)).collect()
}

#[track_caller]
fn assert_paths(model: &mut impl Module, expected: &[&str]) {
    assert_eq!(paths(model), expected);
    assert_eq!(paths_mut(model), expected);
}

type Dense = Linear<U2, U3>;

thread_local! {
    static MADE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Remembers when it was made.
#[derive(Debug, PartialEq)]
struct Mark<const N: u32>;

impl<const N: u32> Mark<N> {
    fn new(_: &mut Rngs) -> Self {
        MADE.with_borrow_mut(|made| made.push(N));
        Self
    }
}

impl<const N: u32> Module for Mark<N> {
    fn visit(&self, _: &mut Visitor<'_>) {}
    fn visit_mut(&mut self, _: &mut VisitorMut<'_>) {}
}

impl<const N: u32> Init for Mark<N> {
    fn init(rngs: &mut Rngs) -> Self {
        Self::new(rngs)
    }
}

fn made() -> Vec<u32> {
    MADE.take()
}

fn rngs() -> Rngs {
    Rngs::new(0)
}

// Shapes of items

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
        // A type that nothing makes a module of: only a `Residual` of another layer is one.
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

// Attributes

#[test]
fn renamed_and_skipped_fields() {
    struct Opaque;

    #[derive(Module)]
    struct Model {
        #[module(rename = "layers.0")]
        first: Dense,
        #[module(skip, init = Opaque)]
        _opaque: Opaque,
        #[module(skip)]
        names: HashSet<String>,
        r#type: Dense,
    }
    #[derive(Module)]
    struct Tuple(#[module(rename = "kernel_2")] Dense, Dense);

    let mut model = Model::init(&mut rngs());
    assert_paths(&mut model, &["layers.0", "type"]);
    assert!(model.names.is_empty());
    assert_paths(&mut Tuple::init(&mut rngs()), &["kernel_2", "1"]);
}

#[test]
fn fields_are_made_in_order() {
    #[derive(Module)]
    struct Model {
        _a: Mark<1>,
        #[module(init = Mark::new(rngs))]
        _b: Mark<2>,
        _c: [Mark<3>; 2],
        #[module(skip, init = (Mark::new(rngs), Mark::new(rngs)))]
        _d: (Mark<4>, Mark<5>),
        #[module(init = { let mut make = || Mark::<6>::new(rngs); [make(), make()] })]
        _e: [Mark<6>; 2],
        _f: Mark<7>,
    }
    let _ = Model::init(&mut rngs());
    assert_eq!(made(), [1, 2, 3, 3, 4, 5, 6, 6, 7]);
}

#[test]
fn an_item_may_be_made_by_its_own_expression() {
    #[derive(Module)]
    #[module(init = Self::with_width(3, rngs))]
    struct Model {
        width: usize,
        mark: Mark<1>,
    }
    impl Model {
        fn with_width(width: usize, rngs: &mut Rngs) -> Self {
            Self { width, mark: Init::init(rngs) }
        }
    }

    #[derive(Module)]
    #[module(init = Either::Right(Mark::new(rngs)))]
    enum Either {
        #[expect(dead_code, reason = "only the other one is made")]
        Left,
        Right(Mark<2>),
    }

    let model = Model::init(&mut rngs());
    assert_eq!((model.width, model.mark, made()), (3, Mark, vec![1]));
    assert!(matches!(Either::init(&mut rngs()), Either::Right(Mark)));
    assert_eq!(made(), [2]);
}

#[test]
fn a_field_without_init_leaves_other_constructors() {
    #[derive(Module)]
    struct Model {
        rate: f32,
        dense: Dense,
    }
    let mut model = Model { rate: 0.5, dense: Dense::init(&mut rngs()) };
    assert_paths(&mut model, &["dense"]);
    assert!(model.rate > 0.0);
}

// Chains

#[derive(Module)]
struct Add<const N: usize>;

impl<const N: usize> Layer<usize> for Add<N> {
    type Output = usize;
    fn forward(&self, x: usize, _: &mut Pass) -> usize {
        x + N
    }
}

#[derive(Module)]
struct Show;

impl Layer<usize> for Show {
    type Output = String;
    fn forward(&self, x: usize, _: &mut Pass) -> String {
        format!("<{x}>")
    }
}

#[derive(Module)]
struct Length;

impl Layer<String> for Length {
    type Output = usize;
    fn forward(&self, x: String, _: &mut Pass) -> usize {
        x.len()
    }
}

#[test]
fn a_chain_runs_in_order() {
    #[derive(Module)]
    #[module(sequential)]
    struct Chain {
        add: Add<95>,
        show: Show,
        #[module(skip)]
        _note: String,
        length: Length,
        last: Add<1>,
    }
    #[derive(Module)]
    #[module(sequential)]
    struct Outer<L, const N: usize>(Add<N>, Chain, L);

    let chain = Chain::init(&mut rngs());
    assert_eq!(chain.infer(4), 5);
    assert_eq!(chain.infer(5), 6);
    assert_eq!(Outer::<Show, 4>::init(&mut rngs()).infer(0), "<5>");
}

#[test]
fn a_chain_takes_every_input_that_its_first_field_takes() {
    #[derive(Module)]
    struct Twice;
    impl Layer<u8> for Twice {
        type Output = u8;
        fn forward(&self, x: u8, _: &mut Pass) -> u8 {
            x * 2
        }
    }
    impl Layer<f32> for Twice {
        type Output = f32;
        fn forward(&self, x: f32, _: &mut Pass) -> f32 {
            x * 2.0
        }
    }
    #[derive(Module)]
    #[module(sequential)]
    struct Chain(Twice, Twice);
    let chain = Chain::init(&mut rngs());
    assert_eq!(chain.infer(2_u8), 8);
    assert!(chain.infer(0.5_f32) > 1.5);
}

// Hostile surroundings

#[test]
fn names_of_the_expansion_are_free() {
    trait Small {}
    impl<T> Small for T {}

    #[derive(Module)]
    #[module(sequential)]
    #[expect(non_camel_case_types, reason = "the names are the point")]
    struct Model<'__any, __X0: Small, __nnx: Small, const N: usize> {
        #[module(init = Add)]
        visitor: Add<N>,
        rngs: Show,
        x: Length,
        #[module(skip)]
        pass: PhantomData<(&'__any __X0, __nnx)>,
        #[module(skip)]
        field0: usize,
    }
    let model = Model::<u8, u8, 3>::init(&mut rngs());
    assert_eq!((model.infer(7), model.pass, model.field0), (4, PhantomData, 0));
}

mod shadowed {
    #![no_implicit_prelude]

    #[allow(dead_code, reason = "they only stand in the way")]
    mod decoys {
        pub struct Option;
        pub struct Box;
        pub struct Vec;
        pub struct Default;
        pub struct Visitor;
        pub struct Rngs;
        pub struct Pass;
        pub trait Module {}
        pub trait Init {}
        pub trait Layer {}
        pub fn drop() {}
    }
    #[allow(unused_imports, reason = "they only stand in the way")]
    use self::decoys::*;
    use super::{Dense, Mark};

    #[derive(::nnx::Module)]
    #[module(crate = ::nnx)]
    pub(super) struct Struct<T> {
        pub(super) dense: T,
        #[module(skip)]
        pub(super) count: usize,
        #[module(init = Mark::new(rngs))]
        pub(super) mark: Mark<1>,
    }

    #[derive(::nnx::Module)]
    pub(super) enum Enum {
        #[module(init)]
        Some(Struct<Dense>),
        None,
    }

    #[derive(::nnx::Module)]
    #[module(sequential)]
    pub(super) struct Chain(super::Add<1>, super::Show);
}

#[test]
fn shadowed_names_and_no_prelude() {
    assert_paths(&mut shadowed::Enum::init(&mut rngs()), &["Some/0/dense"]);
    assert_paths(&mut shadowed::Enum::None, &[]);
    assert_eq!(shadowed::Chain::init(&mut rngs()).infer(1), "<2>");
    let made = shadowed::Struct::<Dense>::init(&mut rngs());
    assert_paths(&mut { made.dense }, &[]);
    assert_eq!((made.count, made.mark), (0, Mark));
}

macro_rules! model {
    ($name:ident { $($field:ident: $ty:ty = $init:expr),* $(,)? }) => {
        #[derive(Module)]
        struct $name {
            $(#[module(init = $init)] $field: $ty,)*
            #[module(init = Mark::new(rngs), rename = "inner")]
            own: Mark<9>,
        }
    };
}

model!(ByExample { dense: Dense = Dense::init(rngs), _mark: Mark<8> = Mark::new(rngs), _count: usize = 2 + 1 });

macro_rules! chain {
    ($name:ident<$parameter:ident> = $($ty:ty),*) => {
        #[derive(Module)]
        #[module(sequential)]
        struct $name<$parameter>($($ty),*);
    };
}

chain!(ChainByExample<L> = L, Show, Length);

#[test]
fn items_made_by_macros() {
    let mut model = ByExample::init(&mut rngs());
    assert_paths(&mut model, &["dense"]);
    assert_eq!((model.own, made()), (Mark, vec![8, 9]));
    assert_eq!(ChainByExample::<Add<90>>::init(&mut rngs()).infer(10), 5);
}

#[test]
fn conditional_fields() {
    #[derive(Module)]
    struct Model {
        #[cfg(any())]
        absent: Nowhere,
        #[cfg(test)]
        present: Dense,
        #[cfg_attr(all(), module(rename = "named"))]
        other: Dense,
    }
    assert_paths(&mut Model::init(&mut rngs()), &["present", "named"]);
}

mod public {
    use super::{Add, Dense, Init, Module, Rngs, Show};

    /// Less visible than what it stands in.
    #[derive(Module)]
    struct Hidden<T>(T);

    /// Public, with a private field of a private type: its predicates name the type.
    #[derive(Module)]
    pub struct Shown<T> {
        hidden: Hidden<T>,
        #[deprecated]
        #[allow(deprecated, reason = "the field is")]
        pub old: Old,
    }

    #[deprecated]
    #[derive(Module)]
    pub struct Old(Dense);

    #[derive(Module)]
    struct Link<T>(#[module(skip)] T);

    impl<T> nnx::module::Layer<usize> for Link<T> {
        type Output = usize;
        fn forward(&self, x: usize, _: &mut nnx::module::Pass) -> usize {
            x
        }
    }

    #[derive(Module)]
    #[module(sequential)]
    pub struct Chain<T>(Link<T>, Add<1>, Show);

    pub fn make(rngs: &mut Rngs) -> Shown<Dense> {
        let shown = Shown::<Dense>::init(rngs);
        let Hidden(_) = &shown.hidden;
        shown
    }
}

#[test]
fn private_and_deprecated_parts() {
    assert_paths(&mut public::make(&mut rngs()), &["hidden/0", "old/0"]);
    assert_eq!(public::Chain::<u8>::init(&mut rngs()).infer(1), "<2>");
}
