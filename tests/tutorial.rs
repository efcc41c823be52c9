//! The compile errors in docs/tutorial.md are those of the compiler. Its snippets are doctests, see
//! `src/lib.rs`.
//!
//! `UPDATE_PAGES=1 cargo test --test tutorial` copies changed messages into the page.

mod quotes;

use quotes::{quoted, read, update};

const PAGE: &str = "docs/tutorial.md";

/// Each pitfall that the compiler finds is shown by its message, and the wrong flatten.
#[test]
fn errors_are_quoted_word_for_word() {
    update(PAGE);
    let files = [
        "not_a_module/tensor",
        "training/streams_forgotten",
        "training/pass_forgotten",
        "training/commit_of_shared",
        "training/model_from_outside",
        "loss/column_against_row",
        "flatten/tutorial_cnn",
    ];
    let expected = files.map(|file| format!("tests/ui/{file}.stderr"));
    assert_eq!(quoted(PAGE, &read(PAGE)), expected);
}

/// The list of sections links to each of them, in order.
#[test]
fn the_contents_are_the_headings() {
    let page = read(PAGE);
    let link = |title: &str| format!("- [{title}](#{})", title.to_lowercase().replace(' ', "-"));
    let headings: Vec<String> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).map(link).collect();
    let listed: Vec<&str> = page
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("- ["))
        .collect();
    let (last, headings) = headings.split_last().expect("sections");
    assert_eq!(listed, headings);
    assert!(last.contains("Where to go"), "{last}");
}
