//! Folders of `src` are floors: a floor imports those below it only, and `kernel` alone has unsafe code.
//!
//! Comments, strings and tests are skipped. Paths from the root are found in `use` and in the middle of
//! code, as `crate::`, as `nnx_core::`, and as a chain of `super::` that reaches the root.

mod messages;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use source::{from_root, sources, tokens, without_tests};

/// From the ground up: a floor may import every floor of an earlier line.
const FLOORS: [&[&str]; 7] = [
    &["size", "kernel", "files", "random"],
    &["array"],
    &["ops"],
    &["grad", "program"],
    &["tensor"],
    &["module"],
    &["nn", "optim", "io", "metrics"],
];
/// The files of the root, which may import all.
const ROOT_FILES: [&str; 3] = ["lib.rs", "error.rs", "operations.rs"];
/// Items of the root that every floor may name. `Error` has a variant for the errors of each floor, and callers
/// return it; `Module` is the derive macro of another crate, and `__einsum` a macro of it.
const ROOT_NAMES: [&str; 3] = ["Error", "Module", "__einsum"];
/// Upward names that are allowed: the macro `Tensor!`, next to `shape!`, writes a type in the user's crate.
const EXCEPTIONS: [(&str, &str); 1] = [("size/macros.rs", "tensor")];
/// The only floor that may contain unsafe code.
const UNSAFE: &str = "kernel";

fn height(floor: &str) -> Option<usize> {
    FLOORS.iter().position(|floors| floors.contains(&floor))
}

fn may_import(floor: &str, other: &str) -> bool {
    floor == other || (height(other).is_some() && height(other) < height(floor))
}

/// The floor of a file, and the depth of its module: 2 for `module/pass.rs`.
fn place(file: &str) -> (&str, usize) {
    let parts: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    (parts[0], parts.len() - usize::from(parts.last() == Some(&"mod")))
}

/// The floor of every exported macro: `macro_export` makes it a name of the root.
fn macros(sources: &[(String, Vec<String>)]) -> BTreeMap<String, String> {
    let mut macros = BTreeMap::new();
    for (file, tokens) in sources {
        for (i, _) in tokens.iter().enumerate().filter(|(_, token)| *token == "macro_export") {
            if let [_, _, keyword, _, name, ..] = &tokens[i..]
                && keyword == "macro_rules"
            {
                macros.insert(name.clone(), place(file).0.to_owned());
            }
        }
    }
    macros
}

/// The names that a file uses and may not use.
fn violations(
    file: &str,
    tokens: &[String],
    macros: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let (floor, depth) = place(file);
    let floor_of = |name: String| macros.get(&name).cloned().unwrap_or(name);
    let names = from_root(tokens, depth).into_iter().map(floor_of);
    names.filter(|name| !ROOT_NAMES.contains(&&**name) && !may_import(floor, name)).collect()
}

#[test]
fn a_floor_imports_lower_floors_only() {
    let sources = sources();
    let macros = macros(&sources);
    let mut found = Vec::new();
    for (file, tokens) in sources.iter().filter(|(file, _)| !ROOT_FILES.contains(&&**file)) {
        assert!(
            height(place(file).0).is_some(),
            "src/{file} is on no floor: add its folder in `FLOORS`"
        );
        for name in violations(file, tokens, &macros) {
            let exception = EXCEPTIONS.contains(&(file.as_str(), name.as_str()));
            found.extend((!exception).then(|| format!("src/{file} imports `{name}`")));
        }
    }
    assert!(found.is_empty(), "upward or sideways:\n{}", found.join("\n"));
}

#[test]
fn every_exception_is_needed() {
    let sources = sources();
    let macros = macros(&sources);
    for (file, name) in EXCEPTIONS {
        let tokens = sources.iter().find(|(other, _)| other == file).map(|(_, tokens)| tokens);
        let tokens = tokens.unwrap_or_else(|| panic!("src/{file} is gone"));
        assert!(violations(file, tokens, &macros).contains(name), "src/{file} needs no exception");
    }
}

#[test]
fn the_floors_are_the_folders_and_the_table_of_the_documentation() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = fs::read_dir(&src).expect("src").map(|entry| entry.expect("an entry"));
    let folders: BTreeSet<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("a name in UTF-8"))
        .collect();
    let floors: BTreeSet<String> =
        FLOORS.iter().flat_map(|names| names.iter()).map(ToString::to_string).collect();
    assert_eq!(folders, floors);
    let text = fs::read_to_string(src.join("lib.rs")).expect("lib.rs");
    let table: Vec<&str> = text.lines().filter(|line| line.starts_with("//! | [")).collect();
    let mut heights = Vec::new();
    for line in table {
        let first = line.split('|').nth(1).expect("a first column");
        let links = first.split('`').skip(1).step_by(2);
        let names = links.map(|link| link.trim_start_matches("mod@"));
        heights.extend(
            names.map(|name| height(name).unwrap_or_else(|| panic!("`{name}` is no floor"))),
        );
    }
    assert_eq!(heights.len(), floors.len());
    assert!(heights.is_sorted(), "from the ground: {heights:?}");
}

