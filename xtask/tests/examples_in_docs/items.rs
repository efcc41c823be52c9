//! The public items of a source, with their documentation.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, Type, Visibility};

/// Public items by name; each with its documentation.
#[derive(Debug, Default)]
pub(crate) struct Items {
    pub(crate) functions: BTreeMap<String, String>,
    pub(crate) structs: BTreeMap<String, String>,
    /// Public type aliases: the name of each, and the name of its type.
    pub(crate) aliases: Vec<(String, String)>,
    /// The structs that a macro declares, which may implement more than the source shows.
    pub(crate) declared: BTreeSet<String>,
    /// Bodies of macros that declare public items without examples: neither an example of their own nor the
    /// documentation that a call has.
    pub(crate) silent_macros: Vec<String>,
    /// By type and name. Methods that a macro declares are those of `Tensor`.
    pub(crate) methods: BTreeMap<(String, String), String>,
    /// The types that implement a trait, by the trait's name.
    pub(crate) implements: BTreeMap<String, BTreeSet<String>>,
}

/// Adds the items of a source.
pub(crate) fn read(source: &str, items: &mut Items) -> syn::Result<()> {
    add(syn::parse_file(source)?.items, items);
    Ok(())
}

fn add(source: Vec<Item>, items: &mut Items) {
    for item in source {
        match item {
            Item::Fn(item) => {
                if let Some(text) = shown(&item.vis, &item.attrs) {
                    items.functions.insert(item.sig.ident.to_string(), text);
                }
            }
            Item::Struct(item) => {
                if let Some(text) = shown(&item.vis, &item.attrs) {
                    items.structs.insert(item.ident.to_string(), text);
                }
            }
            Item::Type(item) => {
                if let (Some(_), Some(of)) = (shown(&item.vis, &item.attrs), last_name(&item.ty)) {
                    items.aliases.push((item.ident.to_string(), of));
                }
            }
            Item::Impl(item) => {
                let Some(of) = last_name(&item.self_ty) else { continue };
                if let Some((path, _)) = &item.trait_ {
                    let name = path.segments.last().expect("a trait has a name").ident.to_string();
                    items.implements.entry(name).or_default().insert(of);
                    continue;
                }
                for method in item.items {
                    if let ImplItem::Fn(method) = method
                        && let Some(text) = shown(&method.vis, &method.attrs)
                    {
                        items.methods.insert((of.clone(), method.sig.ident.to_string()), text);
                    }
                }
            }
            Item::Macro(item) if item.ident.is_none() => add_from_call(item.mac.tokens, items),
            Item::Macro(item) => {
                let body = item.mac.tokens.to_string().replace([' ', '\n'], "");
                let declares = ["pubfn$", "pubstruct$"].iter().any(|words| body.contains(words));
                let documented = body.contains("```") || body.contains("$(#[");
                if let Some(name) = item.ident.filter(|_| declares && !documented) {
                    items.silent_macros.push(name.to_string());
                }
            }
            Item::Mod(item) if !item.attrs.iter().any(is_for_tests) => {
                add(item.content.map(|(_, items)| items).unwrap_or_default(), items);
            }
            _ => {}
        }
    }
}

/// The documentation of an item that users see.
fn shown(visibility: &Visibility, attributes: &[Attribute]) -> Option<String> {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        match &attribute.meta {
            Meta::NameValue(value) => {
                if let Expr::Lit(literal) = &value.value
                    && let Lit::Str(line) = &literal.lit
                {
                    text += &(line.value() + "\n");
                }
            }
            Meta::List(list) if list.tokens.to_string() == "hidden" => return None,
            // `#[doc(alias = "..")]`
            _ => {}
        }
    }
    matches!(visibility, Visibility::Public(_)).then_some(text)
}

fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string().contains("test"))
}

fn last_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

/// Items in the call of a macro: attributes, followed by `pub fn NAME` or `pub struct NAME`.
fn add_from_call(tokens: TokenStream, items: &mut Items) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let word = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(word)) => word.to_string(),
        _ => String::new(),
    };
    let mut text = String::new();
    let mut at = 0;
    while at < tokens.len() {
        match (&tokens[at], tokens.get(at + 1)) {
            (TokenTree::Punct(mark), Some(TokenTree::Group(group)))
                if mark.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
            {
                text += &documentation(group.stream());
                at += 2;
            }
            (TokenTree::Ident(visibility), _) if visibility == "pub" => {
                match &*word(at + 1) {
                    "fn" => {
                        let name = ("Tensor".to_owned(), word(at + 2));
                        items.methods.insert(name, text.clone());
                    }
                    "struct" => {
                        items.declared.insert(word(at + 2));
                        items.structs.insert(word(at + 2), text.clone());
                    }
                    _ => {}
                }
                text.clear();
                at += 3;
            }
            _ => {
                text.clear();
                at += 1;
            }
        }
    }
}

/// The line of `doc = "line"`.
fn documentation(attribute: TokenStream) -> String {
    match syn::parse2::<syn::MetaNameValue>(attribute) {
        Ok(syn::MetaNameValue { path, value: Expr::Lit(literal), .. }) if path.is_ident("doc") => {
            match literal.lit {
                Lit::Str(line) => line.value() + "\n",
                _ => String::new(),
            }
        }
        _ => String::new(),
    }
}
