//! docs/optimizers.md: its table has every optimizer of optax, and each name next to them is exported. Its snippet is a
//! doctest, see `src/lib.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A file of the repository, by its path from there.
fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The two cells of each row of the table.
fn rows() -> Vec<(String, String)> {
    let page = read("docs/optimizers.md");
    let table = page.split("| optax | nnx |").nth(1).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| "));
    let cells = |row: &str| {
        let (optax, here) = row.trim_matches(['|', ' ']).split_once(" | ").expect("two cells");
        (optax.trim_matches('`').to_owned(), here.to_owned())
    };
    rows.map(cells).collect()
}

/// The identifiers between backticks, without a type before them.
fn quoted(cell: &str) -> BTreeSet<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    let name = |code: &str| {
        let name = code.split(['(', '.']).next().expect("a name");
        name.rsplit("::").next().expect("a name").to_owned()
    };
    quoted.map(name).collect()
}

#[test]
fn the_table_has_each_optimizer_of_optax_once_and_in_order() {
    let found: Vec<String> = rows().into_iter().map(|row| row.0).collect();
    // Written by `tests/goldens/make_optimizers.py`.
    let names = read("tests/goldens/optax_optimizers.txt");
    let expected: Vec<&str> = names.lines().collect();
    assert!(expected.len() > 50, "{} optimizers of optax", expected.len());
    assert_eq!(found, expected);
}

/// README says so.
#[test]
fn every_optimizer_at_the_top_of_optax_is_here() {
    for (optax, here) in rows() {
        let is_none = here.starts_with("none");
        assert!(!is_none || optax.starts_with("contrib."), "{optax}: {here}");
        assert!(!is_none || here.len() > "none".len(), "{optax}: why there is none");
    }
}

#[test]
fn each_name_beside_them_is_exported() {
    let exports = read("nnx-core/src/optim/mod.rs");
    let uses =
        exports.split("pub use ").skip(1).map(|text| text.split(';').next().expect("an end"));
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect()
    };
    let exported: BTreeSet<String> = uses.flat_map(words).collect();
    let methods = read("nnx-core/src/optim/optimizer.rs");
    // If nnx has no such optimizer, the names are those of the items that replace it.
    for (optax, here) in rows().into_iter().filter(|(_, here)| !here.starts_with("none")) {
        for name in quoted(&here) {
            let is_method = methods.contains(&format!("pub fn {name}"));
            assert!(exported.contains(&name) || is_method, "{optax}: `{name}` isn't exported");
        }
    }
}

/// The first word of each name in the table of optimizers that are compared with optax.
#[test]
fn each_of_them_is_compared_with_optax() {
    let compared = read("nnx-core/tests/optimizer_table/rows.rs") + &read("tests/flax/lbfgs.rs");
    for (optax, here) in rows().into_iter().filter(|(_, here)| here.starts_with('`')) {
        let name = quoted(&here).into_iter().next().expect("a name");
        let known = ["normalize", "evaluation_params"].contains(&name.as_str());
        assert!(
            known || compared.contains(&format!("\"{name}")),
            "{optax}: `{name}` has no golden"
        );
    }
}
