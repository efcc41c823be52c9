//! Pages that quote the compiler: what README.md and docs/errors.md show of an error is what it says.

use std::fs;
use std::path::Path;

/// A file of the repository, by its path from there.
pub(crate) fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The files behind the comments `<!-- error: FILE -->` of a page, or of a part of it.
///
/// Behind each comment stands a block of text: the file's first lines, word for word. It may stop after
/// any line. The files are those that the test `ui` holds against the compiler.
pub(crate) fn quoted<'p>(name: &str, page: &'p str) -> Vec<&'p str> {
    let mut files = Vec::new();
    for section in page.split("<!-- error: ").skip(1) {
        let (file, rest) =
            section.split_once(" -->\n").expect("`<!-- error: FILE -->` ends its line");
        let block = rest.strip_prefix("```text\n").unwrap_or_else(|| {
            panic!("{name}: behind `<!-- error: {file} -->` the next line is \"```text\"")
        });
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
