//! The expansion: one `impl` a file, and their common functions.

mod count;
mod init;
mod names;
pub(crate) mod sequential;
mod spans;
mod visit;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{GenericParam, Ident, Path, Type};

pub(crate) use names::Names;
use names::{any_ident, any_local_name};
use spans::{at_span, spanned, surround};

use crate::parse::Item;

/// The expansion for an item without mistakes.
pub(crate) fn emit(item: &Item<'_>, names: &Names, krate: &Path) -> TokenStream {
    let visit = visit::emit(item, names);
    let init = init::emit(item, names);
    let count = count::emit(item, names);
    let layer = sequential::emit(item, names);
    // Not for fields in sequence and nnx-core's own layers, whose inputs are type parameters with bounds. If rustc infers
    // the input from the bounds, it reports the argument and not the method.
    let never_input_impls =
        (layer.is_none() && !is_nnx_core()).then(|| never_input_impls(item, names));
    enclose(item, names, krate, &quote!(#visit #init #count #layer #never_input_impls))
}

/// `impl Layer` for two input types without values. With more than one `impl`, rustc doesn't infer the input type of
/// the item from the only one, and reports a wrong input with the message of `Layer`.
///
/// Each item has its own `impl`s. One `impl` for all modules would also apply to the layers of nnx-core, and rustc
/// names the unmet bound of such a layer only if it has a single `impl`.
///
/// They are for `<Item as Itself>::Type`, which is the item, since rustc lists the `impl`s for the bare item in its
/// messages. The input type has the item as its parameter, so that all parameters of the item count as used. (One
/// disadvantage: the lint `missing_debug_implementations`, which is off by default, treats a `pub` item in a private
/// module as reachable.)
fn never_input_impls(item: &Item<'_>, names: &Names) -> TokenStream {
    let nnx = &names.nnx;
    let (parameters, arguments, clause) = item.generics.split_for_impl();
    let (ident, x) = (item.ident, local_ident("x"));
    let never_input_impls = ["NeverInput", "SecondNeverInput"].map(|input| {
        let input = Ident::new(input, Span::call_site());
        let input = quote!(#nnx::module::derive_support::#input<#ident #arguments>);
        quote! {
            #[automatically_derived]
            impl #parameters #nnx::module::Layer<#input, #input>
                for <#ident #arguments as #nnx::module::derive_support::Itself>::Type
            #clause
            {
                type Output = #input;
                fn forward(&self, #x: #input, _: &mut #nnx::module::Pass) -> #input {
                    #x
                }
            }
        }
    });
    quote!(#(#never_input_impls)*)
}

/// Whether the crate that is compiled is nnx-core.
fn is_nnx_core() -> bool {
    std::env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == "nnx-core")
}

/// Puts the `impl`s into a scope in which nnx has a unique name.
///
/// The user's path to nnx occurs once, so that a wrong path is one error.
///
/// The lint is in clippy's "nursery", and reports types at the user's spans. Lints of rustc get no `allow`, which
/// would be an error in a crate that forbids the lint.
pub(crate) fn enclose(
    item: &Item<'_>,
    names: &Names,
    krate: &Path,
    implementations: &TokenStream,
) -> TokenStream {
    let nnx = &names.nnx;
    let lint_allows = item.all_attributes().flat_map(|attributes| &attributes.lint_allows);
    quote! {
        #(#lint_allows)*
        #[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
        const _: () = {
            use #krate as #nnx;
            #implementations
        };
    }
}

/// `impl Trait for Item`, with additional parameters and predicates.
pub(crate) fn implement(
    item: &Item<'_>,
    interface: &TokenStream,
    parameters: &[GenericParam],
    predicates: &[TokenStream],
    body: &TokenStream,
) -> TokenStream {
    let mut generics = item.generics.clone();
    generics.params.extend(parameters.iter().cloned());
    let (parameters, _, _) = generics.split_for_impl();
    let (_, arguments, clause) = item.generics.split_for_impl();
    let own = clause.iter().flat_map(|clause| &clause.predicates);
    let ident = item.ident;
    quote! {
        #[automatically_derived]
        impl #parameters #interface for #ident #arguments
        where
            #(#own,)*
            #(#predicates,)*
        {
            #body
        }
    }
}

/// The predicate `ty: bound`, which rustc reports at the type.
fn predicate(ty: &Type, bound: TokenStream) -> TokenStream {
    let bound = spanned(ty, bound);
    if matches!(ty, Type::FnPtr(_)) {
        // Without parentheses, the `for<'a>` of `for<'a> fn(&'a T): Bound` would belong to the predicate.
        quote!((#ty): #bound)
    } else {
        quote!(#ty: #bound)
    }
}

/// A local variable of the expansion, hygienic, so that the user's code can't name it. If the user had a constant or a
/// unit struct with this name, the binding would be a pattern; the underscores make that unlikely.
fn local_ident(name: &str) -> Ident {
    Ident::new(&format!("__{name}"), Span::mixed_site())
}
