//! docs/errors.md: its messages are those of the compiler, its wrong code is that of the cases, and every
//! folder of cases has a section. Its fixes are doctests, see `src/lib.rs`.
//!
//! `UPDATE_PAGES=1 cargo test --test errors_page` takes messages that have changed over into the page.

mod quotes;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use quotes::{quoted, read, update, write};

const PAGE: &str = "docs/errors.md";

/// A section after a heading `## ..`.
struct Section<'p> {
    title: &'p str,
    text: &'p str,
    /// The messages that it quotes.
    files: Vec<&'p str>,
}

/// The sections that quote messages, in order.
fn sections(page: &str) -> Vec<Section<'_>> {
    let parts = page.split("\n## ").skip(1).map(|part| part.split_once('\n').expect("a title"));
    parts
        .map(|(title, text)| Section { title, text, files: quoted(PAGE, text) })
        .filter(|section| !section.files.is_empty())
        .collect()
}

/// `flatten` of `tests/ui/flatten/forgotten.stderr`.
fn folder(file: &str) -> &str {
    file.strip_prefix("tests/ui/").and_then(|rest| rest.split('/').next()).expect("a case")
}

/// The page, updated first if `UPDATE_PAGES` is set.
fn current() -> String {
    static UPDATED: std::sync::Once = std::sync::Once::new();
    UPDATED.call_once(|| {
        update(PAGE);
        if std::env::var_os("UPDATE_PAGES").is_some() {
            let page = read(PAGE);
            let mut listed = Some(contents(&page));
            let lines = page.lines().flat_map(|line| match line.starts_with("- [") {
                true => listed.take().unwrap_or_default(),
                false => vec![line.to_owned()],
            });
            write(PAGE, &lines.collect::<Vec<_>>());
        }
    });
    read(PAGE)
}

#[test]
fn each_folder_has_one_section() {
    let page = current();
    let sections = sections(&page);
    let told: Vec<&str> = sections.iter().map(|section| folder(section.files[0])).collect();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let folders: BTreeSet<String> = fs::read_dir(cases)
        .expect("the cases")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    assert_eq!(told.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>(), folders);
    assert_eq!(told.len(), folders.len(), "one section for each folder: {told:?}");
    assert_eq!((told.first(), told.last()), (Some(&"flatten"), Some(&"derive")));
    for section in &sections {
        let same = section.files.iter().all(|file| folder(file) == folder(section.files[0]));
        assert!(same, "`{}` quotes one folder: {:?}", section.title, section.files);
    }
}

#[test]
fn the_message_of_the_build_is_that_of_the_compiler() {
    let message = read("tests/build/group_norm.stderr");
    let page = current();
    let (_, section) = page.split_once("\n## What is checked at build time\n").expect("a section");
    assert!(section.contains(message.lines().next().expect("a message")));
    let layer = message.split("the above error was encountered while instantiating").nth(1);
    let layer = layer.and_then(|rest| rest.lines().next()).expect("the layer");
    // The page leaves out the line that says where the function is.
    let (_, layer) = layer.trim().split_once(" for ").expect("the implementation for a layer");
    assert!(section.contains(&format!(" for {layer}")), "{layer}");
}

/// A line for each message: its section, and the message's first line.
fn contents(page: &str) -> Vec<String> {
    let mut expected = Vec::new();
    for section in sections(page) {
        let anchor = section.title.to_lowercase().replace(' ', "-");
        assert!(anchor.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{anchor}");
        for file in section.files {
            let message = read(file);
            let first = message.lines().next().expect("a message");
            expected.push(format!("- [{}](#{anchor}): `` {first} ``", section.title));
        }
    }
    expected
}

#[test]
fn the_contents_list_each_message() {
    let page = current();
    let listed: Vec<&str> = page.lines().filter(|line| line.starts_with("- [")).collect();
    assert_eq!(listed, contents(&page));
}

/// The blocks of `rs` are the cases' lines, in their order; `rust` would be a doctest.
#[test]
fn wrong_code_is_that_of_the_cases() {
    let page = current();
    for section in sections(&page) {
        let cases: Vec<String> =
            section.files.iter().map(|file| read(&file.replace(".stderr", ".rs"))).collect();
        let blocks: Vec<&str> = section.text.split("```rs\n").skip(1).collect();
        assert_eq!(
            blocks.len(),
            cases.len(),
            "`{}`: a block of wrong code a message",
            section.title
        );
        for (block, case) in blocks.iter().zip(&cases) {
            let (wrong, _) = block.split_once("\n```\n").expect("a block ends with \"```\"");
            let mut lines = case.lines().map(str::trim);
            for line in wrong.lines().map(str::trim).filter(|line| !line.is_empty()) {
                assert!(
                    lines.any(|other| other == line),
                    "`{}`: not in the case: {line}",
                    section.title
                );
            }
        }
        assert!(section.text.contains("```rust\n"), "`{}` shows a fix", section.title);
    }
}
