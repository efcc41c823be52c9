//! Contexts in which the expansion has to compile.

use std::marker::PhantomData;

use nnx::prelude::*;

use crate::*;

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

    /// Less visible than the type that contains it.
    #[derive(Module)]
    struct Hidden<T>(T);

    /// Public, with a private field of a private type: its predicates name the type.
    #[derive(Module)]
    #[allow(
        missing_debug_implementations,
        reason = "rustc counts what an `impl` on a projection names as reachable"
    )]
    pub struct Shown<T> {
        hidden: Hidden<T>,
        #[deprecated]
        #[allow(deprecated, reason = "the field is")]
        pub old: Old,
    }

    #[deprecated]
    #[derive(Module)]
    #[allow(
        missing_debug_implementations,
        reason = "rustc counts what an `impl` on a projection names as reachable"
    )]
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