#[test]
fn unsafe_code_is_in_the_kernels_only() {
    let word = |tokens: &[String]| tokens.iter().any(|token| token == "unsafe");
    for (file, tokens) in sources() {
        assert!(!word(&tokens) || place(&file).0 == UNSAFE, "src/{file} is `unsafe`");
    }
    assert!(word(&tokens("fn f() { unsafe { g() } }")));
    assert!(!word(&tokens("// unsafe\n/* unsafe */ let s = \"unsafe\"; #![deny(unsafe_code)]")));
}

#[test]
fn sideways_and_upward_imports_are_refused() {
    assert!(may_import("array", "kernel") && may_import("array", "size"));
    assert!(!may_import("size", "kernel") && !may_import("kernel", "size"));
    assert!(may_import("module", "random") && !may_import("random", "array"));
    assert!(may_import("ops", "random") && !may_import("random", "kernel"));
    assert!(!may_import("ops", "grad") && !may_import("ops", "tensor"));
    assert!(may_import("io", "module") && !may_import("io", "nn") && !may_import("nn", "optim"));
    assert!(!may_import("nn", "*") && !may_import("nn", "elsewhere"));
}

/// The names from the root in the text of a module of depth 2.
fn named(text: &str) -> Vec<String> {
    let (tokens, _) = without_tests(&tokens(text));
    from_root(&tokens, 2).into_iter().collect()
}

#[test]
fn imports_are_found_however_they_are_written() {
    assert_eq!(named("use crate::array::Array;"), ["array"]);
    assert_eq!(
        named("use crate::{Error, array::{Array, Dims}, grad};"),
        ["Error", "array", "grad"]
    );
    assert_eq!(named("use std::mem; use crate::*;"), ["*"]);
    assert_eq!(named("fn f() -> nnx_core::nn::Linear { crate::io::load() }"), ["io", "nn"]);
    assert_eq!(named("use super::super::optim::Adam; use super::Pass;"), ["optim"]);
    assert_eq!(named("use super::super::{nn, io};"), ["io", "nn"]);
    assert_eq!(named("mod inner { use super::super::Pass; use super::super::super::nn; }"), ["nn"]);
    assert_eq!(named("macro_rules! m { () => { $crate::tensor::Tensor } }"), ["tensor"]);
    assert_eq!(named("let quote = '\"'; crate::io::save(); let quote = '\"';"), ["io"]);
    assert_eq!(named("fn f<'a>(x: &'a str) { crate::io::load(x) }"), ["io"]);
}

#[test]
fn comments_strings_and_tests_import_nothing() {
    let none: [&str; 0] = [];
    assert_eq!(named("//! [`nn`](crate::nn)\n/// crate::io\n/* crate::io */"), none);
    assert_eq!(named("let s = \"crate::io \\\" crate::nn\"; let r = r#\"crate::\"io\"#;"), none);
    assert_eq!(named("pub(crate) fn f() {} pub(super) fn g() {} use serde::crate_name;"), none);
    assert_eq!(
        named("#[cfg(test)] mod tests { use crate::io; fn f() { {} } } use crate::nn;"),
        ["nn"]
    );
    assert_eq!(named("#[cfg(all(test, feature = \"x\"))] mod goldens; use crate::nn;"), ["nn"]);
    let (_, files) = without_tests(&tokens("#[cfg(test)]\nmod goldens;"));
    assert_eq!(files, ["goldens"]);
}

/// Floors that may import `kernel`.
const CALL_KERNELS: [&str; 3] = ["kernel", "array", "ops"];
/// The file of another floor that may: `Real` has the kernels' trait of element types as its supertrait.
const NAME_KERNELS: [&str; 1] = ["tensor/element_types.rs"];

#[test]
fn only_arrays_and_operations_call_kernels() {
    for (file, tokens) in sources().iter().filter(|(file, _)| !ROOT_FILES.contains(&&**file)) {
        let (floor, depth) = place(file);
        let imports = from_root(tokens, depth).into_iter().any(|name| name == "kernel");
        if !CALL_KERNELS.contains(&floor) {
            let exception = NAME_KERNELS.contains(&&**file);
            assert_eq!(imports, exception, "src/{file}: call an operation instead of a kernel");
        }
    }
}

