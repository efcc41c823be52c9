//! Identifiers: unused names for the expansion, and searches for names in tokens.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{DeriveInput, Ident, Lifetime};

/// Names for the expansion that don't occur in the item.
pub(crate) struct Names {
    taken: HashSet<String>,
    /// nnx, inside the expansion.
    pub(crate) nnx: Ident,
    /// The lifetime in predicates that rustc checks only at a call, see [`init`](super::init).
    pub(super) any: Lifetime,
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
    pub(super) fn fresh(&self, like: &str) -> Ident {
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
pub(super) fn any_ident(tokens: TokenStream, test: &mut impl FnMut(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => any_ident(group.stream(), test),
        TokenTree::Ident(ident) => test(&ident),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Whether any identifier that resolves in the scope of the item passes the test: not `Rnn` in `nnx::Rnn<C>`, which
/// isn't the user's struct `Rnn`, but that in `self::Rnn<C>`.
pub(super) fn any_local_name(tokens: TokenStream, test: &mut impl FnMut(&Ident) -> bool) -> bool {
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
