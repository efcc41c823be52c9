//! Pages for new users: every name in them exists, the lines for `Cargo.toml` are the same
//! everywhere, and README.md leads to all of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A file of the repository, by its path from there.
fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The identifiers in a piece of code.
fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(|c: char| c.is_alphabetic()))
}

/// The text between backticks.
fn quoted_code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The blocks of Rust of a section, which doctests compile.
fn rust(section: &str) -> String {
    let blocks = section.split("```rust\n").skip(1);
    blocks
        .map(|block| block.split_once("\n```").expect("a block ends").0)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The last cells of the rows of a section's tables.
fn last_cells(section: &str) -> Vec<&str> {
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.ends_with(" |"));
    rows.skip(1)
        .map(|row| row.trim_end_matches(" |").rsplit(" | ").next().expect("a cell"))
        .collect()
}

/// The page's snippets are doctests, see `src/lib.rs`: names in them exist.
#[test]
fn each_name_of_nnx_in_the_tables_is_used_in_a_snippet() {
    let page = read("docs/from_pytorch_and_flax.md");
    let mut checked = 0;
    for section in page.split("\n## ").skip(1) {
        let code = rust(section);
        if code.is_empty() {
            continue;
        }
        let used: BTreeSet<&str> = identifiers(&code).collect();
        for cell in last_cells(section) {
            for name in quoted_code(cell).flat_map(identifiers) {
                let title = section.lines().next().expect("a title");
                assert!(used.contains(name), "`{title}`: no snippet uses `{name}` of: {cell}");
                checked += 1;
            }
        }
    }
    assert!(checked > 400, "the tables are read: {checked} names");
}

#[test]
fn the_contents_of_a_page_are_its_headings() {
    let pages = [
        "docs/from_pytorch_and_flax.md",
        "docs/records.md",
        "docs/running.md",
        "docs/sizes_from_data.md",
        "docs/state.md",
    ];
    for page in pages {
        let text = read(page);
        let anchor = |title: &str| title.to_lowercase().replace(' ', "-").replace('\'', "");
        let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
        let headings: Vec<String> =
            headings.map(|title| format!("- [{title}](#{})", anchor(title))).collect();
        let listed: Vec<&str> = text.lines().filter(|line| line.starts_with("- [")).collect();
        assert_eq!(listed, headings, "{page}");
    }
}

/// The lines of a `Cargo.toml` that make debug builds fast, as the template has them.
#[test]
fn the_profile_is_the_same_on_every_page() {
    let profile = |text: &str, marker: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.trim_start_matches(marker).trim().to_owned());
        lines.skip_while(|line| !line.starts_with("[profile.dev.package.\"*\"]")).take(2).collect()
    };
    let expected = profile(&read("template/Cargo.toml"), "");
    assert_eq!(expected.len(), 2, "{expected:?}");
    assert!(expected[1].starts_with("opt-level = "), "{expected:?}");
    for page in ["README.md", "docs/tutorial.md", "docs/running.md", "src/lib.rs"] {
        assert_eq!(profile(&read(page), "//!"), expected, "{page}");
    }
}

/// Pages outside of `docs`.
const MORE_PAGES: [&str; 9] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "template/README.md",
    "nnx-core/README.md",
    "nnx-derive/README.md",
    "nnx-models/README.md",
    "nnx-train/README.md",
];

/// README.md links to each page of `docs`, and links in pages lead to files that exist.
#[test]
fn links_lead_somewhere_and_the_readme_has_all_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = fs::read_dir(root.join("docs")).expect("docs").map(|entry| {
        let name = entry.expect("an entry").file_name().into_string().expect("a name in UTF-8");
        format!("docs/{name}")
    });
    let pages: Vec<String> = names.filter(|name| name.ends_with(".md")).collect();
    let readme = read("README.md");
    for page in &pages {
        assert!(readme.contains(&format!("]({page})")), "README.md links to {page}");
    }
    for page in pages.iter().map(String::as_str).chain(MORE_PAGES) {
        let text = read(page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if link.starts_with("http") || file.contains(char::is_whitespace) || file.contains(',')
            {
                continue;
            }
            let target = match file {
                "" => root.join(page),
                file => root.join(page).parent().expect("a directory").join(file),
            };
            assert!(target.exists(), "{page}: {link} leads nowhere");
            if !anchor.is_empty() {
                let text = fs::read_to_string(&target).expect("a page");
                let found = text.lines().filter(|line| line.starts_with('#')).any(|line| {
                    let title = line.trim_start_matches('#').trim().to_lowercase();
                    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
                    title.chars().filter(kept).collect::<String>().replace(' ', "-") == anchor
                });
                assert!(found, "{page}: {link}: no such heading");
            }
        }
    }
}