/// Floors that may write elements of arrays. (`kernel` knows no arrays.)
const WRITE_ELEMENTS: [&str; 3] = ["kernel", "array", "ops"];
/// Files of other floors that may, and why.
const WRITERS: [(&str, &str); 4] = [
    ("nn/attention/decode.rs", "an empty cache: zeros in memory of its own, to be written to"),
    ("nn/attention/mask.rs", "a comparison given as a closure of the caller"),
    ("nn/embedding/positions.rs", "a table that depends on sizes alone"),
    ("nn/embedding/rotary.rs", "a table that depends on sizes and a start alone"),
];

/// Whether a file calls a method that gives mutable access to the elements of an array.
fn writes_elements(tokens: &[String]) -> bool {
    let methods = ["make_mut", "unique_mut", "slice_assign", "slice_add"];
    let build = ["Array", "::", "build"];
    tokens.iter().any(|token| methods.contains(&&**token))
        || tokens.windows(3).any(|window| window == build)
}

#[test]
fn only_arrays_and_operations_write_elements() {
    let sources = sources();
    for (file, tokens) in sources.iter().filter(|(file, _)| !ROOT_FILES.contains(&&**file)) {
        if !WRITE_ELEMENTS.contains(&place(file).0) {
            let exception = WRITERS.iter().any(|(writer, _)| writer == file);
            assert_eq!(
                writes_elements(tokens),
                exception,
                "src/{file}: compute elements by an operation, or correct `WRITERS`"
            );
        }
    }
    for (writer, _) in WRITERS {
        assert!(sources.iter().any(|(file, _)| file == writer), "src/{writer} is gone");
    }
    // The methods still have these names.
    for name in ["build", "make_mut", "unique_mut", "slice_assign", "slice_add"] {
        let defines = |tokens: &[String]| tokens.windows(2).any(|pair| pair == ["fn", name]);
        assert!(
            sources.iter().any(|(file, tokens)| place(file).0 == "array" && defines(tokens)),
            "`array` has no `fn {name}`"
        );
    }
}

#[test]
fn writes_to_elements_are_found() {
    let found = |text: &str| writes_elements(&without_tests(&tokens(text)).0);
    assert!(found("fn f() { let x = Array::build(dims, |out| out.fill(0.0)); }"));
    assert!(found("fn f() { x.make_mut::<f32>()[0] = 1.0; }"));
    assert!(found("fn f() { if let Some(x) = x.unique_mut::<E>() {} }"));
    assert!(!found("/// Array::build\nfn f() { Builder::build(\"make_mut\"); }"));
    assert!(!found("#[cfg(test)] mod tests { fn f() { x.make_mut::<f32>(); } }"));
}

/// Floors that may draw samples: the others draw by operations, or by the initializers of `random::init`.
const DRAW: [&str; 2] = ["random", "ops"];
/// The functions that turn a key into samples.
const DISTRIBUTIONS: [&str; 10] = [
    "bernoulli",
    "categorical",
    "exponential",
    "gumbel",
    "laplace",
    "normal",
    "permutation",
    "randint",
    "truncated_normal",
    "uniform",
];

/// The distributions that a file imports from `random` itself, not from `random::init`.
fn draws(tokens: &[String]) -> Vec<String> {
    let is_distribution = |token: &String| DISTRIBUTIONS.contains(&&**token);
    let mut found = Vec::new();
    for (i, _) in tokens.iter().enumerate().filter(|(_, token)| *token == "random") {
        match &tokens[i + 1..] {
            [colons, brace, rest @ ..] if colons == "::" && brace == "{" => {
                // A name in nested braces is of a module of `random`.
                let mut depth = 1;
                for (before, token) in tokens[i + 2..].iter().zip(rest) {
                    depth += i32::from(token == "{") - i32::from(token == "}");
                    if depth == 0 {
                        break;
                    }
                    let own = depth == 1 && before != "::";
                    found.extend((own && is_distribution(token)).then(|| token.clone()));
                }
            }
            [colons, name, ..] if colons == "::" && is_distribution(name) => {
                found.push(name.clone());
            }
            _ => {}
        }
    }
    found
}

#[test]
fn random_draws_are_operations() {
    for (file, tokens) in sources().iter().filter(|(file, _)| !DRAW.contains(&place(file).0)) {
        let draws = draws(tokens);
        assert!(draws.is_empty(), "src/{file}: draw by an operation instead of {draws:?}");
    }
    let found = |text: &str| draws(&tokens(text));
    assert_eq!(found("use crate::random::{Key, bernoulli};"), ["bernoulli"]);
    assert_eq!(found("fn f() { crate::random::uniform(key, 1, 0.0, 1.0) }"), ["uniform"]);
    assert!(found("use crate::random::{Rngs, init::normal, init::{self, uniform}};").is_empty());
    assert!(found("use crate::random::init::{Initializer, normal};").is_empty());
}
