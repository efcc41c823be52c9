//! `#[derive(AttributeValue)]` of nnx-core: a struct or an enum as data, and back.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Field, Fields, Ident, LitStr, Path};

/// `impl AttributeValue for Item`.
pub(crate) fn expand(
    input: &DeriveInput,
    find_crate: impl FnOnce() -> syn::Result<Path>,
) -> TokenStream {
    implementation(input, find_crate).unwrap_or_else(|error| error.into_compile_error())
}

/// The settings of the attributes `#[attribute(..)]` of an item or a field.
#[derive(Default)]
struct Settings {
    name: Option<LitStr>,
    check: Option<Path>,
    krate: Option<Path>,
}

impl Settings {
    /// Those of an item, or of a field or a variant, which has a name alone.
    fn of(attributes: &[syn::Attribute], is_item: bool) -> syn::Result<Self> {
        let mut settings = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("attribute")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    settings.name = Some(meta.value()?.parse()?);
                } else if is_item && meta.path.is_ident("check") {
                    settings.check = Some(meta.value()?.parse()?);
                } else if is_item && meta.path.is_ident("crate") {
                    settings.krate = Some(meta.value()?.parse()?);
                } else if is_item {
                    let expected =
                        "expected `name = \"..\"`, `check = function` or `crate = path::to::nnx`";
                    return Err(meta.error(expected));
                } else {
                    return Err(meta.error("expected `name = \"..\"`"));
                }
                Ok(())
            })?;
        }
        Ok(settings)
    }
}

/// A struct or a variant: its name in files, and its fields.
struct Record {
    name: LitStr,
    /// The name of each field in files.
    names: Vec<LitStr>,
    /// How Rust names it: the field, or its position.
    members: Vec<syn::Member>,
    /// A variable for each.
    variables: Vec<Ident>,
}

impl Record {
    fn of(ident: &Ident, settings: &Settings, fields: &Fields) -> syn::Result<Self> {
        let name = settings.name.clone().unwrap_or_else(|| text(ident));
        let named = |field: &Field| match (Settings::of(&field.attrs, false)?.name, &field.ident) {
            (Some(name), _) => Ok(name),
            (None, Some(ident)) => Ok(text(ident)),
            (None, None) => Err(syn::Error::new_spanned(
                field,
                "a field of a tuple has no name: write `#[attribute(name = \"..\")]` before it",
            )),
        };
        let names = fields.iter().map(named).collect::<syn::Result<Vec<_>>>()?;
        let is_twice =
            |(index, a): &(usize, &LitStr)| names[..*index].iter().any(|b| a.value() == b.value());
        if let Some((_, twice)) = names.iter().enumerate().find(is_twice) {
            let message = format!("two fields are named `{}`", twice.value());
            return Err(syn::Error::new_spanned(twice, message));
        }
        let variables = (0..names.len())
            .map(|index| Ident::new(&format!("field_{index}"), Span::mixed_site()))
            .collect();
        Ok(Self { name, names, members: fields.members().collect(), variables })
    }

