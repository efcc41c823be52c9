//! Pages that quote the compiler: the errors in README.md and docs/errors.md are those of the compiler.

use std::fs;
use std::path::Path;

/// A file of the repository, by its path from there.
pub(crate) fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// With `UPDATE_PAGES=1` set, writes the first lines of each message into the page that quotes it: as
/// many lines as the page shows now, or [those that explain it](explanation) where the block is empty.
pub(crate) fn update(page: &str) {
    if std::env::var_os("UPDATE_PAGES").is_none() {
        return;
    }
    let text = read(page);
    let (mut lines, mut updated) = (text.lines(), Vec::new());
    while let Some(line) = lines.next() {
        updated.push(line.to_owned());
        let file = line.strip_prefix("<!-- error: ").and_then(|rest| rest.strip_suffix(" -->"));
        if let Some(file) = file {
            updated.push(lines.next().expect("a block of text").to_owned());
            let shown = lines.by_ref().take_while(|line| *line != "```").count();
            let message = read(file);
            let shown = if shown == 0 { explanation(&message) } else { shown };
            updated.extend(message.lines().take(shown).map(str::to_owned));
            updated.push("```".to_owned());
        }
    }
    write(page, &updated);
}

/// How many lines of a message the page quotes: the first error, up to its last note before rustc's own help.
fn explanation(message: &str) -> usize {
    let first = message.lines().take_while(|line| !line.is_empty());
    let lines: Vec<&str> = first.take_while(|line| !line.starts_with("help:")).collect();
    let note = |line: &&str| line.trim_start().starts_with("= note:");
    lines.iter().rposition(note).map_or(lines.len(), |last| last + 1)
}

#[test]
fn an_explanation_ends_with_the_last_note_of_the_first_error() {
    let message = "error: a\n |\n = note: b\n = note: c\n |\nhelp: d\n = note: e\n\nerror: f\n";
    assert_eq!(explanation(message), 4);
    assert_eq!(explanation("error: a\n |\nhelp: d\n"), 2);
    assert_eq!(explanation("error: a\n |\n | b\n\nerror: f\n"), 3);
}

/// Puts these lines into a file of the repository.
pub(crate) fn write(path: &str, lines: &[String]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::write(&file, lines.join("\n") + "\n").expect("the page can be written");
}

/// The files of the comments `<!-- error: FILE -->` of a page, or of a part of it.
///
/// A block of text follows each comment: the file's first lines, word for word. It may stop after
/// any line. The files are those that the test `ui` holds against the compiler.
pub(crate) fn quoted<'p>(name: &str, page: &'p str) -> Vec<&'p str> {
    let mut files = Vec::new();
    for section in page.split("<!-- error: ").skip(1) {
        let (file, rest) =
            section.split_once(" -->\n").expect("`<!-- error: FILE -->` ends its line");
        let block = rest.strip_prefix("```text\n").unwrap_or_else(|| {
            panic!("{name}: behind `<!-- error: {file} -->` the next line is \"```text\"")
        });
        assert!(
            !block.starts_with("```"),
            "{name}: the message of {file} is empty; `cargo xtask bless pages {name}` fills it in"
        );
        let (quoted, _) = block.split_once("\n```\n").expect("a block of text ends with \"```\"");
        let message = read(file);
        let said: Vec<&str> = message.lines().take(quoted.lines().count()).collect();
        assert_eq!(
            quoted.lines().collect::<Vec<_>>(),
            said,
            "{name} on the left, {file} on the right"
        );
        files.push(file);
    }
    files
}
