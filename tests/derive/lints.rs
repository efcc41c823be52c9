//! The expansion triggers no lint that a crate may forbid: an `allow` inside it would be an error there.
#![forbid(
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    deprecated_in_future,
    deprecated_safe_2024,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    impl_trait_redundant_captures,
    keyword_idents,
    let_underscore,
    meta_variable_misuse,
    missing_debug_implementations,
    missing_docs,
    nonstandard_style,
    redundant_imports,
    redundant_lifetimes,
    refining_impl_trait,
    rust_2018_idioms,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unsafe_code,
    unused,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
// These lints are allowed in an expansion, for its own types alone.
#![deny(clippy::nursery)]
#![forbid(
    clippy::all,
    clippy::cargo,
    clippy::pedantic,
    clippy::alloc_instead_of_core,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::clone_on_ref_ptr,
    clippy::cognitive_complexity,
    clippy::decimal_literal_representation,
    clippy::default_numeric_fallback,
    clippy::default_union_representation,
    clippy::else_if_without_else,
    clippy::empty_enum_variants_with_brackets,
    clippy::error_impl_error,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::expect_used,
    clippy::field_scoped_visibility_modifiers,
    clippy::float_arithmetic,
    clippy::impl_trait_in_params,
    clippy::indexing_slicing,
    clippy::infinite_loop,
    clippy::let_underscore_must_use,
    clippy::let_underscore_untyped,
    clippy::mem_forget,
    clippy::missing_docs_in_private_items,
    clippy::missing_inline_in_public_items,
    clippy::missing_trait_methods,
    clippy::module_name_repetitions,
    clippy::multiple_inherent_impl,
    clippy::panic,
    clippy::partial_pub_fields,
    clippy::pattern_type_mismatch,
    clippy::pub_use,
    clippy::ref_patterns,
    clippy::renamed_function_params,
    clippy::same_name_method,
    clippy::self_named_module_files,
    clippy::std_instead_of_core,
    clippy::str_to_string,
    clippy::undocumented_unsafe_blocks,
    clippy::unneeded_field_pattern,
    clippy::unreachable,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]

use nnx::prelude::*;

/// Everything that an expansion names is in scope here, so that `unused_qualifications` would report any path that
/// could be shorter.
#[derive(Debug, Module)]
#[module(sequential)]
struct Chain<L, Width: Size, const N: usize>
where
    L: Clone,
{
    /// A layer whose type is a parameter.
    first: L,
    /// Several.
    rows: [Linear<Width, Width>; N],
    /// A field that isn't part of the sequence.
    #[module(skip)]
    note: String,
    /// A layer without type parameters.
    last: Relu,
}

/// Made by an expression, next to a field that `init` makes.
#[derive(Debug, Module)]
struct Held<'a, T: ?Sized> {
    /// A field that `init` can't make.
    name: &'a str,
    /// A default.
    #[module(skip)]
    count: usize,
    /// A field that is made from the streams.
    #[module(init = Linear::init(rngs))]
    dense: Linear<U2, U3>,
    /// Itself again.
    #[module(init = None)]
    next: Option<Box<Self>>,
    /// The last field, which may be unsized.
    tail: T,
}

/// An enum.
#[derive(Debug, Module)]
enum Mixer<L> {
    /// With names.
    Named {
        /// A layer.
        inner: L,
        /// Left out.
        #[module(skip)]
        factor: u8,
    },
    /// A sequence of layers.
    #[module(init)]
    Row(L, Box<Linear<U2, U2>>),
    /// Nothing.
    #[module(rename = "none")]
    Unit,
}

/// A type whose `init` is an expression.
#[derive(Debug, Module)]
#[module(init = Self)]
struct Unit;

axis!(
    /// Rows.
    Rows,
    Columns,
    /// A type parameter named like a size.
    Names = 2 * 4
);
kind!(Frozen: kind::Param, Counter: kind::Variable);
einsum! {
    /// A layer without a bias.
    Project: for<B> (B, I), (I, O) -> (B, O);
    /// A layer with a bias.
    Biased: for<B> (B, I), (I, O) -> (B, O), bias (O);
}

#[test]
fn no_lint_leaks_from_an_expansion() {
    let mut rngs = Rngs::new(0);
    let mut chain: Chain<Relu, U2, 2> = Chain::init(&mut rngs);
    let x: Result<Tensor![Rows, { 1 + 1 }], _> = Tensor::from_vec(vec![1.0; 6]);
    assert_eq!(x.map(|x| chain.infer(x).to_vec().len()).ok(), Some(6));
    crate::assert_paths(&mut chain, &["rows/0", "rows/1"]);
    assert!(chain.note.is_empty());

    let dense = Linear::init(&mut rngs);
    let mut held = Held { name: "held", count: 0, dense, next: None, tail: Unit::init(&mut rngs) };
    crate::assert_paths(&mut held, &["dense"]);
    assert_eq!((held.name, held.count, held.next.is_some()), ("held", 0, false));
    let Held { tail: Unit, .. } = held;

    crate::assert_paths(&mut Mixer::<Linear<U2, U3>>::init(&mut rngs), &["Row/0", "Row/1"]);
    let named = Mixer::Named { inner: Relu, factor: 2 };
    assert!(matches!(named, Mixer::Named { inner: Relu, factor: 2 }));
    assert!(matches!(Mixer::<Relu>::Unit, Mixer::Unit));

    let weights = Variable::<Tensor![2], Frozen>::new(Tensor::zeros());
    let counter = Variable::<Tensor![], Counter>::new(Tensor::zeros());
    assert_eq!(state(&(weights, counter)).len(), 2);
    let project = Einsum::<Project, shape![2, 3]>::init(&mut rngs);
    let biased = Einsum::<Biased, shape![2, 3]>::init(&mut rngs);
    let x: Result<Tensor![Columns, 2], _> = Tensor::from_vec(vec![1.0; 4]);
    let sizes =
        x.map(|x| (project.infer(x.clone()).to_vec().len(), biased.infer(x).to_vec().len()));
    assert_eq!(sizes.ok(), Some((6, 6)));
}
