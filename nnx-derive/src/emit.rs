//! The expansion: one `impl` a file, and what they share.

mod count;
mod init;
pub(crate) mod sequential;
mod visit;

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{DeriveInput, GenericParam, Ident, Lifetime, Path, Type};

use crate::parse::Item;

/// All that the derive writes for an item without mistakes.
pub(crate) fn emit(item: &Item<'_>, names: &Names, krate: &Path) -> TokenStream {
    let visit = visit::emit(item, names);
    let init = init::emit(item, names);
    let count = count::emit(item, names);
    let layer = sequential::emit(item, names);
    // Rules stand behind the inputs of chains and of nnx-core's own layers. Where rustc may guess from
    // these, it blames the argument and not the method.
    let refusals = (layer.is_none() && !is_nnx_core()).then(|| refusals(item, names));
    enclose(item, names, krate, &quote!(#visit #init #count #layer #refusals))
}

/// Two more inputs that the item takes, which don't exist: so rustc doesn't guess what it is applied to.
///
/// Each item has `impl`s of its own, and not one for all modules: that would stand beside the `impl` of a
/// layer of nnx-core too. rustc names the unmet bound of a layer only where there is no other `impl`.
///
/// They are for `<Item as Same>::Type`, which is the item, since rustc lists the `impl`s for the item itself in its
/// messages. The input names the item as well: there a parameter of it counts as used. (A price: the lint
/// `missing_debug_implementations`, which is off by default, takes a `pub` item in a private module for reachable.)
fn refusals(item: &Item<'_>, names: &Names) -> TokenStream {
    let nnx = &names.nnx;
    let (parameters, arguments, clause) = item.generics.split_for_impl();
    let (ident, x) = (item.ident, local("x"));
    let refusals = ["Refused", "AlsoRefused"].map(|input| {
        let input = Ident::new(input, Span::call_site());
        let input = quote!(#nnx::module::derive_support::#input<#ident #arguments>);
        quote! {
            #[automatically_derived]
            impl #parameters #nnx::module::Layer<#input, #input>
                for <#ident #arguments as #nnx::module::derive_support::Same>::Type
            #clause
            {
                type Output = #input;
                fn forward(&self, #x: #input, _: &mut #nnx::module::Pass) -> #input {
                    #x
                }
            }
        }
    });
    quote!(#(#refusals)*)
}

/// Whether this is nnx-core at work on itself.
fn is_nnx_core() -> bool {
    std::env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == "nnx-core")
}

/// Gives the `impl`s a scope in which nnx has a name that nothing else can have.
///
/// The user's path to nnx is written once, so that a wrong one is one error.
///
/// The lint is of clippy's "nursery", and sees types where the user wrote them. Lints of rustc get no
/// `allow`: it would be an error in a crate that forbids the lint.
pub(crate) fn enclose(
    item: &Item<'_>,
    names: &Names,
    krate: &Path,
    implementations: &TokenStream,
) -> TokenStream {
    let nnx = &names.nnx;
    let excuses = item.all_attributes().flat_map(|attributes| &attributes.excuses);
    quote! {
        #(#excuses)*
        #[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
        const _: () = {
            use #krate as #nnx;
            #implementations
        };
    }
}

/// `impl Trait for Item`, with parameters and predicates besides those of the item.
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

/// A predicate on a type, reported under it.
fn predicate(ty: &Type, bound: TokenStream) -> TokenStream {
    let bound = over(ty, bound);
    if matches!(ty, Type::FnPtr(_)) {
        // `for<'a> fn(&'a T): Bound` would quantify the predicate instead of the function.
        quote!((#ty): #bound)
    } else {
        quote!(#ty: #bound)
    }
}

/// Names for the expansion that the item doesn't use itself.
pub(crate) struct Names {
    taken: HashSet<String>,
    /// nnx, inside the expansion.
    pub(crate) nnx: Ident,
    /// The lifetime of predicates that the caller has to prove, see [`init`].
    any: Lifetime,
}

impl Names {
    pub(crate) fn new(input: &DeriveInput) -> Self {
        let mut taken = HashSet::new();
        any_ident(input.to_token_stream(), &mut |ident| {
            taken.insert(ident.to_string());
            false
        });
        let any = Lifetime { apostrophe: Span::call_site(), ident: fresh(&taken, "__any") };
        Self { nnx: fresh(&taken, "__nnx"), any, taken }
    }

    /// A name like this one that is free.
    fn fresh(&self, like: &str) -> Ident {
        fresh(&self.taken, like)
    }
}

fn fresh(taken: &HashSet<String>, like: &str) -> Ident {
    let mut name = like.to_owned();
    while taken.contains(&name) {
        name.push('_');
    }
    Ident::new(&name, Span::call_site())
}

/// Whether the test holds for any identifier in the tokens.
///
/// Tokens rather than syntax: so it sees into macros in type position, like `Tensor![B, 3]`.
fn any_ident(tokens: TokenStream, test: &mut impl FnMut(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => any_ident(group.stream(), test),
        TokenTree::Ident(ident) => test(&ident),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Whether the test holds for any identifier that is looked up where the item is: not for `Rnn` in
/// `nnx::Rnn<C>`, which is another struct than the `Rnn` around it; but for that in `self::Rnn<C>`.
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

/// Lays tokens over a type: what the compiler has to say about them, it says under the type, and in
/// the words that it has for the type as the user wrote it. (It prints equal messages once.)
///
/// The first token goes to the beginning of the type and the others to its end, since rustc underlines
/// everything from the first token to the last. Locals have to stand in brackets, where they keep their
/// hygiene; items are found whatever theirs is.
fn over(ty: &Type, tokens: TokenStream) -> TokenStream {
    let [first, last] = ends(ty);
    let mut tokens = tokens.into_iter();
    let beginning = at(first, tokens.next().into_iter().collect());
    let end = at(last, tokens.collect());
    quote!(#beginning #end)
}

/// A type with tokens around it, which lie over its beginning and its end as those of [`over`] do.
fn around(before: TokenStream, ty: &Type, after: TokenStream) -> TokenStream {
    let [first, last] = ends(ty);
    let (before, after) = (at(first, before), at(last, after));
    quote!(#before #ty #after)
}

/// The places of a type's first and last token.
fn ends(ty: &Type) -> [Span; 2] {
    let ty = match ty {
        // From a macro by example: the type as its caller wrote it.
        Type::Group(group) => &*group.elem,
        ty => ty,
    };
    let mut spans = ty.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    [first, spans.last().unwrap_or(first)]
}

/// All of the tokens at one place, brackets included but not what stands in them.
///
/// Lints take what is at the user's place for the user's own: a path that could be shorter, a lifetime
/// that nothing uses. A lifetime, or any segment of a path, that comes from the expansion keeps them
/// quiet, and so these stay marked as such.
fn at(place: Span, tokens: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |i: usize, char: char| matches!(tokens.get(i), Some(TokenTree::Punct(p)) if p.as_char() == char);
    let joins = |i: usize| is(i, ':') && is(i + 1, ':');
    let ours = |i: usize| {
        let inside_a_path = i >= 2 && joins(i - 2) && joins(i + 1);
        let in_a_lifetime = is(i, '\'') || (i >= 1 && is(i - 1, '\''));
        inside_a_path || in_a_lifetime
    };
    let lay = |(i, token): (usize, &TokenTree)| {
        let mut token = token.clone();
        let expansion = Span::call_site().located_at(place);
        token.set_span(if ours(i) { expansion } else { place });
        token
    };
    tokens.iter().enumerate().map(lay).collect()
}

/// A local of the expansion: hygienic, so that the user's code can't see it. A constant or a unit struct of
/// this name would be a pattern instead, which the underscores make unlikely.
fn local(name: &str) -> Ident {
    Ident::new(&format!("__{name}"), Span::mixed_site())
}
