//! `impl ParameterCount`: the sum over the fields, as constants.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::{Names, around, at, implement};
use crate::parse::{Body, Item};

/// The implementation for a struct; which variant of an enum there is, the compiler can't know.
///
/// A field that can't be counted is no mistake in itself: the predicates are for every lifetime, as
/// those of [`init`](super::init), so that only somebody who asks for the number hears of it.
pub(super) fn emit(item: &Item<'_>, names: &Names) -> Option<TokenStream> {
    let Body::Struct(fields) = &item.body else { return None };
    let (nnx, any) = (&names.nnx, &names.any);
    let rule = quote!(#nnx::module::derive_support::CountField);
    let types: Vec<_> =
        fields.iter().filter(|field| field.is_traversed()).map(|field| field.ty).collect();
    let predicates: Vec<_> =
        types.iter().map(|ty| around(quote!(for<#any> Self: #rule<), ty, quote!(>))).collect();
    let sum_of = |constant: &TokenStream| -> TokenStream {
        let of = |ty: &&Type| around(quote!(+ <Self as #rule<), ty, quote!(>>::#constant));
        types.iter().map(of).collect()
    };
    let (parameters, bytes) = (sum_of(&quote!(PARAMETERS)), sum_of(&quote!(PARAMETER_BYTES)));
    let constants = quote! {
        const PARAMETERS: ::core::primitive::usize = 0 #parameters;
        const PARAMETER_BYTES: ::core::primitive::usize = 0 #bytes;
    };
    let interface = at(item.ident.span(), quote!(#nnx::module::ParameterCount));
    Some(implement(item, &interface, &[], &predicates, &constants))
}
