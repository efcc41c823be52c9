//! `impl Layer` for a chain: each field takes what the one before it gives.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;

use super::{Names, at, implement, over};
use crate::parse::{Body, Field, Item};

/// The forward pass of a struct marked `sequential`.
///
/// Every value between two fields has a type parameter of its own, bound to the output of the
/// field before: so the predicates stay short however long the chain is, and a break in it is one
/// unproven predicate, told in the words of the layer that can't take what it gets.
///
/// The predicates are on the values (`X: Feeds<Field>`), not on the fields (`Field: Layer<X>`),
/// since rustc guesses nothing from a predicate on an unknown type. From the other kind it would:
/// it looks `forward` up before it knows the argument, could guess its way to the break, and
/// would then say that there is no such method at all.
pub(crate) fn emit(item: &Item<'_>, names: &Names) -> Option<TokenStream> {
    let (Some(_), Body::Struct(fields)) = (item.attributes.sequential, &item.body) else {
        return None;
    };
    let fields: Vec<_> = fields.iter().filter(|field| field.is_traversed()).collect();
    let nnx = &names.nnx;
    let feeds = quote!(#nnx::module::derive_support::Feeds);
    let values: Vec<Ident> =
        (0..=fields.len()).map(|position| names.fresh(&format!("__X{position}"))).collect();
    let [x, pass] = ["x", "pass"].map(|name| Ident::new(name, Span::mixed_site()));

    let predicates: Vec<_> = fields
        .iter()
        .zip(values.windows(2))
        .map(|(field, value)| {
            let (ty, taken, given) = (field.ty, &value[0], &value[1]);
            let (feeds, output) = (over(ty, quote!(#feeds)), over(ty, quote!(Output = #given)));
            quote!(#taken: #feeds<#ty, #output>)
        })
        .collect();
    let steps = fields
        .iter()
        .map(|Field { member, .. }| quote!(let #x = #feeds::feed(#x, &self.#member, #pass);));
    let (input, output) = (values.first()?, values.last()?);
    let run = quote! {
        type Output = #output;
        fn run(&self, #x: #input, #pass: &mut #nnx::module::Pass) -> Self::Output {
            #(#steps)*
            #x
        }
    };
    // As if it stood at the struct: rustc shows the impl around a broken predicate only where the user
    // wrote it.
    let interface = at(item.ident.span(), quote!(#nnx::module::derive_support::Chain<#input>));
    let chain = implement(item, &interface, &values, &predicates, &run);

    let ends = [input, output].map(Clone::clone);
    let forward = quote! {
        type Output = #output;
        fn forward(&self, #x: #input, #pass: &mut #nnx::module::Pass) -> Self::Output {
            #nnx::module::derive_support::Chain::run(self, #x, #pass)
        }
    };
    let layer = quote!(#nnx::module::Layer<#input>);
    let runs = quote!(Self: #nnx::module::derive_support::Chain<#input, Output = #output>);
    let layer = implement(item, &layer, &ends, &[runs], &forward);
    Some(quote!(#chain #layer))
}
