//! `impl Init`: a new module from random streams, field by field.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Expr, Ident};

use super::{Names, at_span, implement, local_ident, spanned, surround};
use crate::parse::{Body, Field, Item};

/// The `impl`, or `None` for an enum without a marked variant.
pub(super) fn emit(item: &Item<'_>, names: &Names) -> Option<TokenStream> {
    let (body, predicates) = if let Some(expression) = &item.attributes.init {
        (with_rngs(names, expression), Vec::new())
    } else {
        let (constructor, fields) = made(item)?;
        let values = fields.iter().map(|field| {
            let (member, value) = (&field.member, value(names, field));
            quote!(#member: #value)
        });
        let body = quote!(#constructor { #(#values,)* });
        (body, predicates(names, fields))
    };
    let (nnx, rngs) = (&names.nnx, rngs());
    let init = quote! {
        fn init(#rngs: &mut #nnx::random::Rngs) -> Self {
            #body
        }
    };
    let interface = at_span(item.ident.span(), quote!(#nnx::module::Init));
    Some(implement(item, &interface, &[], &predicates, &init))
}

/// The constructor that `init` calls, and its fields: of the struct, or of the marked variant.
fn made<'a>(item: &'a Item<'a>) -> Option<(TokenStream, &'a [Field<'a>])> {
    match &item.body {
        Body::Struct(fields) => Some((quote!(Self), fields)),
        Body::Enum(variants) => {
            let variant = variants.iter().find(|variant| variant.attributes.initial.is_some())?;
            let ident = variant.ident;
            Some((quote!(Self::#ident), &variant.fields))
        }
    }
}

/// The bounds of the fields without an expression.
///
/// A field without `Init` is an error only where `init` is called, since the user may have written another
/// constructor. So the predicates are for every lifetime `any`, which they don't use: rustc checks such a predicate at
/// a call of `init`, and reports it at the type of the field. They are predicates on the item, since only then does
/// rustc show the `on_unimplemented` message of an unmet bound.
fn predicates(names: &Names, fields: &[Field<'_>]) -> Vec<TokenStream> {
    let any = &names.any;
    let made_by_trait = fields.iter().filter(|field| field.attributes.init.is_none());
    made_by_trait
        .map(|field| {
            let (ty, maker) = (field.ty, maker(names, field));
            let bound = surround(quote!(for<#any> Self: #maker<), ty, quote!(>));
            // A type parameter may be `?Sized`, and `init` needs it sized.
            let sized = spanned(ty, quote!(::core::marker::Sized));
            quote!(for<#any> #ty: #sized, #bound)
        })
        .collect()
}

/// The trait that makes a field without an expression.
fn maker(names: &Names, field: &Field<'_>) -> TokenStream {
    let nnx = &names.nnx;
    if field.is_traversed() {
        quote!(#nnx::module::derive_support::InitField)
    } else {
        quote!(#nnx::module::derive_support::DefaultField)
    }
}

fn value(names: &Names, field: &Field<'_>) -> TokenStream {
    let (nnx, ty, maker, rngs) = (&names.nnx, field.ty, maker(names, field), rngs());
    match &field.attributes.init {
        Some(expression) => with_rngs(names, expression),
        None if field.is_traversed() => {
            // rustc locates a failed check of sizes at the call of `init`: this call has the span of the user's field.
            let init = quote!(>>::Field as #nnx::module::Init>::init(#rngs));
            let made = surround(quote!(<<Self as #maker<), ty, init);
            surround(quote!(<Self as #maker<), ty, quote!(>>::field(#made)))
        }
        None => surround(quote!(<Self as #maker<), ty, quote!(>>::make(#rngs))),
    }
}

/// The user's expression, in a block that binds `rngs` if the expression uses it.
///
/// The binding has the hygiene of the token that uses it, even if a `macro_rules!` macro passes on an expression of
/// its caller.
fn with_rngs(names: &Names, expression: &Expr) -> TokenStream {
    let (nnx, rngs) = (&names.nnx, rngs());
    match asks_for_rngs(expression.to_token_stream()) {
        None => quote!(#expression),
        Some(span) => {
            let users_rngs = Ident::new("rngs", span);
            quote! {{
                let #users_rngs: &mut #nnx::random::Rngs = #rngs;
                // The expression may name `rngs` only as a method or a field. This line then avoids a warning about an
                // unused variable.
                let _ = &#users_rngs;
                #expression
            }}
        }
    }
}

/// The span of the first token that may name the streams: the identifier `rngs`, or else a format string with it
/// (`"{rngs:?}"`), which has its hygiene.
fn asks_for_rngs(tokens: TokenStream) -> Option<Span> {
    let named = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "rngs");
    let formatted = |token: &TokenTree| matches!(token, TokenTree::Literal(text) if text.to_string().contains("rngs"));
    find(tokens.clone(), &named).or_else(|| find(tokens, &formatted))
}

fn find(tokens: TokenStream, wanted: &impl Fn(&TokenTree) -> bool) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => find(group.stream(), wanted),
        token => wanted(&token).then(|| token.span()),
    })
}

/// The parameter of `init`, which the user's code can't name: `with_rngs` binds `rngs` to it.
fn rngs() -> Ident {
    local_ident("rngs")
}
