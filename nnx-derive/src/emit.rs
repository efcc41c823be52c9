//! The expansion: one `impl` a file, and their common functions.

mod count;
mod init;
pub(crate) mod sequential;
mod visit;

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{DeriveInput, GenericParam, Ident, Lifetime, Path, Type};

use crate::parse::Item;

/// The expansion for an item without mistakes.
pub(crate) fn emit(item: &Item<'_>, names: &Names, krate: &Path) -> TokenStream {
    let visit = visit::emit(item, names);
    let init = init::emit(item, names);
    let count = count::emit(item, names);
    let layer = sequential::emit(item, names);
    // Not for chains and nnx-core's own layers, whose inputs are type parameters with bounds. If rustc infers
    // the input from the bounds, it reports the argument and not the method.
    let never_input_impls =
        (layer.is_none() && !is_nnx_core()).then(|| never_input_impls(item, names));
    enclose(item, names, krate, &quote!(#visit #init #count #layer #never_input_impls))
}

/// `impl Layer` for two input types without values. With more than one `impl`, rustc doesn't infer the input type of
/// the item from the only one, and reports a wrong input with the message of `Layer`.
///
/// Each item has its own `impl`s. One `impl` for all modules would also apply to the layers of nnx-core, and rustc
/// names the unmet bound of such a layer only if it has a single `impl`.
///
/// They are for `<Item as Itself>::Type`, which is the item, since rustc lists the `impl`s for the bare item in its
/// messages. The input type has the item as its parameter, so that all parameters of the item count as used. (One
/// disadvantage: the lint `missing_debug_implementations`, which is off by default, treats a `pub` item in a private
/// module as reachable.)
fn never_input_impls(item: &Item<'_>, names: &Names) -> TokenStream {
    let nnx = &names.nnx;
    let (parameters, arguments, clause) = item.generics.split_for_impl();
    let (ident, x) = (item.ident, local_ident("x"));
    let never_input_impls = ["NeverInput", "SecondNeverInput"].map(|input| {
        let input = Ident::new(input, Span::call_site());
        let input = quote!(#nnx::module::derive_support::#input<#ident #arguments>);
        quote! {
            #[automatically_derived]
            impl #parameters #nnx::module::Layer<#input, #input>
                for <#ident #arguments as #nnx::module::derive_support::Itself>::Type
            #clause
            {
                type Output = #input;
                fn forward(&self, #x: #input, _: &mut #nnx::module::Pass) -> #input {
                    #x
                }
            }
        }
    });
    quote!(#(#never_input_impls)*)
}

/// Whether the crate that is compiled is nnx-core.
fn is_nnx_core() -> bool {
    std::env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == "nnx-core")
}

/// Puts the `impl`s into a scope in which nnx has a unique name.
///
/// The user's path to nnx occurs once, so that a wrong path is one error.
///
/// The lint is in clippy's "nursery", and reports types at the user's spans. Lints of rustc get no `allow`, which
/// would be an error in a crate that forbids the lint.
pub(crate) fn enclose(
    item: &Item<'_>,
    names: &Names,
    krate: &Path,
    implementations: &TokenStream,
) -> TokenStream {
    let nnx = &names.nnx;
    let lint_allows = item.all_attributes().flat_map(|attributes| &attributes.lint_allows);
    quote! {
        #(#lint_allows)*
        #[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
        const _: () = {
            use #krate as #nnx;
            #implementations
        };
    }
}

/// `impl Trait for Item`, with additional parameters and predicates.
pub(crate) fn implement(
    item: &Item<'_>,
    interface: &TokenStream,
    parameters: &[GenericParam],
    predicates: &[TokenStream],
    body: &TokenStream,
) -> TokenStream {
    let mut generics = item.generics.clone();
    generics.params.extend(parameters.iter().cloned());
    let (parameters, _, _) = generics.split_for_impl();
    let (_, arguments, clause) = item.generics.split_for_impl();
    let own = clause.iter().flat_map(|clause| &clause.predicates);
    let ident = item.ident;
    quote! {
        #[automatically_derived]
        impl #parameters #interface for #ident #arguments
        where
            #(#own,)*
            #(#predicates,)*
        {
            #body
        }
    }
}

/// The predicate `ty: bound`, which rustc reports at the type.
fn predicate(ty: &Type, bound: TokenStream) -> TokenStream {
    let bound = spanned(ty, bound);
    if matches!(ty, Type::FnPtr(_)) {
        // Without parentheses, the `for<'a>` of `for<'a> fn(&'a T): Bound` would belong to the predicate.
        quote!((#ty): #bound)
    } else {
        quote!(#ty: #bound)
    }
}

/// Names for the expansion that don't occur in the item.
pub(crate) struct Names {
    taken: HashSet<String>,
    /// nnx, inside the expansion.
    pub(crate) nnx: Ident,
    /// The lifetime in predicates that rustc checks only at a call, see [`init`].
    any: Lifetime,
}

impl Names {
    pub(crate) fn new(input: &DeriveInput) -> Self {
        let mut taken = HashSet::new();
        any_ident(input.to_token_stream(), &mut |ident| {
            taken.insert(ident.to_string());
            false
        });
        let any = Lifetime { apostrophe: Span::call_site(), ident: unused_ident(&taken, "__any") };
        Self { nnx: unused_ident(&taken, "__nnx"), any, taken }
    }

    /// This name, with underscores added until it is unused.
    fn fresh(&self, like: &str) -> Ident {
        unused_ident(&self.taken, like)
    }
}

fn unused_ident(taken: &HashSet<String>, like: &str) -> Ident {
    let mut name = like.to_owned();
    while taken.contains(&name) {
        name.push('_');
    }
    Ident::new(&name, Span::call_site())
}

/// Whether any identifier in the tokens passes the test.
///
/// It works on tokens and not on syntax, so that it includes the arguments of macros such as `Tensor![B, 3]`.
fn any_ident(tokens: TokenStream, test: &mut impl FnMut(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => any_ident(group.stream(), test),
        TokenTree::Ident(ident) => test(&ident),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Whether any identifier that resolves in the scope of the item passes the test: not `Rnn` in `nnx::Rnn<C>`, which
/// isn't the user's struct `Rnn`, but that in `self::Rnn<C>`.
fn any_local_name(tokens: TokenStream, test: &mut impl FnMut(&Ident) -> bool) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ':');
    let is_self = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "self");
    tokens.iter().enumerate().any(|(i, token)| match token {
        TokenTree::Group(group) => any_local_name(group.stream(), test),
        TokenTree::Ident(ident) => {
            let elsewhere = match &tokens[..i] {
                [.., qualifier, a, b] if is_colon(a) && is_colon(b) => !is_self(qualifier),
                [a, b] => is_colon(a) && is_colon(b),
                _ => false,
            };
            !elsewhere && test(ident)
        }
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Gives tokens the span of a type, so that rustc reports errors in them at the type as the user wrote it. (It prints
/// equal messages once.)
///
/// The first token gets the span of the type's first token, and the others that of the last, since rustc underlines
/// from the first to the last. Local variables must be within brackets, where tokens keep their hygiene; items
/// resolve in any case.
fn spanned(ty: &Type, tokens: TokenStream) -> TokenStream {
    let [first, last] = end_spans(ty);
    let mut tokens = tokens.into_iter();
    let beginning = at_span(first, tokens.next().into_iter().collect());
    let end = at_span(last, tokens.collect());
    quote!(#beginning #end)
}

/// `before ty after`, in which `before` and `after` have the spans of the type's first and last token.
fn surround(before: TokenStream, ty: &Type, after: TokenStream) -> TokenStream {
    let [first, last] = end_spans(ty);
    let (before, after) = (at_span(first, before), at_span(last, after));
    quote!(#before #ty #after)
}

/// The spans of a type's first and last token.
fn end_spans(ty: &Type) -> [Span; 2] {
    let ty = match ty {
        // From a `macro_rules!` macro: the type as its caller wrote it.
        Type::Group(group) => &*group.elem,
        ty => ty,
    };
    let mut spans = ty.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    [first, spans.last().unwrap_or(first)]
}

/// Gives tokens a span, including brackets but not the tokens within brackets.
///
/// Lints treat tokens with a span of the user's code as the user's own, and would report a path that could be shorter
/// or an unused lifetime. One path segment or lifetime that is marked as from an expansion prevents this, so these
/// keep the mark.
fn at_span(span: Span, tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |i: usize, char: char| matches!(tokens.get(i), Some(TokenTree::Punct(p)) if p.as_char() == char);
    let joins = |i: usize| is(i, ':') && is(i + 1, ':');
    let ours = |i: usize| {
        let inside_a_path = i >= 2 && joins(i - 2) && joins(i + 1);
        let in_a_lifetime = is(i, '\'') || (i >= 1 && is(i - 1, '\''));
        inside_a_path || in_a_lifetime
    };
    let set_span = |(i, token): (usize, &TokenTree)| {
        let mut token = token.clone();
        let expansion = Span::call_site().located_at(span);
        token.set_span(if ours(i) { expansion } else { span });
        token
    };
    tokens.iter().enumerate().map(set_span).collect()
}

/// A local variable of the expansion, hygienic, so that the user's code can't name it. If the user had a constant or a
/// unit struct with this name, the binding would be a pattern; the underscores make that unlikely.
fn local_ident(name: &str) -> Ident {
    Ident::new(&format!("__{name}"), Span::mixed_site())
}
