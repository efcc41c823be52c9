//! The path to nnx in the user's crate.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::Span;
use syn::{Ident, Path, parse_quote};

/// The crates with the trait `Module`, in order of preference: nnx, or nnx-core where it is used alone.
const CRATES: [&str; 2] = ["nnx", "nnx-core"];

/// The crate with the trait `Collate`.
const TRAIN: [&str; 1] = ["nnx-train"];

/// The path to nnx, with its name in the user's `Cargo.toml`.
///
/// The path is the same in nnx itself: each of its crates declares `extern crate self` with its own name, and examples,
/// tests and doctests use that name anyway.
pub(crate) fn find() -> syn::Result<Path> {
    find_with(&CRATES, "module", |krate| crate_name(krate).ok())
}

/// The path to nnx-train, found like the path to nnx.
pub(crate) fn find_train() -> syn::Result<Path> {
    find_with(&TRAIN, "collate", |krate| crate_name(krate).ok())
}

/// The path to the crate with operations, which is `ops` of nnx, too.
pub(crate) fn find_core() -> syn::Result<Path> {
    find_with(&CRATES, "attribute", |krate| crate_name(krate).ok())
}

/// The first of these crates, by a function that looks up a dependency. The attribute is named in the error.
fn find_with(
    crates: &[&str],
    attribute: &str,
    lookup: impl Fn(&str) -> Option<FoundCrate>,
) -> syn::Result<Path> {
    let found = crates.iter().find_map(|krate| match lookup(krate)? {
        FoundCrate::Itself => Some(krate.replace('-', "_")),
        FoundCrate::Name(name) => Some(name),
    });
    let Some(name) = found else {
        let first = crates[0];
        let message = format!(
            "`{first}` is not among the dependencies in this crate's `Cargo.toml`: \
             add it with `cargo add {first}`, \
             or say where it is with `#[{attribute}(crate = path::to::{})]`",
            first.replace('-', "_")
        );
        return Err(syn::Error::new(Span::call_site(), message));
    };
    let ident = Ident::new(&name, Span::call_site());
    Ok(parse_quote!(::#ident))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;

    #[test]
    fn a_crate_without_nnx_gets_a_message_how_to_add_it() {
        let message =
            find_with(&CRATES, "module", |_| None).err().expect("no dependency").to_string();
        assert!(message.starts_with("`nnx` is not among the dependencies"), "{message}");
        let message =
            find_with(&TRAIN, "collate", |_| None).err().expect("no dependency").to_string();
        assert_eq!(
            message,
            "`nnx-train` is not among the dependencies in this crate's `Cargo.toml`: add it with \
             `cargo add nnx-train`, or say where it is with `#[collate(crate = path::to::nnx_train)]`"
        );
    }

    #[test]
    fn nnx_comes_before_nnx_core_and_each_has_its_name_in_cargo_toml() {
        let name = |krate: &str| Some(FoundCrate::Name(krate.replace('-', "_")));
        let both =
            find_with(&CRATES, "module", name).expect("found").into_token_stream().to_string();
        assert_eq!(both, ":: nnx");
        let core =
            |krate: &str| (krate == "nnx-core").then(|| FoundCrate::Name("renamed".to_owned()));
        let core =
            find_with(&CRATES, "module", core).expect("found").into_token_stream().to_string();
        assert_eq!(core, ":: renamed");
    }
}
