//! docs/numpy_and_torch.md: its tables have every function of `jax.numpy`, every method of `torch.Tensor` and every module
//! of `torch.nn`, and each name of nnx in them exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use nnx::prelude::*;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository, by its path from there.
fn read(path: &str) -> String {
    let file = repository().join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Both cells of each row of the table under a heading.
fn rows(page: &str, heading: &str) -> Vec<[String; 2]> {
    let table = page.split(&format!("\n| {heading} | nnx |\n")).nth(1).expect("the table");
    let rows = table.lines().skip(1).take_while(|line| line.starts_with("| "));
    rows.map(|row| {
        let (names, here) = row.trim_matches(['|', ' ']).split_once(" | ").expect("two cells");
        [names.to_owned(), here.to_owned()]
    })
    .collect()
}

/// The text between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The tables, each with the file of the names of the library, which `tests/goldens/make_names.py` wrote.
const TABLES: [(&str, &str, usize); 3] = [
    ("jax.numpy", "tests/goldens/jax_numpy.txt", 380),
    ("torch.Tensor", "tests/goldens/torch_tensor.txt", 430),
    ("torch.nn", "tests/goldens/torch_nn.txt", 160),
];

#[test]
fn the_tables_have_each_name_of_the_libraries_once() {
    let page = read("docs/numpy_and_torch.md");
    for (heading, file, at_least) in TABLES {
        let mut found: Vec<String> = Vec::new();
        for [names, _] in rows(&page, heading) {
            found.extend(quoted(&names).map(str::to_owned));
        }
        found.sort();
        let names = read(file);
        let expected: Vec<&str> = names.lines().collect();
        assert!(expected.len() > at_least, "{} names of {heading}", expected.len());
        assert_eq!(found, expected, "{heading}");
    }
}

/// The public names of functions, types and macros in the sources of some folders.
fn defined(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            defined(&path, names);
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source file");
        // Rows of activations have their layer's name.
        let items = ["pub fn ", "pub const fn ", "pub struct ", "pub enum ", "macro_rules! "];
        for words in items.into_iter().chain(["layer { "]) {
            for rest in source.split(words).skip(1) {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                names.insert(rest[..end.unwrap_or(rest.len())].to_owned());
            }
        }
    }
}

#[test]
fn each_name_of_nnx_in_the_tables_exists() {
    let mut names = BTreeSet::new();
    for folder in ["tensor", "ops", "nn", "random", "module", "array"] {
        defined(&repository().join("nnx-core/src").join(folder), &mut names);
    }
    defined(&repository().join("nnx-models/src"), &mut names);
    // A macro writes these methods; the next test calls them. The others are macros, modules, crates and traits of Rust.
    let others = "and or xor einsum clone try_from io ndarray nalgebra linalg fft Vec Collective Explicit Circular Reflect Softmax LogSoftmax";
    names.extend(others.split(' ').map(str::to_owned));

    let page = read("docs/numpy_and_torch.md");
    let mut checked = 0;
    for (heading, ..) in TABLES {
        for [of, here] in rows(&page, heading) {
            // Expressions and types of Rust aren't names.
            let is_name = |text: &&str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
            let rust = ["x", "f32", "f64", "i32", "i64", "u32", "u8", "bool", "LN_2", "count_ones"];
            for name in quoted(&here).filter(is_name).filter(|name| !rust.contains(name)) {
                assert!(names.contains(name), "{heading}: {of}: nnx has no `{name}`");
                checked += 1;
            }
        }
    }
    assert!(checked > 500, "{checked} names");
}

/// The names under which the docs' search finds each method: its own, and those of `#[doc(alias)]` above it.
fn aliases(folder: &Path, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            aliases(&path, found);
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source file");
        let mut above: BTreeSet<String> = BTreeSet::new();
        for part in source.split_inclusive([';', '{', ']']) {
            if let Some((_, attribute)) = part.split_once("#[doc(alias") {
                let names = attribute.split('"').skip(1).step_by(2);
                above.extend(names.map(str::to_owned));
            } else if let Some((_, method)) = part.split_once("pub fn ") {
                let end = method.find(['(', '<']).unwrap_or(method.len());
                let names = found.entry(method[..end].to_owned()).or_default();
                names.append(&mut above);
                names.insert(method[..end].to_owned());
            } else if part.contains("fn ") {
                above.clear();
            }
        }
    }
}

