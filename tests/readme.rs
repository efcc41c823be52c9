//! The compile error in the README is that of the compiler, its network is that of the example, and its table has
//! all programs.

mod quotes;

use quotes::{quoted, read, update};

#[test]
fn errors_are_quoted_word_for_word() {
    update("README.md");
    let files = ["tests/ui/flatten/tutorial_cnn.stderr"];
    assert_eq!(quoted("README.md", &read("README.md")), files, "the errors that README.md quotes");
}

/// The error is that of `examples/mnist.rs` with one wrong size.
#[test]
fn the_error_is_the_examples() {
    let network = |file: &str| {
        let source = read(file);
        let start = source.find("#[derive(Module)]").expect("the network");
        let end = source[start..].find("\n}\n\nimpl").expect("its fields") + start;
        let end = source[end + 3..].find("\n}\n").expect("its forward pass") + end + 3;
        source[start..end].to_owned()
    };
    let example = network("examples/mnist.rs");
    let wrong = example.replace("dim!(64 * 7 * 7)", "dim!(64 * 5 * 5)");
    assert_ne!(wrong, example, "the size to get wrong");
    assert_eq!(network("tests/ui/flatten/tutorial_cnn.rs"), wrong);
}

/// Examples with a number are a course; the others are whole programs, with a row in the table. (That CI runs
/// them is a matter of `xtask/src/examples.rs`, which refuses a program that it doesn't know.)
#[test]
fn each_program_has_one_row() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let names = std::fs::read_dir(examples).expect("examples").map(|entry| {
        let name = entry.expect("an entry").file_name().into_string().expect("a name in UTF-8");
        name.strip_suffix(".rs").map(str::to_owned)
    });
    let programs: Vec<String> = names
        .flatten()
        .filter(|name| !name.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    assert!(programs.iter().any(|name| name == "mlp"), "{programs:?}");
    let page = read("README.md");
    for name in programs {
        let row = format!("| [examples/{name}.rs](examples/{name}.rs) | ");
        assert_eq!(page.matches(&row).count(), 1, "rows of {name} in README.md");
    }
}
