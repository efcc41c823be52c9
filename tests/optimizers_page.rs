//! docs/optimizers.md: its table has every optimizer of optax, then those that optax lacks, and each name of nnx is exported. Its
//! snippet is a doctest, see `src/lib.rs`.

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
    rows_of(&read("docs/optimizers.md"))
}

fn rows_of(page: &str) -> Vec<(String, String)> {
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

/// The items that the table of optimizers in `nnx_core::optim` exports.
fn exported() -> BTreeSet<String> {
    let source = read("nnx-core/src/optim/mod.rs");
    let table = source.split("optimizers! {\n    acprop").nth(1).expect("the table of optimizers");
    let table = table.split("\n}").next().expect("the end of the table");
    // A row: `lion: prelude { lion } optim { ScaleByLion } recorded { .. };`
    let groups = ["prelude {", "optim {"].into_iter().flat_map(|group| table.split(group).skip(1));
    let names = groups.flat_map(|text| text.split('}').next().expect("an end").split(','));
    names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The exported optimizers, which are functions, that a page doesn't have; and those that it has as optax's and as none of optax's.
fn misplaced(page: &str) -> Vec<String> {
    let (others, of_optax): (Vec<_>, Vec<_>) =
        rows_of(page).into_iter().partition(|(optax, _)| optax == "none");
    let names = |rows: Vec<(String, String)>| -> BTreeSet<String> {
        rows.iter().flat_map(|(_, here)| quoted(here)).collect()
    };
    let (others, of_optax) = (names(others), names(of_optax));
    let functions = exported().into_iter().filter(|name| name.starts_with(char::is_lowercase));
    functions.filter(|name| others.contains(name) == of_optax.contains(name)).collect()
}

#[test]
fn each_exported_optimizer_is_on_the_page() {
    let functions = exported().into_iter().filter(|name| name.starts_with(char::is_lowercase));
    assert!(functions.count() > 45);
    assert_eq!(
        misplaced(&read("docs/optimizers.md")),
        [""; 0],
        "add a row to the table: behind its name in optax, or at the end behind `none`"
    );
}

#[test]
fn an_optimizer_that_optax_lacks_is_in_a_row_of_none() {
    let page = read("docs/optimizers.md");
    let row = "| `lion` | `lion` |\n";
    let without = page.replace(row, "");
    assert_eq!(misplaced(&without), ["lion"]);
    let last = "| `contrib.split_real_and_imaginary` |";
    let (before, after) = without.split_once(last).expect("the last row of optax");
    let (end, after) = after.split_once('\n').expect("the end of a row");
    let at_the_end = format!("{before}{last}{end}\n| none | `lion` |\n{after}");
    assert_eq!(misplaced(&at_the_end), [""; 0]);
    assert_eq!(misplaced(&at_the_end.replace(last, &format!("{row}{last}"))), ["lion"]);
}

#[test]
fn the_table_has_each_optimizer_of_optax_once_and_in_order() {
    let rows = rows();
    let of_optax = rows.iter().take_while(|(optax, _)| optax != "none");
    let found: Vec<&str> = of_optax.map(|(optax, _)| optax.as_str()).collect();
    let others = &rows[found.len()..];
    assert!(others.iter().all(|(optax, _)| optax == "none"), "those of optax come first");
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
    let exported = exported();
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
    let of_optax = |(optax, here): &(String, String)| optax != "none" && here.starts_with('`');
    for (optax, here) in rows().into_iter().filter(of_optax) {
        let name = quoted(&here).into_iter().next().expect("a name");
        let known = ["normalize", "evaluation_params"].contains(&name.as_str());
        assert!(
            known || compared.contains(&format!("\"{name}")),
            "{optax}: `{name}` has no golden"
        );
    }
}
