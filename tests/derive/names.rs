//! Names of users that could collide with names in the expansion.

use nnx::module::ParameterCount;
use nnx::prelude::*;

use crate::*;

/// In each module a struct of that name, with all macros in scope.
macro_rules! structs {
    ($($module:ident $name:ident,)*) => { $(
        #[allow(non_camel_case_types, reason = "the names are the point")]
        mod $module {
            use nnx::module::{Init as _, Layer as _, state};

            #[derive(::nnx::Module)]
            #[module(sequential)]
            pub(super) struct $name<Last> {
                first: super::Add<1>,
                last: Last,
            }
            ::nnx::axis!(Rows);
            ::nnx::kind!(Weight: ::nnx::module::kind::Param);
            ::nnx::einsum! { Project: for<B> (B, I), (I, O) -> (B, O), bias (O); }

            pub(super) fn check() {
                let rngs = &mut super::rngs();
                let made = $name::<super::Show>::init(rngs);
                ::std::assert_eq!(made.infer(1), "<2>");
                ::std::assert!(state(&made).is_empty());
                let project = ::nnx::nn::Einsum::<Project, ::nnx::shape![2, 3]>::init(rngs);
                let x = <::nnx::Tensor![Rows, 2]>::from_vec(::std::vec![1.0; 8]).expect("whole rows");
                ::std::assert_eq!(project.infer(x).to_vec().len(), 12);
                let _ = Weight;
            }
        }
    )*
        #[test]
        fn a_struct_may_have_the_name_of_a_primitive_or_of_a_trait() {
            $($module::check();)*
        }
    };
}
structs! {
    a usize, b u64, c u32, d i32, e bool, f str, g char, h f32, i f64, j Option, k Some, l None,
    m Result, n Ok, o Err, p Vec, q Box, r String, s Default, t Sized, u Clone, v Copy, w Debug,
    x Module, y Init, z Layer, aa Pass, ab Rngs, ac Visitor, ad VisitorMut, ae Cost, af LayerInput,
    ag Chain, ah ParameterCount, ai ReceptiveField, aj Tensor, ak Size, al Dim, am U1, an core,
    ao std, ap alloc, aq nnx_core, ar r#type, as_ r#struct, at module, au derive_support,
}

#[test]
fn a_type_parameter_may_have_the_name_of_a_primitive_or_of_a_trait() {
    #[derive(Module)]
    #[module(sequential)]
    #[expect(non_camel_case_types, reason = "the names are the point")]
    #[allow(clippy::builtin_type_shadow, reason = "the names are the point")]
    struct Model<usize, u64, Option, Module>(usize, u64, Option, Module);
    let model = Model::<Add<1>, Show, Length, Add<2>>::init(&mut rngs());
    assert_eq!((model.infer(1), Model::<Add<1>, Show, Length, Add<2>>::PARAMETERS), (5, 0));
}

#[test]
fn modules_around_an_item_may_have_any_name() {
    mod core {}
    mod std {}
    mod nnx {}
    mod alloc {}
    #[derive(::nnx::Module)]
    struct Model<L> {
        inner: L,
    }
    assert_paths(&mut Model::<Dense>::init(&mut rngs()), &["inner"]);
}

/// In patterns, constants and unit structs take the place of variables: these have the names of the expansion's local
/// variables.
mod constants {
    #![allow(dead_code, non_upper_case_globals, non_camel_case_types, reason = "in the way only")]

    use super::{Add, Dense, Init, Layer, Mark, Show, assert_paths, rngs as streams};

    const x: u8 = 0;
    const pass: u8 = 0;
    const visitor: u8 = 0;
    const most: u8 = 0;
    const field: u8 = 0;
    const stride: u8 = 0;
    static field0: u8 = 0;
    struct field1;
    struct rngs;

    #[derive(::nnx::Module)]
    #[module(sequential)]
    struct Chain(Add<1>, Show);

    #[derive(::nnx::Module)]
    enum Either<L> {
        #[module(init)]
        Two(L, L),
        Made(Mark<1>),
    }

    #[test]
    fn constants_are_not_taken_for_locals() {
        assert_eq!(Chain::init(&mut streams()).infer(1), "<2>");
        assert_paths(&mut Either::<Dense>::init(&mut streams()), &["Two/0", "Two/1"]);
    }
}

#[test]
fn fields_may_have_any_name() {
    #[derive(Module)]
    struct Model {
        rngs: Dense,
        pass: Dense,
        visitor: Dense,
        self_: Dense,
        init: Dense,
        r#type: Dense,
        r#fn: Dense,
        #[module(rename = "struct")]
        r#struct: Dense,
        größe: Dense,
    }
    let names = ["rngs", "pass", "visitor", "self_", "init", "type", "fn", "struct", "größe"];
    assert_paths(&mut Model::init(&mut rngs()), &names);
}

