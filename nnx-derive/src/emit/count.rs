//! `impl ParameterCount`: the sum over the fields, as constants.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::{Names, at_span, implement, surround};
use crate::parse::{Body, Item};

/// The `impl` for a struct; the compiler doesn't know the variant of an enum.
///
/// A field that can't be counted is an error only where the count is used. So the predicates are for every lifetime, as
/// those of [`init`](super::init).
pub(super) fn emit(item: &Item<'_>, names: &Names) -> Option<TokenStream> {
    let Body::Struct(fields) = &item.body else { return None };
    let (nnx, any) = (&names.nnx, &names.any);
    let bound = quote!(#nnx::module::derive_support::CountField);
    let types: Vec<_> =
        fields.iter().filter(|field| field.is_traversed()).map(|field| field.ty).collect();
    let predicates: Vec<_> =
        types.iter().map(|ty| surround(quote!(for<#any> Self: #bound<), ty, quote!(>))).collect();
    let sum_of = |constant: &TokenStream| -> TokenStream {
        let of = |ty: &&Type| surround(quote!(+ <Self as #bound<), ty, quote!(>>::#constant));
        types.iter().map(of).collect()
    };
    let (parameters, bytes) = (sum_of(&quote!(PARAMETERS)), sum_of(&quote!(PARAMETER_BYTES)));
    let constants = quote! {
        const PARAMETERS: ::core::primitive::usize = 0 #parameters;
        const PARAMETER_BYTES: ::core::primitive::usize = 0 #bytes;
    };
    let interface = at_span(item.ident.span(), quote!(#nnx::module::ParameterCount));
    Some(implement(item, &interface, &[], &predicates, &constants))
}
