//! `#[derive(Collate)]` of nnx-train: a struct of batches, how items become one, and its tensors for compiled models.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, Ident, Path};

/// The struct `ItemBatch` with the fields of `Item`, `impl Collate for Item`, and `impl Tensors for ItemBatch`.
pub(crate) fn expand(
    input: &DeriveInput,
    find_crate: impl FnOnce() -> syn::Result<Path>,
) -> TokenStream {
    let krate = path_attribute(input).and_then(|path| path.map_or_else(find_crate, Ok));
    krate.and_then(|krate| implementation(input, &krate)).unwrap_or_else(|e| e.into_compile_error())
}

/// The path in `#[collate(crate = path::to::nnx_train)]`.
fn path_attribute(input: &DeriveInput) -> syn::Result<Option<Path>> {
    let mut path = None;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("collate")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                return Err(meta.error("expected `crate = path::to::nnx_train`"));
            }
            path = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(path)
}

fn implementation(input: &DeriveInput, krate: &Path) -> syn::Result<TokenStream> {
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => &fields.named,
            _ => {
                let message = "`Collate` is derived for structs with named fields; \
                               a tuple `(A, B)` implements it without a derive";
                return Err(syn::Error::new_spanned(&input.ident, message));
            }
        },
        _ => {
            let message = "`Collate` is derived for structs with named fields: \
                           all items of a batch have the same fields";
            return Err(syn::Error::new_spanned(&input.ident, message));
        }
    };
    let (name, visibility) = (&input.ident, &input.vis);
    let batch = format_ident!("{name}Batch");
    let documentation = format!("A batch of items [`{name}`].");
    let names: Vec<&Ident> = fields.iter().filter_map(|field| field.ident.as_ref()).collect();
    let visibilities: Vec<_> = fields.iter().map(|field| &field.vis).collect();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let documents = names.iter().map(|name| format!("The field `{name}` of the items."));
    // The variables are hygienic, so that the names of the fields can't clash with them.
    let [items, item] = ["items", "item"].map(|name| Ident::new(name, Span::mixed_site()));
    let lists: Vec<_> = names
        .iter()
        .map(|name| Ident::new(&format!("list_{name}").replace("r#", ""), Span::mixed_site()))
        .collect();
    let (parameters, arguments, _) = input.generics.split_for_impl();
    let declared = &input.generics.params;
    let own = input.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let own: Vec<_> = own.collect();
    // Only types with parameters need a bound: for others rustc reports a missing `Collate` at the field.
    let bounds = if declared.is_empty() { quote!() } else { quote!(#(#types: #krate::Collate,)*) };
    let clause = quote!(where #(#own,)* #bounds);
    // A bound on a type without parameters has to hold, unless it is for all lifetimes: then the struct is one of tensors
    // where all of its fields are, and otherwise rustc says which isn't.
    let of_tensors = quote! {
        where #(#own,)* #bounds
        #(for<'any> <#types as #krate::Collate>::Batch: #krate::__private::Tensors,)*
    };
    let list = Ident::new("list", Span::mixed_site());
    Ok(quote! {
        #[doc = #documentation]
        #visibility struct #batch <#declared> #clause {
            #(
                #[doc = #documents]
                #visibilities #names: <#types as #krate::Collate>::Batch,
            )*
        }
        #[automatically_derived]
        impl #parameters #krate::Collate for #name #arguments #clause {
            type Batch = #batch #arguments;

            fn collate(
                #items: ::std::vec::Vec<Self>,
            ) -> ::std::result::Result<Self::Batch, #krate::DataError> {
                #(let mut #lists = ::std::vec::Vec::with_capacity(#items.len());)*
                for #item in #items {
                    #(#lists.push(#item.#names);)*
                }
                ::std::result::Result::Ok(#batch {
                    #(#names: <#types as #krate::Collate>::collate(#lists)?,)*
                })
            }

            fn digest(&self, #item: &mut #krate::Digest) {
                #(<#types as #krate::Collate>::digest(&self.#names, #item);)*
            }
        }
        #[automatically_derived]
        impl #parameters #krate::__private::Tensors for #batch #arguments #of_tensors {
            fn into_list(self, #list: &mut ::std::vec::Vec<#krate::__private::DynTensor>) {
                #(#krate::__private::Tensors::into_list(self.#names, #list);)*
            }

            fn from_list(
                #list: &mut dyn ::std::iter::Iterator<Item = #krate::__private::DynTensor>,
            ) -> Self {
                #batch { #(#names: #krate::__private::Tensors::from_list(#list),)* }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn expanded(input: &DeriveInput) -> String {
        expand(input, || Ok(parse_quote!(::nnx_train))).to_string()
    }

    #[test]
    fn what_is_no_struct_of_fields_is_refused() {
        for (input, message) in [
            (
                parse_quote!(
                    struct Pair(f32, f32);
                ),
                "a tuple `(A, B)` implements it without",
            ),
            (
                parse_quote!(
                    struct Nothing {}
                ),
                "structs with named fields",
            ),
            (
                parse_quote!(
                    enum Either {
                        A,
                        B,
                    }
                ),
                "all items of a batch have the same fields",
            ),
            (
                parse_quote!(
                    #[collate(rename = "x")]
                    struct One {
                        x: f32,
                    }
                ),
                "expected `crate = path::to::nnx_train`",
            ),
        ] {
            let text = expanded(&input);
            assert!(text.contains("compile_error") && text.contains(message), "{text}");
        }
    }

    #[test]
    fn the_crate_may_be_named() {
        let named = parse_quote!(
            #[collate(crate = other::train)]
            struct One {
                x: f32,
            }
        );
        let text = expanded(&named);
        assert!(text.contains("impl other :: train :: Collate for One"), "{text}");
    }

    #[test]
    fn the_batch_has_the_fields_and_parameters_of_the_item() {
        let input = parse_quote! {
            pub(crate) struct Pair<A, const N: usize> where A: Copy { left: A, pub right: [f32; N] }
        };
        let text = expanded(&input);
        for part in [
            "pub (crate) struct PairBatch < A , const N : usize >",
            "left : < A as :: nnx_train :: Collate > :: Batch",
            "pub right : < [f32 ; N] as :: nnx_train :: Collate > :: Batch",
            "where A : Copy , A : :: nnx_train :: Collate",
        ] {
            assert!(text.contains(part), "{part} isn't in {text}");
        }
    }
}