#[test]
fn a_wrapper_may_have_the_name_of_what_it_wraps() {
    mod layers {
        #[derive(nnx::Module)]
        #[allow(
            missing_debug_implementations,
            reason = "rustc counts what an `impl` on a projection names as reachable"
        )]
        pub struct Rnn<C> {
            pub cell: C,
        }
    }
    #[derive(Module)]
    struct Rnn<C> {
        inner: layers::Rnn<C>,
        more: Vec<layers::Rnn<C>>,
    }
    #[derive(Module)]
    struct Linear<In: Size> {
        inner: nnx::Linear<In, U3>,
    }
    let inner = || layers::Rnn { cell: Dense::init(&mut rngs()) };
    let mut model = Rnn { inner: inner(), more: vec![inner()] };
    assert_paths(&mut model, &["inner/cell", "more/0/cell"]);
    assert_paths(&mut Linear::<U2>::init(&mut rngs()), &["inner"]);
}

mod recursive {
    use super::{Init, Module, assert_paths};

    #[derive(Module)]
    pub(super) struct Tree<L> {
        leaf: L,
        bare: Option<Box<Tree<L>>>,
        by_self: Vec<self::Tree<L>>,
        same: Option<Box<Self>>,
    }

    impl<L> Tree<L> {
        pub(super) fn leaf(leaf: L) -> Self {
            Self { leaf, bare: None, by_self: vec![], same: None }
        }
    }

    #[test]
    fn an_item_may_contain_itself_by_its_name() {
        let leaf = || Tree::leaf(crate::Dense::init(&mut crate::rngs()));
        let mut tree = leaf();
        tree.bare = Some(Box::new(leaf()));
        tree.by_self.push(leaf());
        tree.same = Some(Box::new(leaf()));
        assert_paths(&mut tree, &["leaf", "bare/leaf", "by_self/0/leaf", "same/leaf"]);
    }
}

#[test]
fn an_axis_may_have_any_name() {
    mod letters {
        nnx::axis!(pub L, pub N, pub S, pub E, pub T, pub K, pub A, pub B);
    }
    mod words {
        #![allow(non_camel_case_types, reason = "the names are the point")]
        nnx::axis!(pub usize, pub str, pub Option, pub Size, pub Dim, pub Debug, pub Clone, pub Copy);
    }
    mod sizes {
        pub(super) const SIZE: usize = 3;
        nnx::axis!(pub A = SIZE, pub B = SIZE + 1, pub L = 5, pub N = { SIZE * 2 });
    }
    mod types {
        #![allow(non_camel_case_types, reason = "the names are the point")]
        nnx::axis!(pub usize = 7, pub Option = 8, pub Size = 9, pub Dim = 10, pub Nat = 11);
    }
    // A merged axis keeps the types of both axes.
    fn joined<R: Dim, C: Dim>() -> &'static str {
        std::any::type_name::<<(R, C) as nnx::size::Shape>::Runtime>()
    }
    assert!(joined::<letters::L, letters::N>().contains("letters::L"));
    assert!(joined::<letters::N, letters::L>().contains("letters::L"));
    let x = <Tensor![letters::L, words::usize]>::from_shape_vec(&[1, 1], vec![1.0]).expect("one");
    assert_eq!(
        <Tensor![letters::L, words::str] as nnx::module::TensorType>::describe(),
        "(L, str) f32"
    );
    assert_eq!(x.to_vec(), [1.0]);
    assert_eq!(<dim!(sizes::B * 2) as nnx::size::Size>::USIZE, 8);
    let sized: Tensor![sizes::A, sizes::N, types::usize, types::Nat] = Tensor::zeros();
    assert_eq!(sized.dims().to_vec(), [sizes::SIZE, 6, 7, 11]);
}

#[test]
#[expect(non_camel_case_types, reason = "the names are the point")]
fn a_kind_and_an_equation_may_have_any_name() {
    kind!(usize: kind::Param, str: kind::Variable, Debug: kind::Cache);
    mod letters {
        #![allow(clippy::builtin_type_shadow, reason = "the names are the point")]
        nnx::einsum! {
            pub(super) Option: for<usize, Some> (usize, Some, str), (str, bool) -> (usize, bool), bias (bool);
        }
    }
    assert_eq!(<str as Kind>::NAME, "str");
    let _ = (usize, Debug);
    let layer = Einsum::<letters::Option, shape![2, 3]>::init(&mut rngs());
    let x: Tensor![Batch, 4, 2] = Tensor::from_vec(vec![1.0; 16]).expect("whole");
    assert_eq!(layer.infer(x).to_vec().len(), 6);
}

#[test]
fn a_text_that_is_formatted_sees_the_streams() {
    fn noted(text: &str, count: usize) -> usize {
        count + text.len().min(1)
    }
    macro_rules! made_by {
        ($init:expr) => {{
            #[derive(Module)]
            struct Model {
                #[module(init = $init)]
                count: usize,
            }
            Model::init(&mut rngs()).count
        }};
    }
    #[derive(Module)]
    struct Model {
        #[module(init = { let _ = format!("{rngs:?}"); 3 })]
        first: usize,
        #[module(init = noted(&format!("{rngs:?}"), { let _: Dense = Init::init(rngs); 4 }))]
        second: usize,
        #[module(init = format!("{:?} {}", rngs, "rngs").len())]
        third: usize,
        #[module(init = "no rngs".len())]
        fourth: usize,
    }
    let model = Model::init(&mut rngs());
    assert_eq!((model.first, model.second, model.fourth), (3, 5, 7));
    assert!(model.third > 5);
    assert_eq!(made_by!(noted(&format!("{rngs:?}"), 6)), 7);
}
