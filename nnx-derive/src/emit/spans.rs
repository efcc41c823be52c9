//! Spans: where rustc reports errors in the expansion.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Type;

/// Gives tokens the span of a type, so that rustc reports errors in them at the type as the user wrote it. (It prints
/// equal messages once.)
///
/// The first token gets the span of the type's first token, and the others that of the last, since rustc underlines
/// from the first to the last. Local variables must be within brackets, where tokens keep their hygiene; items
/// resolve in any case.
pub(super) fn spanned(ty: &Type, tokens: TokenStream) -> TokenStream {
    let [first, last] = end_spans(ty);
    let mut tokens = tokens.into_iter();
    let beginning = at_span(first, tokens.next().into_iter().collect());
    let end = at_span(last, tokens.collect());
    quote!(#beginning #end)
}

/// `before ty after`, in which `before` and `after` have the spans of the type's first and last token.
pub(super) fn surround(before: TokenStream, ty: &Type, after: TokenStream) -> TokenStream {
    let [first, last] = end_spans(ty);
    let (before, after) = (at_span(first, before), at_span(last, after));
    quote!(#before #ty #after)
}

/// The spans of a type's first and last token.
pub(super) fn end_spans(ty: &Type) -> [Span; 2] {
    let ty = match ty {
        // If the type comes from a `macro_rules!` macro, this is the span of the type that the caller wrote.
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
pub(super) fn at_span(span: Span, tokens: TokenStream) -> TokenStream {
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