    /// The value whose fields are in the variables, as an optional attribute.
    fn written(&self, krate: &Path) -> TokenStream {
        let Self { name, names, variables, .. } = self;
        if names.is_empty() {
            return quote!(#krate::ops::RecordWriter::new(#name).finish());
        }
        quote! {{
            let mut record = #krate::ops::RecordWriter::new(#name);
            #(record.write(#names, #variables);)*
            record.finish()
        }}
    }

    /// The fields of `record`, in the struct or variant `path`.
    fn read(&self, path: &TokenStream) -> TokenStream {
        let Self { name, names, members, .. } = self;
        quote! {
            record.expect(#name, &[#(#names),*])?;
            let value = #path { #(#members: record.read(#names, operations)?,)* };
        }
    }
}

fn text(ident: &Ident) -> LitStr {
    LitStr::new(ident.to_string().trim_start_matches("r#"), ident.span())
}

fn implementation(
    input: &DeriveInput,
    find_crate: impl FnOnce() -> syn::Result<Path>,
) -> syn::Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &input.generics,
            "`AttributeValue` isn't derived for generic types: the name of a type in a file means one type; implement the trait \
             for each type that it is used with",
        ));
    }
    let settings = Settings::of(&input.attrs, true)?;
    let krate = settings.krate.clone().map_or_else(find_crate, Ok)?;
    let ident = &input.ident;
    let (name, written, read) = match &input.data {
        Data::Struct(data) => {
            let record = Record::of(ident, &settings, &data.fields)?;
            let (members, variables) = (&record.members, &record.variables);
            let (written, read) = (record.written(&krate), record.read(&quote!(Self)));
            let written = quote!({ let Self { #(#members: #variables),* } = self; #written });
            (record.name, written, read)
        }
        Data::Enum(data) => {
            let name = settings.name.clone().unwrap_or_else(|| text(ident));
            let (mut written, mut read) = (Vec::new(), Vec::new());
            let mut names: Vec<String> = Vec::new();
            for variant in &data.variants {
                let of_variant = Settings::of(&variant.attrs, false)?;
                let record = Record::of(&variant.ident, &of_variant, &variant.fields)?;
                if names.contains(&record.name.value()) {
                    let message = format!("two variants are named `{}`", record.name.value());
                    return Err(syn::Error::new_spanned(&record.name, message));
                }
                let (members, variables, variant) =
                    (&record.members, &record.variables, &variant.ident);
                let value = record.written(&krate);
                written.push(quote!(Self::#variant { #(#members: #variables),* } => #value));
                let (of_record, found) = (record.read(&quote!(Self::#variant)), &record.name);
                read.push(quote!(#found => { #of_record value }));
                names.push(record.name.value());
            }
            let expected = format!("one of {}", names.join(", "));
            let read = quote! {
                let value = match record.name() {
                    #(#read)*
                    _ => return ::std::result::Result::Err(
                        #krate::ops::AttributeError::found(#expected, attribute)
                    ),
                };
            };
            (name, quote!(match self { #(#written,)* }), read)
        }
        Data::Union(_) => {
            let message = "`AttributeValue` is derived for structs and enums";
            return Err(syn::Error::new_spanned(ident, message));
        }
    };
    let check = settings
        .check
        .map(|check| quote!(#check(&value).map_err(#krate::ops::AttributeError::new)?;));
    Ok(quote! {
        #[automatically_derived]
        impl #krate::ops::AttributeValue for #ident {
            const TYPE: &'static str = #name;

            fn to_attribute(&self) -> ::std::option::Option<#krate::ops::Attribute> {
                #written
            }

            fn from_attribute(
                attribute: &#krate::ops::Attribute,
                operations: &#krate::ops::Operations,
            ) -> ::std::result::Result<Self, #krate::ops::AttributeError> {
                let record = attribute.record()?;
                #read
                #check
                ::std::result::Result::Ok(value)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn expanded(input: &DeriveInput) -> String {
        expand(input, || Ok(parse_quote!(::nnx_core))).to_string()
    }

    #[test]
    fn what_has_no_name_in_a_file_is_refused() {
        let tuple = expanded(&parse_quote!(
            struct Shift(i32);
        ));
        assert!(tuple.contains("a field of a tuple has no name: write"), "{tuple}");
        let generic = expanded(&parse_quote!(
            struct Of<T>(T);
        ));
        assert!(generic.contains("isn't derived for generic types"), "{generic}");
        let union = expanded(&parse_quote!(union Bits { a: u32, b: f32 }));
        assert!(union.contains("is derived for structs and enums"), "{union}");
        let twice = expanded(&parse_quote!(
            struct Twice {
                a: u32,
                #[attribute(name = "a")]
                b: u32,
            }
        ));
        assert!(twice.contains("two fields are named `a`"), "{twice}");
        let variants = expanded(&parse_quote!(
            enum Twice {
                A,
                #[attribute(name = "A")]
                B(#[attribute(name = "count")] usize),
            }
        ));
        assert!(variants.contains("two variants are named `A`"), "{variants}");
        let unknown = expanded(&parse_quote!(
            struct One {
                #[attribute(rename = "a")]
                b: u32,
            }
        ));
        assert!(unknown.contains("expected `name ="), "{unknown}");
    }

    #[test]
    fn names_and_checks_are_used() {
        let named = expanded(&parse_quote!(
            #[attribute(name = "mine.Shift", check = check)]
            struct Shift(#[attribute(name = "amount")] i32);
        ));
        for part in ["\"mine.Shift\"", "\"amount\"", "check (& value)"] {
            assert!(named.contains(part), "{part} in {named}");
        }
    }
}
