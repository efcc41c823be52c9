//! The pages for contributors name files and commands that exist.

use std::fs;
use std::path::Path;

/// Where a path on these pages may start.
const ROOTS: [&str; 4] = ["", "nnx-core/src", "nnx-core/src/kernel", "nnx-core"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// `level/{x86,neon}.rs` as `level/x86.rs` and `level/neon.rs`.
fn expanded(path: &str) -> Vec<String> {
    let parts = path.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?)));
    match parts {
        Some((head, (names, tail))) => {
            names.split(',').map(|name| format!("{head}{name}{tail}")).collect()
        }
        None => vec![path.to_owned()],
    }
}

/// The words between backticks that look like paths: only characters of paths, and a `/` or the extension of a source
/// file.
fn paths(page: &str) -> Vec<String> {
    let mut text = String::new();
    let mut in_block = false;
    for line in page.lines() {
        let fence = line.trim_start().starts_with("```");
        in_block ^= fence;
        if !in_block && !fence {
            text += line;
            text.push('\n');
        }
    }
    let letters = |c: char| c.is_ascii_alphanumeric() || "/_-.{},".contains(c);
    let is_path = |word: &&str| {
        word.chars().all(letters)
            && !word.contains("..")
            && (word.contains('/') || word.ends_with(".rs") || word.ends_with(".py"))
    };
    text.split('`').skip(1).step_by(2).filter(is_path).flat_map(expanded).collect()
}

#[test]
fn paths_on_the_pages_for_contributors_exist() {
    for (page, least) in [("ARCHITECTURE.md", 30), ("CONTRIBUTING.md", 40), ("SECURITY.md", 3)] {
        let text = fs::read_to_string(root().join(page)).expect("a page");
        let found = paths(&text);
        assert!(found.len() >= least, "{page}: {} paths are read", found.len());
        let folders: Vec<_> = ROOTS.iter().map(|folder| root().join(folder)).collect();
        for path in found {
            let exists = folders.iter().any(|folder| {
                let full = folder.join(&path);
                // A name alone may be of a folder's file that the line names before it.
                full.exists() || (!path.contains('/') && anywhere(&root().join("nnx-core"), &path))
            });
            assert!(exists, "{page}: `{path}` doesn't exist");
        }
    }
}

/// Whether a file of this name is somewhere in a folder.
fn anywhere(folder: &Path, name: &str) -> bool {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.into_iter().any(|path| match path.is_dir() {
        true => anywhere(&path, name),
        false => path.file_name().is_some_and(|file| file == name),
    })
}

#[test]
fn tasks_on_the_pages_for_contributors_exist() {
    let main = fs::read_to_string(root().join("xtask/src/main.rs")).expect("the tasks");
    let mut read = 0;
    for page in ["CONTRIBUTING.md", "README.md", "tests/goldens/README.md"] {
        let text = fs::read_to_string(root().join(page)).expect("a page");
        for rest in text.split("cargo xtask ").skip(1) {
            let task = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().expect("a word");
            if !task.is_empty() {
                assert!(main.contains(&format!("[\"{task}\"")), "{page}: no task `{task}`");
                read += 1;
            }
        }
    }
    assert!(read > 10, "{read} tasks are read");
}

#[test]
fn a_path_is_found_between_backticks() {
    let page = "`a/b.rs`, `level/{x,y}.rs` and `x.relu()`\n```sh\n`c/d.rs`\n```\n`mod.rs` `1..2/3` `docs/`";
    assert_eq!(paths(page), ["a/b.rs", "level/x.rs", "level/y.rs", "mod.rs", "docs/"]);
}