/// The methods at the head of a cell, if they are all that it names: one method, and its forms (`max`, `max_axes`).
fn one_method(cell: &str) -> Option<Vec<&str>> {
    let (mut names, mut rest) = (Vec::new(), cell);
    while let Some((name, after)) = rest.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
        names.push(name);
        rest = after.strip_prefix(", ").unwrap_or(after);
    }
    let remarks = ["which ", "with ", "of ", ";", ":"];
    let is_remark = rest.is_empty() || remarks.iter().any(|remark| rest.starts_with(remark));
    let forms = names.iter().all(|name| name.starts_with(names[0]));
    (!names.is_empty() && is_remark && forms).then_some(names)
}

#[test]
fn the_search_of_the_docs_finds_a_method_by_its_name_in_numpy_and_in_pytorch() {
    let mut found = BTreeMap::new();
    for folder in ["tensor", "ops/elementwise"] {
        aliases(&repository().join("nnx-core/src").join(folder), &mut found);
    }
    let page = read("docs/numpy_and_torch.md");
    let (mut missing, mut checked) = (Vec::new(), 0);
    for (heading, ..) in TABLES {
        for [names, here] in rows(&page, heading) {
            // Rows without a method (macros, and functions of the standard library) are skipped.
            let Some(methods) = one_method(&here) else { continue };
            let Some(known) = found.get(methods[0]) else { continue };
            for name in quoted(&names) {
                let name = name.rsplit('.').next().unwrap_or(name);
                checked += 1;
                // The search ignores case.
                let is_known = known.contains(name) || known.contains(&name.to_lowercase());
                if !is_known && !methods.contains(&name) {
                    missing.push(format!("`{}` needs #[doc(alias = \"{name}\")]", methods[0]));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(checked > 350, "{checked} names");
}

#[test]
fn the_methods_that_macros_write_exist() {
    let (x, y) = (Tensor::from([true, false]), Tensor::from([true, true]));
    let all = x.clone().and(y.clone()).or(x.clone()).xor(y).not();
    assert_eq!(all.to_vec(), [true, false]);
    assert_eq!(x.cast::<f32>().to_vec(), [1.0, 0.0]);
}

/// Operations that take more than one step for each element of the input, or much memory.
const COSTLY: &str = "sort argsort top_k top_k_axis median median_axes quantile quantile_axes unique searchsorted bincount \
    histogram cumsum cumprod cummax cummin cumlogsumexp take_along scatter_set scatter_add scatter_max scatter_min index_add \
    index_copy take masked_select matmul gather one_hot cholesky solve triangular_solve inverse det slogdet qr svd \
    singular_values eigh eigvalsh pinv lstsq expm matrix_norm fft ifft rfft irfft stft spectrogram mel_spectrum conv \
    conv_transpose unfold fold outer categorical einsum";

#[test]
fn the_docs_of_each_costly_operation_say_what_it_costs() {
    let folder = repository().join("nnx-core/src");
    let mut sources = vec![read("nnx-core/src/nn/einsum.rs")];
    for entry in fs::read_dir(folder.join("tensor")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            sources.push(fs::read_to_string(path).expect("a source file"));
        }
    }
    // The docs of an item are the lines of comments and attributes above it.
    let has_cost = |name: &str| {
        let heads = [format!("pub fn {name}("), format!("pub fn {name}<")];
        let item = |line: &str| {
            heads.iter().any(|head| line.contains(head))
                || line == format!("macro_rules! {name} {{")
        };
        sources.iter().any(|source| {
            let lines: Vec<&str> = source.lines().collect();
            let Some(at) = lines.iter().position(|line| item(line)) else { return false };
            let docs = lines[..at].iter().rev().map(|line| line.trim_start());
            docs.take_while(|line| !line.is_empty() && *line != "}")
                .any(|line| line.starts_with("/// Cost: "))
        })
    };
    let without: Vec<&str> = COSTLY.split_whitespace().filter(|name| !has_cost(name)).collect();
    assert!(without.is_empty(), "no line `Cost: ..` in the docs of {without:?}");
}
