//! Every message about a wrong attribute.

use super::*;
use syn::parse_quote;

/// The messages about attributes on a target.
fn messages(target: Target, attributes: &[Attribute]) -> Vec<String> {
    let context = Context::default();
    Attributes::read(&context, target, attributes);
    context.finish().err().into_iter().flatten().map(|error| error.to_string()).collect()
}

fn message(target: Target, attribute: Attribute) -> String {
    messages(target, &[attribute]).join("\n")
}

#[test]
fn every_word_is_read_on_its_target() {
    for (target, _, usage) in WORDS {
        let usage: TokenStream = usage.parse().unwrap();
        assert_eq!(message(target, parse_quote!(#[module(#usage)])), "");
    }
    assert_eq!(
        message(Target::Field, parse_quote!(#[module(skip, init = Vec::<(u8, u8)>::new(),)])),
        ""
    );
    assert_eq!(message(Target::Field, parse_quote!(#[serde(nonsense)])), "");
}

#[test]
fn unknown_words_get_a_list_of_allowed_ones() {
    assert_eq!(
        message(Target::Field, parse_quote!(#[module(renam = "kernel")])),
        "`#[module(renam)]` is unknown; did you mean `rename`? \
         Allowed on a field: `init = expression`, `skip`, `rename = \"segment\"`"
    );
    assert_eq!(
        message(Target::Variant, parse_quote!(#[module(nn::frozen)])),
        "`#[module(nn::frozen)]` is unknown. Allowed on a variant: `init`, `rename = \"segment\"`"
    );
}

#[test]
fn words_of_another_target_are_reported_with_it() {
    assert_eq!(
        message(Target::Item, parse_quote!(#[module(rename = "kernel")])),
        "`rename` belongs on a variant or a field, not on a struct or an enum. \
         Allowed on a struct or an enum: `crate = path::to::nnx`, `init = expression`, `sequential`"
    );
}

#[test]
fn a_word_is_given_once() {
    let attributes = [parse_quote!(#[module(rename = "a")]), parse_quote!(#[module(rename = "a")])];
    assert_eq!(messages(Target::Field, &attributes), ["`rename` is given twice"]);
}

#[test]
fn wrong_values_get_the_right_form() {
    let cases: [(Target, Attribute, &str); 6] = [
        (Target::Field, parse_quote!(#[module(rename = 2)]), "rename = \"segment\""),
        (Target::Field, parse_quote!(#[module(rename("a"))]), "rename = \"segment\""),
        (Target::Field, parse_quote!(#[module(init)]), "init = expression"),
        (Target::Field, parse_quote!(#[module(skip = true)]), "skip"),
        (Target::Variant, parse_quote!(#[module(init = 1)]), "init"),
        (Target::Item, parse_quote!(#[module(crate = "nnx")]), "crate = path::to::nnx"),
    ];
    for (target, attribute, usage) in cases {
        let message = message(target, attribute);
        assert!(message.starts_with("expected"), "{message}");
        assert!(message.ends_with(&format!(": write `#[module({usage})]`")), "{message}");
    }
}

#[test]
fn an_attribute_needs_its_parentheses() {
    let message = message(Target::Field, parse_quote!(#[module]));
    assert!(message.ends_with("in parentheses: #[module(...)]"), "{message}");
}

#[test]
fn each_attribute_reports_its_own_mistake() {
    let attributes = [parse_quote!(#[module(frozen)]), parse_quote!(#[module(skip = 1)])];
    assert_eq!(messages(Target::Field, &attributes).len(), 2);
}
