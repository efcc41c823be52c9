//! docs/numpy_and_torch.md: its tables have every function of `jax.numpy` and every method of `torch.Tensor`, and each
//! name of nnx in them exists.

use std::collections::BTreeSet;
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
const TABLES: [(&str, &str, usize); 2] = [
    ("jax.numpy", "tests/goldens/jax_numpy.txt", 380),
    ("torch.Tensor", "tests/goldens/torch_tensor.txt", 430),
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
        for words in ["pub fn ", "pub const fn ", "pub struct ", "pub enum ", "macro_rules! "] {
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
    // A macro writes these methods; the next test calls them. The others are macros, modules, crates and traits of Rust.
    let others = "and or xor einsum clone try_from io ndarray nalgebra linalg fft";
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

#[test]
fn the_methods_that_macros_write_exist() {
    let (x, y) = (Tensor::from([true, false]), Tensor::from([true, true]));
    let all = x.clone().and(y.clone()).or(x.clone()).xor(y).not();
    assert_eq!(all.to_vec(), [true, false]);
    assert_eq!(x.cast::<f32>().to_vec(), [1.0, 0.0]);
}
