//! Golden expansions: each file in `tests/goldens` is an item with its expansion below it.
//!
//! `UPDATE_GOLDENS=1 cargo test -p nnx-derive` rewrites them; a new file needs the item only.

use std::path::PathBuf;
use std::{env, fs};

use quote::ToTokens;
use syn::{DeriveInput, File, parse_quote};

#[test]
fn expansions_are_golden() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let update = env::var_os("UPDATE_GOLDENS").is_some();
    let mut stale = Vec::new();
    for file in files {
        let golden = fs::read_to_string(&file).unwrap();
        let expanded = expanded(&golden);
        if update {
            fs::write(&file, expanded).unwrap();
        } else if golden != expanded {
            stale.push(format!("{}\n{expanded}", file.display()));
        }
    }
    assert!(stale.is_empty(), "set UPDATE_GOLDENS=1 if these are right:\n\n{}", stale.join("\n"));
}

/// The first item of the file, and its expansion.
fn expanded(golden: &str) -> String {
    let item = syn::parse_file(golden).unwrap().items.swap_remove(0);
    let mut input: DeriveInput = syn::parse2(item.to_token_stream()).unwrap();
    // rustc passes a derive its helper attributes, but not the `derive` attribute.
    input.attrs.retain(|attribute| !attribute.path().is_ident("derive"));
    let expansion = crate::expand(&input, || Ok(parse_quote!(::nnx)));
    let expansion: File = syn::parse2(expansion).unwrap();
    let item = prettyplease::unparse(&File { items: vec![item], ..expansion.clone() });
    format!("{item}\n{}", prettyplease::unparse(&expansion))
}
