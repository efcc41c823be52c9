//! `einsum!`: contractions as expressions, in `call`; and equations of named axes, each a type.

mod call;
mod check;
mod emit;
#[cfg(test)]
mod tests;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Token, Visibility, parenthesized};

use crate::context::Context;

/// The form of an equation, for messages.
const USAGE: &str = "Name: for<B, T> (B, T, I), (I, O) -> (B, T, O), bias (O);";

/// One equation: `pub Project: for<B> (B, I), (I, O) -> (B, O), bias (O);`
struct Equation {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    /// The axes after `for`: those of the input that the kernel doesn't have.
    own: Vec<Ident>,
    input: Vec<Ident>,
    kernel: Vec<Ident>,
    output: Vec<Ident>,
    bias: Option<Vec<Ident>>,
}

/// The expansion. The first token is the path to nnx-core, which is `$crate`.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter();
    let krate: TokenStream = tokens.next().into_iter().collect();
    let expansion = |input: ParseStream<'_>| {
        if input.peek(LitStr) {
            return call::expand(input, &krate);
        }
        Ok(equations(input)?.iter().map(|equation| expand_one(equation, &krate)).collect())
    };
    expansion.parse2(tokens.collect()).unwrap_or_else(syn::Error::into_compile_error)
}

fn expand_one(equation: &Equation, krate: &TokenStream) -> TokenStream {
    let context = Context::default();
    check::check(&context, equation);
    let mistakes = context.finish().err().map(syn::Error::into_compile_error);
    let implementations = match mistakes {
        None => emit::implementations(equation, krate),
        Some(_) => emit::fallback(equation, krate),
    };
    let item = emit::item(equation);
    quote!(#mistakes #item #implementations)
}

/// All equations, each followed by `;`, which is optional after the last.
fn equations(input: ParseStream<'_>) -> syn::Result<Vec<Equation>> {
    let read = Punctuated::<Equation, Token![;]>::parse_terminated(input);
    let read = read.map_err(|error| {
        syn::Error::new(error.span(), format!("{error}: an equation is written `{USAGE}`"))
    })?;
    Ok(read.into_iter().collect())
}

impl Parse for Equation {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let (visibility, name) = (input.parse()?, input.parse()?);
        input.parse::<Token![:]>()?;
        let own = if input.peek(Token![for]) { own(input)? } else { Vec::new() };
        let first = axes(input)?;
        input.parse::<Token![,]>()?;
        let kernel = axes(input)?;
        input.parse::<Token![->]>()?;
        let output = axes(input)?;
        let bias = if input.peek(Token![,]) { Some(bias(input)?) } else { None };
        Ok(Self { attributes, visibility, name, own, input: first, kernel, output, bias })
    }
}

/// `(B, T, I)`
fn axes(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let inside;
    parenthesized!(inside in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated(&inside)?;
    Ok(names.into_iter().collect())
}

/// `for<B, T>`
fn own(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    input.parse::<Token![for]>()?;
    input.parse::<Token![<]>()?;
    let mut names = Vec::new();
    while !input.peek(Token![>]) {
        names.push(input.parse()?);
        if input.peek(Token![>]) {
            break;
        }
        input.parse::<Token![,]>()?;
    }
    input.parse::<Token![>]>()?;
    Ok(names)
}

/// `, bias (O)`
fn bias(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    input.parse::<Token![,]>()?;
    match input.parse::<TokenTree>()? {
        TokenTree::Ident(word) if word == "bias" => axes(input),
        other => Err(syn::Error::new(other.span(), "expected `bias`")),
    }
}
