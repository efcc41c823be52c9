//! `impl Module`: `visit`, `visit_mut` and `visit_modules`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Ident, Type};

use super::{Names, any_ident, any_local_name, implement, local_ident, predicate, spanned};
use crate::parse::{Body, Field, Item, Segment, Variant};

/// The tokens in which the methods differ.
struct Access {
    method: TokenStream,
    visitor: TokenStream,
    /// The bound of the method.
    clause: TokenStream,
    /// Whether the item itself is visited, before its fields.
    enters: bool,
    /// A reference to something.
    borrow: TokenStream,
    /// A pattern that binds a reference.
    bind: TokenStream,
}

pub(super) fn emit(item: &Item<'_>, names: &Names) -> TokenStream {
    let shared = Access {
        method: quote!(visit),
        visitor: quote!(Visitor),
        clause: TokenStream::new(),
        enters: true,
        borrow: quote!(&),
        bind: quote!(ref),
    };
    let mutable = Access {
        method: quote!(visit_mut),
        visitor: quote!(VisitorMut),
        clause: TokenStream::new(),
        enters: false,
        borrow: quote!(&mut),
        bind: quote!(ref mut),
    };
    let modules = Access {
        method: quote!(visit_modules),
        visitor: quote!(ModuleVisitor),
        clause: quote!(where Self: 'static),
        // A pointer to an unsized item needs metadata, so such an item isn't entered; its fields are visited.
        enters: !any_ident(item.generics.to_token_stream(), &mut |ident| ident == "Sized"),
        borrow: quote!(&mut),
        bind: quote!(ref mut),
    };
    let methods = [shared, mutable, modules].map(|access| method(item, names, &access));

    let nnx = &names.nnx;
    let open =
        item.fields().into_iter().filter(|field| field.is_traversed() && is_open(item, field.ty));
    let predicates: Vec<_> =
        open.map(|field| predicate(field.ty, quote!(#nnx::module::Module))).collect();
    implement(item, &quote!(#nnx::module::Module), &[], &predicates, &quote!(#(#methods)*))
}

/// Whether it depends on a type parameter if the type is a module: then the `impl` has a predicate for it.
///
/// A type that contains the item itself gets none: its proof would need this `impl`, in a cycle. The item's bare name,
/// `self::` with this name and `Self` are the item; any other path is another item with this name.
fn is_open(item: &Item<'_>, ty: &Type) -> bool {
    let is_parameter =
        |ident: &Ident| item.generics.type_params().any(|parameter| parameter.ident == *ident);
    let is_item = |ident: &Ident| ident == item.ident || ident == "Self";
    any_local_name(ty.to_token_stream(), &mut |ident| is_parameter(ident))
        && !any_local_name(ty.to_token_stream(), &mut |ident| is_item(ident))
}

fn method(item: &Item<'_>, names: &Names, access: &Access) -> TokenStream {
    let nnx = &names.nnx;
    let Access { method, visitor: visitor_type, clause, borrow, .. } = access;
    let body = match &item.body {
        Body::Struct(fields) => {
            let calls = fields.iter().filter(|field| field.is_traversed()).map(|field| {
                let member = &field.member;
                call(item, names, access, field, &quote!((self.#member)))
            });
            quote!(#(#calls)*)
        }
        Body::Enum(variants) => {
            let arms = variants.iter().map(|variant| arm(item, names, access, variant));
            quote!(match *self { #(#arms)* })
        }
    };
    let visitor = visitor();
    let enter = access.enters.then(|| quote!(#nnx::module::#visitor_type::enter(#visitor, self);));
    quote! {
        fn #method(#borrow self, #visitor: &mut #nnx::module::#visitor_type<'_>) #clause {
            #enter
            #body
        }
    }
}

/// The match arm of a variant: its name is a segment of the path, followed by the segments of its fields.
fn arm(item: &Item<'_>, names: &Names, access: &Access, variant: &Variant<'_>) -> TokenStream {
    let bind = &access.bind;
    let traversed = variant.fields.iter().filter(|field| field.is_traversed());
    let (patterns, calls): (Vec<_>, Vec<_>) = traversed
        .enumerate()
        .map(|(position, field)| {
            let binding = local_ident(&format!("field{position}"));
            let member = &field.member;
            let call = call(item, names, access, field, &quote!((*#binding)));
            (quote!(#member: #bind #binding), call)
        })
        .unzip();
    let (ident, name, visitor) = (variant.ident, variant.name(), visitor());
    quote! {
        Self::#ident { #(#patterns,)* .. } => {
            #visitor.variant(#name, |#visitor| { #(#calls)* });
        }
    }
}

/// The call that visits a field.
///
/// All methods would report a field that is no module. So each first calls `is_module`, with the same tokens: rustc
/// reports no errors that follow from this one, and prints equal messages once.
fn call(
    item: &Item<'_>,
    names: &Names,
    access: &Access,
    field: &Field<'_>,
    value: &TokenStream,
) -> TokenStream {
    let (nnx, visitor) = (&names.nnx, visitor());
    let Access { borrow, visitor: visitor_type, .. } = access;
    let is_module = spanned(field.ty, quote!(#nnx::module::derive_support::is_module));
    let shared = spanned(field.ty, quote!(&#value));
    let reference = spanned(field.ty, quote!(#borrow #value));
    let question = (!is_open(item, field.ty)).then(|| quote!(#is_module(#shared);));
    let (method, segment) = match field.segment() {
        Segment::Name(name) => (quote!(field), quote!(#name)),
        Segment::Index(index) => (quote!(index), quote!(#index)),
    };
    // The call has the span of the type, too: if a bound of the type is unmet, rustc reports each call, and every report
    // points to the type.
    let show = spanned(field.ty, quote!(#nnx::module::#visitor_type::#method));
    quote!(#question #show(#visitor, #segment, #reference);)
}

/// The parameter of the traversal.
fn visitor() -> Ident {
    local_ident("visitor")
}
