//! `impl Layer` for fields in sequence: each takes the output of the one before it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericParam, Ident, Type, parse_quote};

use super::{Names, at_span, implement, local_ident, spanned};
use crate::parse::{Body, Field, Item};

/// The forward pass of a struct marked `sequential`.
///
/// Every value between two fields has a type parameter of its own, which is the output of the field before it. So the
/// predicates are short even in a long sequence, and two fields that don't fit are one unmet predicate, with the message
/// of the second layer.
///
/// The predicates are on the values (`X: LayerInput<Field>`) and not on the fields (`Field: Layer<X>`), since rustc
/// infers nothing from a predicate on an unknown type. It would from the second kind: it resolves `forward` before it
/// knows the argument, would infer the types up to the two fields that don't fit, and would report that there is no
/// such method.
pub(crate) fn emit(item: &Item<'_>, names: &Names) -> Option<TokenStream> {
    let (Some(_), Body::Struct(fields)) = (item.attributes.sequential, &item.body) else {
        return None;
    };
    let fields: Vec<_> = fields.iter().filter(|field| field.is_traversed()).collect();
    let types: Vec<&Type> = fields.iter().map(|field| field.ty).collect();
    let values: Vec<Ident> =
        (0..=fields.len()).map(|position| names.fresh(&format!("__X{position}"))).collect();
    let [x, pass] = ["x", "pass"].map(local_ident);
    let (nnx, input, output) = (&names.nnx, values.first()?, values.last()?);

    let feeds = quote!(#nnx::module::derive_support::LayerInput);
    let steps = fields
        .iter()
        .map(|Field { member, .. }| quote!(let #x = #feeds::feed(#x, &self.#member, #pass);));
    let run = quote! {
        type Output = #output;
        fn run(&self, #x: #input, #pass: &mut #nnx::module::Pass) -> Self::Output {
            #(#steps)*
            #x
        }
    };
    // The implementation has the span of the struct: rustc shows the `impl` of an unmet predicate only if it is the
    // user's code.
    let interface =
        at_span(item.ident.span(), quote!(#nnx::module::derive_support::SequentialLayers<#input>));
    let links = links(&types, &values, &feeds);
    let layers = implement(item, &interface, &types_of(&values), &links, &run);

    let forward = quote! {
        type Output = #output;
        fn forward(&self, #x: #input, #pass: &mut #nnx::module::Pass) -> Self::Output {
            #nnx::module::derive_support::SequentialLayers::run(self, #x, #pass)
        }
    };
    let interface = quote!(#nnx::module::Layer<#input>);
    let runs =
        quote!(Self: #nnx::module::derive_support::SequentialLayers<#input, Output = #output>);
    let ends = types_of([input, output]);
    let layer = implement(item, &interface, &ends, &[runs], &forward);
    let facts = [cost(item, names, &types, &values), receptive_field(item, names, &types)];
    Some(quote!(#layers #layer #(#facts)*))
}

/// The predicates `value: bound<field, Output = next value>`.
fn links(types: &[&Type], values: &[Ident], bound: &TokenStream) -> Vec<TokenStream> {
    let link = |(ty, value): (&&Type, &[Ident])| {
        let (taken, given) = (&value[0], &value[1]);
        let (bound, output) = (spanned(ty, bound.clone()), spanned(ty, quote!(Output = #given)));
        quote!(#taken: #bound<#ty, #output>)
    };
    types.iter().zip(values.windows(2)).map(link).collect()
}

/// `impl Cost`: the sum of the FLOPs, and the maximum of the activation bytes.
fn cost(item: &Item<'_>, names: &Names, types: &[&Type], values: &[Ident]) -> TokenStream {
    let (nnx, most) = (&names.nnx, local_ident("most"));
    let bound = quote!(#nnx::module::derive_support::CostOf);
    let input = &values[0];
    let constants = quote! {
        const FLOPS: ::core::primitive::u64 = 0 #(+ <#values as #bound<#types>>::FLOPS)*;
        const ACTIVATION_BYTES: ::core::primitive::u64 = {
            let #most = 0;
            #(let #most = #nnx::module::derive_support::larger(
                #most,
                <#values as #bound<#types>>::ACTIVATION_BYTES,
            );)*
            #most
        };
    };
    let links = links(types, values, &bound);
    let interface = quote!(#nnx::module::Cost<#input>);
    implement(item, &interface, &types_of(values), &links, &constants)
}

/// `impl ReceptiveField`, for the number of spatial axes of the fields.
fn receptive_field(item: &Item<'_>, names: &Names, types: &[&Type]) -> TokenStream {
    let (nnx, any, rank) = (&names.nnx, &names.any, names.fresh("__RANK"));
    let [field, stride] = ["field", "stride"].map(local_ident);
    let bound = quote!(#nnx::module::ReceptiveField<#rank>);
    let predicates: Vec<_> = types.iter().map(|ty| quote!(for<#any> #ty: #bound)).collect();
    let support = quote!(#nnx::module::derive_support);
    let sizes = quote!([::core::primitive::usize; #rank]);
    let constants = quote! {
        const FIELD: #sizes = {
            let (#field, #stride) = ([1; #rank], [1; #rank]);
            #(
                let #field = #support::field_after(#field, #stride, <#types as #bound>::FIELD);
                let #stride = #support::stride_after(#stride, <#types as #bound>::STRIDE);
            )*
            let _ = #stride;
            #field
        };
        const STRIDE: #sizes = {
            let #stride = [1; #rank];
            #(let #stride = #support::stride_after(#stride, <#types as #bound>::STRIDE);)*
            #stride
        };
    };
    let rank = parse_quote!(const #rank: ::core::primitive::usize);
    implement(item, &bound, &[rank], &predicates, &constants)
}

fn types_of<'a>(names: impl IntoIterator<Item = &'a Ident>) -> Vec<GenericParam> {
    names.into_iter().map(|name| GenericParam::Type(name.clone().into())).collect()
}
