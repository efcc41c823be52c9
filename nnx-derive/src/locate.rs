//! Where the user's crate finds nnx.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::Span;
use syn::{Ident, Path, parse_quote};

/// The crates that hold the modules, by preference: the face, and the core for those who use it
/// alone.
const CRATES: [&str; 2] = ["nnx", "nnx-core"];

/// The path to nnx, under the name that the user's `Cargo.toml` gives it.
///
/// Inside nnx itself the path is the same: each of its crates declares `extern crate self` under
/// its own name, and its examples, tests and doctests know it by that name anyway.
pub(crate) fn locate() -> syn::Result<Path> {
    let located = CRATES.iter().find_map(|krate| match crate_name(krate).ok()? {
        FoundCrate::Itself => Some(krate.replace('-', "_")),
        FoundCrate::Name(name) => Some(name),
    });
    let Some(name) = located else {
        let message = "`nnx` is not among the dependencies in this crate's `Cargo.toml`: \
                       add it with `cargo add nnx`, \
                       or say where it is with `#[module(crate = path::to::nnx)]`";
        return Err(syn::Error::new(Span::call_site(), message));
    };
    let ident = Ident::new(&name, Span::call_site());
    Ok(parse_quote!(::#ident))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_crate_without_nnx_is_told_to_add_it() {
        // This very crate: nnx depends on it, and not the other way round.
        let message = super::locate().err().unwrap().to_string();
        assert!(message.starts_with("`nnx` is not among the dependencies"), "{message}");
    }
}
