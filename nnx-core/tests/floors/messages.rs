//! Messages of the lowest floors name operations and no layers, which are declared above them.

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// The text of each source of a floor, by its path.
fn texts(floor: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(floor), &mut found);
    found
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).expect("a source")))
        .collect()
}

/// The public structs of a source.
fn structs(text: &str) -> Vec<&str> {
    let names = text.lines().filter_map(|line| line.strip_prefix("pub struct "));
    names.map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().expect("a name")).collect()
}

/// The lines of code that quote one of these names, as `` `Conv` `` or `` `Conv<..>` `` in a message.
fn quoting<'a>(text: &'a str, names: &[&str]) -> Vec<&'a str> {
    let code = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let quotes = |line: &&str| {
        let quoted =
            |name: &&str| ["`", "<"].iter().any(|end| line.contains(&format!("`{name}{end}")));
        names.iter().any(quoted)
    };
    code.filter(quotes).collect()
}

#[test]
fn messages_of_the_lowest_floors_name_no_layers() {
    let layers = texts("nn");
    let names: Vec<&str> = layers.iter().flat_map(|(_, text)| structs(text)).collect();
    assert!(names.contains(&"Conv") && names.contains(&"GroupNorm"), "{names:?}");
    for floor in ["size", "kernel", "files", "random", "array"] {
        for (path, text) in texts(floor) {
            let lines = quoting(&text, &names);
            assert!(lines.is_empty(), "{}: name the operation: {lines:#?}", path.display());
        }
    }
    let found = |text| quoting(text, &["Conv", "Linear"]).len();
    assert_eq!(found("note = \"write `Conv<{Self}, ..>`\""), 1);
    assert_eq!(found("panic!(\"`Linear` takes {x}\")"), 1);
    assert_eq!(found("/// `Conv<C, C>`\nfn f() { \"`Convolution` of `ConvShape`\" }"), 0);
}
