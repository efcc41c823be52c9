//! The procedural macros of nnx: `#[derive(Module)]`, by which a struct of layers becomes a module, and
//! `einsum!`.
//!
//! Use it through nnx, which exports the derive beside the trait of the same name. The derive goes
//! through four steps, one file each:
//!
//! | step | file | does |
//! |---|---|---|
//! | parse | `parse.rs`, `attribute.rs` | reads the item and its `#[module(..)]` attributes |
//! | check | `check.rs` | holds attributes against each other |
//! | emit | `emit.rs` and its folder | writes one `impl` a file: `Module`, `Init`, `Layer` |
//! | fallback | `fallback.rs` | writes empty `impl`s instead, beside the mistakes that were found |
//!
//! Mistakes gather in a `Context` and are reported all at once. What only the compiler can tell
//! (a field that is no module, or can't be made) it tells at the field, since the tokens that provoke
//! it lie over the field's type.
//!
//! `einsum.rs` and its folder are the macro `einsum!` of nnx, which goes the same way on its own grammar.

#![forbid(unsafe_code)]

mod attribute;
mod check;
mod context;
mod dim;
mod einsum;
mod emit;
mod fallback;
#[cfg(test)]
mod goldens;
mod locate;
mod parse;
mod similar;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Path, parse_macro_input};

use crate::context::Context;
use crate::emit::Names;
use crate::parse::Item;

/// Makes a struct or an enum a module: its variables have paths, and random streams make a new one.
///
/// ```ignore
/// #[derive(Module)]
/// struct Block<Width: Size> {
///     norm: LayerNorm<Width>,
///     mixer: Mixer<Width>,
///     #[module(init = Dropout::new(0.1, rngs))]
///     dropout: Dropout,
/// }
///
/// let block = Block::<U128>::init(&mut Rngs::new(0));
/// ```
///
/// # What it implements
///
/// `Module`: every field is traversed in order, under its name, or under its position in a tuple.
/// In an enum the name of the variant comes first (`mixer/Attention/0/kernel`). A field has to be
/// a module itself: variables, layers and plain values are, and vectors, arrays, tuples, options,
/// boxes, maps and shared pointers of them. Where a type parameter decides that, the `impl` asks for
/// it with a predicate.
///
/// `Init`: `init(rngs)` makes the fields in order from the random streams. It can be called where
/// every field has `Init` or an `init = ..` attribute; other structs keep their own constructors.
/// An enum has it where one variant is marked `#[module(init)]`.
///
/// `Layer`, for a struct marked `#[module(sequential)]`: the fields are a chain, each takes what
/// the one before it gives.
///
/// # Attributes
///
/// On a struct or an enum:
/// - `#[module(sequential)]` derives the forward pass of a chain of fields.
/// - `#[module(init = expression)]` makes the whole item by an expression, which sees the streams
///   as `rngs: &mut Rngs`; for example `init = Self::with_width(64, rngs)`.
/// - `#[module(crate = path::to::nnx)]` says where nnx is, for macros that hide it from
///   `Cargo.toml`.
///
/// On a field:
/// - `#[module(init = expression)]` makes the field by an expression that sees `rngs: &mut Rngs`.
/// - `#[module(skip)]` leaves the field out of paths and chains; it may have any type. Without
///   `init = ..` it is made by `Default`.
/// - `#[module(rename = "segment")]` gives it another name in paths, to fit a checkpoint. A name isn't
///   empty, holds no `/`, and isn't `__metadata__`, which the format of checkpoints keeps for itself.
///
/// On a variant:
/// - `#[module(init)]` marks the variant that `Init` makes.
/// - `#[module(rename = "segment")]` gives it another name in paths.
///
/// # Limits
///
/// Two generic items that contain each other send rustc in circles ("overflow evaluating the
/// requirement"): implement `Module` by hand for one of them. One item that contains itself is
/// fine, where it says so by its bare name, by `self::` and that name, or by `Self`: by any other path
/// it is taken for another item of this name.
#[proc_macro_derive(Module, attributes(module))]
pub fn derive_module(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(&parse_macro_input!(input as DeriveInput), locate::locate).into()
}

/// The macro `einsum!` of nnx, which gives this one its `$crate` in front of its own tokens.
#[doc(hidden)]
#[proc_macro]
pub fn einsum(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    einsum::expand(input.into()).into()
}

/// The macro `dim!` of nnx, which gives this one its `$crate` in front of its own tokens.
#[doc(hidden)]
#[proc_macro]
pub fn dim(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    dim::expand(input.into()).into()
}

/// All four steps.
fn expand(input: &DeriveInput, locate: impl FnOnce() -> syn::Result<Path>) -> TokenStream {
    let context = Context::default();
    let item = Item::parse(&context, input);
    check::check(&context, &item);
    let krate = context.ok(item.attributes.krate.clone().map_or_else(locate, Ok));

    let mistakes = context.finish().err().map(syn::Error::into_compile_error);
    let names = Names::new(input);
    let implementations = krate.map(|krate| match mistakes {
        None => emit::emit(&item, &names, &krate),
        Some(_) => fallback::emit(&item, &names, &krate),
    });
    quote!(#mistakes #implementations)
}
