//! The pages for contributors name files, commands and names of the code that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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

/// All files of the workspace with one of these extensions, but those that are built.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root().to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                // A Cargo project within the workspace may have a target folder of its own.
                let skipped = name == "target" || name.starts_with(".git");
                folders.extend((!skipped).then_some(path));
            } else if extensions.iter().any(|extension| name.ends_with(extension)) {
                found.push(path);
            }
        }
    }
    found
}

/// The pages of the repository for all readers.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).expect("pages");
    let docs = docs.map(|entry| entry.expect("an entry").path());
    let docs = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let others = ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"];
    others.map(|page| root().join(page)).into_iter().chain(docs).collect()
}

/// The names in the sections of a manifest that are tests, benchmarks or examples.
fn targets_of(manifest: &str) -> Vec<String> {
    let mut in_target = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_target = ["[[test]]", "[[bench]]", "[[example]]"].contains(&line);
        }
        let name = line.strip_prefix("name = \"").and_then(|rest| rest.strip_suffix('"'));
        names.extend(name.filter(|_| in_target).map(str::to_owned));
    }
    names
}

/// `--test ops` and `--bench workloads`: a folder or a file of this name is among the tests and benchmarks of a crate, or in
/// its manifest.
#[test]
fn targets_of_commands_on_the_pages_exist() {
    let manifests = files(&["Cargo.toml"]);
    let manifests = manifests.iter().map(|path| fs::read_to_string(path).expect("a manifest"));
    let targets: Vec<String> = manifests.flat_map(|text| targets_of(&text)).collect();
    let sources: BTreeSet<PathBuf> = files(&[".rs"]).into_iter().collect();
    let exists = |folder: &str, name: &str| {
        let ends = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/main.rs")];
        targets.iter().any(|target| target == name)
            || sources.iter().any(|source| ends.iter().any(|end| source.ends_with(end)))
    };
    let mut read = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for line in text.lines().filter(|line| line.contains("cargo ")) {
            let words: Vec<&str> = line.split([' ', '`', ',']).collect();
            for pair in words.windows(2) {
                let folder = match pair[0] {
                    "--test" => "tests",
                    "--bench" => "benches",
                    "--example" => "examples",
                    _ => continue,
                };
                assert!(exists(folder, pair[1]), "{}: no target of: {line}", page.display());
                read += 1;
            }
        }
    }
    assert!(read > 20, "{read} targets are read");
}

/// Names on these pages that aren't of this code.
const FOREIGN: [&str; 1] = ["try_"];

/// `Operation::role`, `number_for_branch` or `ConvShape` between backticks: its words are in the code.
#[test]
fn names_on_the_pages_for_contributors_are_in_the_code() {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut known: BTreeSet<String> = BTreeSet::new();
    for file in files(&[".rs", ".toml", ".py"]) {
        if file.ends_with("xtask/tests/paths.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a text");
        let names = file.with_extension("");
        known.extend(names.iter().filter_map(|name| name.to_str()).map(str::to_owned));
        // A comment may name what was there once.
        let code = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
        known.extend(code.flat_map(|line| line.split(|c| !is_letter(c))).map(str::to_owned));
    }
    let mut read = 0;
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root().join(page)).expect("a page");
        for code in text.split("```").step_by(2).flat_map(|text| text.split('`').skip(1).step_by(2))
        {
            let is_name = code.chars().all(|c| is_letter(c) || c == ':')
                && code.contains(|c: char| c == '_' || c == ':' || c.is_ascii_uppercase());
            if !is_name || FOREIGN.contains(&code) {
                continue;
            }
            for word in code.split("::").filter(|word| !word.is_empty()) {
                assert!(known.contains(word), "{page}: `{code}` isn't in the code");
                read += 1;
            }
        }
    }
    assert!(read > 50, "{read} names are read");
}

#[test]
fn targets_are_told_from_packages() {
    let manifest =
        "[package]\nname = \"a\"\n\n[[bench]]\nname = \"b\"\n\n[dependencies]\nname = \"c\"\n";
    assert_eq!(targets_of(manifest), ["b"]);
}

#[test]
fn a_path_is_found_between_backticks() {
    let page = "`a/b.rs`, `level/{x,y}.rs` and `x.relu()`\n```sh\n`c/d.rs`\n```\n`mod.rs` `1..2/3` `docs/`";
    assert_eq!(paths(page), ["a/b.rs", "level/x.rs", "level/y.rs", "mod.rs", "docs/"]);
}
