//! The procedural macros of nnx: `#[derive(Module)]`, which makes a struct of layers a module, `einsum!` and
//! `dim!`, and `#[derive(Collate)]` of nnx-train.
//!
//! Use them through nnx, which exports the derive together with the trait of the same name. The derive has
//! four steps:
//!
//! | step | file | does |
//! |---|---|---|
//! | parse | `parse.rs`, `attribute.rs` | reads the item and its `#[module(..)]` attributes |
//! | check | `check.rs` | checks that attributes and names are consistent |
//! | emit | `emit.rs` and its folder | expands to `impl`s of `Module`, `Init`, `Layer` and others, one a file |
//! | fallback | `fallback.rs` | expands to empty `impl`s instead, if there are mistakes |
//!
//! A `Context` collects mistakes, which are reported all at once. Some mistakes only the compiler can find, such
//! as a field that is no module or can't be made. It reports them at the field, since the tokens that cause the
//! error have the span of the field's type.
//!
//! `einsum.rs` and its folder are the macro `einsum!`, with the same steps for its own grammar, and with `call` for
//! its form as an expression; `dim.rs` is `dim!`. `collate.rs` is `#[derive(Collate)]`, `attribute_value.rs` is
//! `#[derive(AttributeValue)]`.

#![forbid(unsafe_code)]

mod attribute;
mod attribute_value;
mod check;
mod collate;
mod context;
mod crate_path;
mod dim;
mod einsum;
mod emit;
mod fallback;
#[cfg(test)]
mod goldens;
mod parse;
mod similar;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Path, parse_macro_input};

use crate::context::Context;
use crate::emit::Names;
use crate::parse::Item;

/// Makes a struct or an enum a module: its variables have paths, and `init` makes one from random streams.
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
/// boxes, maps and shared pointers of them. If this depends on a type parameter, the `impl` has the
/// bound.
///
/// `Init`: `init(rngs)` makes the fields in order from the random streams. It can be called if
/// every field has `Init` or an `init = ..` attribute; other structs need a constructor of their own.
/// An enum has it if one variant is marked `#[module(init)]`.
///
/// `Layer`, for a struct marked `#[module(sequential)]`: the fields are layers in sequence, each of which takes
/// the output of the one before it.
///
/// # Attributes
///
/// On a struct or an enum:
/// - `#[module(sequential)]` derives the forward pass of fields in sequence.
/// - `#[module(init = expression)]` makes the whole item by an expression, in which the streams are
///   `rngs: &mut Rngs`; for example `init = Self::with_width(64, rngs)`.
/// - `#[module(crate = path::to::nnx)]` is the path to nnx, if nnx isn't a dependency in `Cargo.toml`.
///
/// On a field:
/// - `#[module(init = expression)]` makes the field by an expression, which may use `rngs: &mut Rngs`.
/// - `#[module(skip)]` leaves the field out of paths and of the sequence of layers; it may have any type. Without
///   `init = ..` it is made by `Default`.
/// - `#[module(rename = "segment")]` gives it another name in paths, to fit a checkpoint. A name isn't
///   empty, has no `/`, and isn't `__metadata__`, which the safetensors format reserves.
///
/// On a variant:
/// - `#[module(init)]` marks the variant that `Init` makes.
/// - `#[module(rename = "segment")]` gives it another name in paths.
///
/// # Limits
///
/// Two generic items that contain each other don't compile ("overflow evaluating the requirement"):
/// implement `Module` by hand for one of them. An item may contain itself if it names itself by its bare
/// name, by `self::` and that name, or by `Self`: any other path counts as another item of this name.
#[proc_macro_derive(Module, attributes(module))]
pub fn derive_module(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(&parse_macro_input!(input as DeriveInput), crate_path::find).into()
}

/// Makes batches of a struct of numbers, arrays, tensors, images, labels or sequences: a struct of the same fields, with
/// `Batch` appended to its name, in which each field is the tensor of all items.
///
/// ```ignore
/// #[derive(Collate)]
/// struct Flower {
///     leaves: [f32; 4],    // FlowerBatch::leaves: Tensor![Batch, 4]
///     species: Label<U3>,  // FlowerBatch::species: Tensor![Batch; i32]
/// }
/// ```
///
/// `#[collate(crate = path::to::nnx_train)]` is the path to nnx-train, if it isn't a dependency in `Cargo.toml`.
#[proc_macro_derive(Collate, attributes(collate))]
pub fn derive_collate(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    collate::expand(&parse_macro_input!(input as DeriveInput), crate_path::find_train).into()
}

/// Makes a struct or an enum an attribute: it can be written to the file of a program, and read. See the trait
/// `AttributeValue` of nnx-core.
#[proc_macro_derive(AttributeValue, attributes(attribute))]
pub fn derive_attribute_value(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    attribute_value::expand(&parse_macro_input!(input as DeriveInput), crate_path::find_core).into()
}

/// The implementation of nnx's macro `einsum!`, which passes its `$crate` before its own tokens.
#[doc(hidden)]
#[proc_macro]
pub fn einsum(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    einsum::expand(input.into()).into()
}

/// The implementation of nnx's macro `dim!`, which passes its `$crate` before its own tokens.
#[doc(hidden)]
#[proc_macro]
pub fn dim(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    dim::expand(input.into()).into()
}

/// The size of a static axis of nnx's macro `axis!`, which passes its `$crate` and a constant before the expression.
#[doc(hidden)]
#[proc_macro]
pub fn axis_size(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    dim::expand_axis(input.into()).into()
}

/// All four steps.
fn expand(input: &DeriveInput, find_crate: impl FnOnce() -> syn::Result<Path>) -> TokenStream {
    let context = Context::default();
    let item = Item::parse(&context, input);
    check::check(&context, &item);
    let krate = context.ok(item.attributes.krate.clone().map_or_else(find_crate, Ok));

    let mistakes = context.finish().err().map(syn::Error::into_compile_error);
    let names = Names::new(input);
    let implementations = krate.map(|krate| match mistakes {
        None => emit::emit(&item, &names, &krate),
        Some(_) => fallback::emit(&item, &names, &krate),
    });
    quote!(#mistakes #implementations)
}
