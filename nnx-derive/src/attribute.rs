//! The words of `#[module(..)]`, and the items that each may be on.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, LitStr, Path, Token};

use crate::context::Context;
use crate::similar::most_similar;

#[cfg(test)]
mod tests;

/// The kind of item that an attribute is on.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Target {
    Item,
    Variant,
    Field,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Target::Item => "a struct or an enum",
            Target::Variant => "a variant",
            Target::Field => "a field",
        }
    }
}

/// The words for each target, and how each is written.
const WORDS: [(Target, &str, &str); 8] = [
    (Target::Item, "crate", "crate = path::to::nnx"),
    (Target::Item, "init", "init = expression"),
    (Target::Item, "sequential", "sequential"),
    (Target::Variant, "init", "init"),
    (Target::Variant, "rename", "rename = \"segment\""),
    (Target::Field, "init", "init = expression"),
    (Target::Field, "skip", "skip"),
    (Target::Field, "rename", "rename = \"segment\""),
];

/// The attributes of one item, variant or field.
#[derive(Default)]
pub(crate) struct Attributes {
    /// `crate = path`: the path to nnx.
    pub(crate) krate: Option<Path>,
    /// `sequential`: the fields are layers in sequence.
    pub(crate) sequential: Option<Span>,
    /// `init = expression`: the expression that makes the item or the field.
    pub(crate) init: Option<Expr>,
    /// `init` on a variant: `Init` makes this one.
    pub(crate) initial: Option<Span>,
    /// `skip`: the field is not traversed.
    pub(crate) skip: Option<Span>,
    /// `rename = "segment"`: the name in paths, if it isn't the name in Rust.
    pub(crate) rename: Option<LitStr>,
    /// `#[allow(..)]` for the expansion: the lints that the user has turned off here, since the expansion repeats the
    /// user's names and types.
    pub(crate) lint_allows: Vec<TokenStream>,
}

impl Attributes {
    /// Reads all `#[module(..)]` attributes, and reports the first mistake in each.
    pub(crate) fn read(context: &Context, target: Target, attributes: &[Attribute]) -> Self {
        let mut read = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("module") {
                context
                    .ok(attribute.parse_nested_meta(|meta| read.word(&Word::new(target, &meta))));
            } else {
                read.lint_allows.extend(lint_allow(attribute));
            }
        }
        read
    }

    fn word(&mut self, word: &Word<'_>) -> syn::Result<()> {
        match (word.target, word.name.as_str()) {
            (Target::Item, "crate") => word.once(&mut self.krate, assigned(Path::parse_mod_style)),
            (Target::Item, "sequential") => word.once(&mut self.sequential, flag(word)),
            (Target::Item | Target::Field, "init") => {
                word.once(&mut self.init, assigned(<Expr as Parse>::parse))
            }
            (Target::Variant, "init") => word.once(&mut self.initial, flag(word)),
            (Target::Field, "skip") => word.once(&mut self.skip, flag(word)),
            (Target::Variant | Target::Field, "rename") => {
                word.once(&mut self.rename, assigned(<LitStr as Parse>::parse))
            }
            _ => Err(word.unknown()),
        }
    }
}

/// One word of an attribute, and the rest of the input.
struct Word<'a> {
    target: Target,
    name: String,
    meta: &'a ParseNestedMeta<'a>,
}

impl<'a> Word<'a> {
    fn new(target: Target, meta: &'a ParseNestedMeta<'a>) -> Self {
        let segments: Vec<String> =
            meta.path.segments.iter().map(|s| s.ident.to_string()).collect();
        Self { target, name: segments.join("::"), meta }
    }

    /// Parses the value of this word into `slot`, unless the word is given twice.
    fn once<T>(
        &self,
        slot: &mut Option<T>,
        read: impl Fn(ParseStream<'_>) -> syn::Result<T>,
    ) -> syn::Result<()> {
        if slot.is_some() {
            return Err(self.meta.error(format!("`{}` is given twice", self.name)));
        }
        let value = read(self.meta.input).map_err(|error| {
            let usage =
                WORDS.iter().find(|(target, name, _)| *target == self.target && *name == self.name);
            let usage = usage.map_or(self.name.as_str(), |(_, _, usage)| usage);
            syn::Error::new(error.span(), format!("{error}: write `#[module({usage})]`"))
        })?;
        *slot = Some(value);
        Ok(())
    }

    fn unknown(&self) -> syn::Error {
        let Word { target, name, meta } = self;
        let elsewhere: Vec<&str> = WORDS
            .iter()
            .filter(|(_, word, _)| word == name)
            .map(|(target, _, _)| target.name())
            .collect();
        let here = || WORDS.iter().filter(|(at, _, _)| at == target);
        let mistake = if !elsewhere.is_empty() {
            format!("`{name}` belongs on {}, not on {}.", elsewhere.join(" or "), target.name())
        } else if let Some(similar) = most_similar(name, here().map(|(_, word, _)| *word)) {
            format!("`#[module({name})]` is unknown; did you mean `{similar}`?")
        } else {
            format!("`#[module({name})]` is unknown.")
        };
        let allowed: Vec<String> = here().map(|(_, _, usage)| format!("`{usage}`")).collect();
        meta.error(format!("{mistake} Allowed on {}: {}", target.name(), allowed.join(", ")))
    }
}

/// The `#[allow(..)]` for the expansion, if the attribute turns off lints. `#[deprecated]` does so for the lint
/// `deprecated`, since the expansion uses the item.
fn lint_allow(attribute: &Attribute) -> Option<TokenStream> {
    let path = attribute.path();
    if path.is_ident("deprecated") {
        return Some(quote!(#[allow(deprecated, reason = "a part of the item is")]));
    }
    let lints = &attribute.meta.require_list().ok()?.tokens;
    (path.is_ident("allow") || path.is_ident("expect")).then(|| quote!(#[allow(#lints)]))
}

/// A word without a value: returns its span.
fn flag(word: &Word<'_>) -> impl Fn(ParseStream<'_>) -> syn::Result<Span> {
    let span = word.meta.path.span();
    move |input| {
        if input.is_empty() || input.peek(Token![,]) {
            Ok(span)
        } else {
            Err(input.error("expected no value"))
        }
    }
}

/// Parses `= value`, where `parse` reads the value.
fn assigned<T>(
    parse: fn(ParseStream<'_>) -> syn::Result<T>,
) -> impl Fn(ParseStream<'_>) -> syn::Result<T> {
    move |input| {
        input.parse::<Token![=]>()?;
        parse(input)
    }
}
