//! The expansion for an item with mistakes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

use crate::emit::{Names, enclose, implement, sequential};
use crate::parse::Item;

/// Empty `impl`s. Without them, each use of the item would add a "not implemented" to the reported mistakes. A struct marked
/// `sequential` has its usual `impl Layer`, since its output type is needed.
pub(crate) fn emit(item: &Item<'_>, names: &Names, krate: &Path) -> TokenStream {
    let nnx = &names.nnx;
    let visit = quote! {
        fn visit(&self, _: &mut #nnx::module::Visitor<'_>) {}
        fn visit_mut(&mut self, _: &mut #nnx::module::VisitorMut<'_>) {}
        fn visit_modules(&mut self, _: &mut #nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
        }
    };
    let init = quote! {
        fn init(_: &mut #nnx::random::Rngs) -> Self {
            loop {}
        }
    };
    let module = implement(item, &quote!(#nnx::module::Module), &[], &[], &visit);
    let init = implement(item, &quote!(#nnx::module::Init), &[], &[], &init);
    let layers = sequential::emit(item, names);
    enclose(item, names, krate, &quote!(#module #init #layers))
}
