//! docs/losses.md: its table has every loss of optax and every loss that nnx exports, and no other name. Its snippets are
//! doctests, see `src/lib.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A file of the repository, by its path from there.
fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The cells of each row of the table, from the first loss on.
fn rows() -> Vec<Vec<String>> {
    let page = read("docs/losses.md");
    let table = page.split("| optax.losses |").nth(1).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| "));
    let cells = |row: &str| row.trim_matches('|').split(" | ").map(str::to_owned).collect();
    rows.map(cells).collect()
}

/// The identifiers between backticks.
fn quoted(cell: &str) -> BTreeSet<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.map(|code| code.split('(').next().expect("a name").to_owned()).collect()
}

/// The functions and the options that the table of exports of `nnx_core::nn::loss` has.
fn exported() -> BTreeSet<String> {
    let source = read("nnx-core/src/nn/loss/mod.rs");
    let table = source.split("exports! {").nth(1).expect("the table of exports");
    let table = table.split("\n}").next().expect("the end of the table");
    // A row: `focal: prelude { sigmoid_focal_loss } nn { .. };`
    let names = table.split('{').skip(1).map(|text| text.split('}').next().expect("an end"));
    let names = names.flat_map(|names| names.split(',')).map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn the_table_has_each_loss_of_optax_once_and_in_order() {
    let found: Vec<String> = rows().iter().flat_map(|row| quoted(&row[0])).collect();
    // Written by `tests/goldens/make_losses.py`.
    let names = read("tests/goldens/optax_losses.txt");
    let expected: Vec<&str> = names.lines().collect();
    assert!(expected.len() > 30, "{} losses of optax", expected.len());
    assert_eq!(found, expected);
}

#[test]
fn the_table_has_each_loss_of_nnx_and_no_other_name() {
    let found: BTreeSet<String> =
        rows().iter().flat_map(|row| quoted(row.last().expect("the name here"))).collect();
    let mut expected = exported();
    assert!(expected.len() > 40, "{} losses of nnx", expected.len());
    // A measure, and the reductions, which the page explains before the table.
    for other in ["accuracy", "masked_mean", "masked_sum"] {
        assert!(expected.remove(other), "{other} is exported");
    }
    assert_eq!(found, expected);
}
