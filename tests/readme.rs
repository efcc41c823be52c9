//! What the README shows of a compile error is what the compiler says, and its network is the example's.

use std::fs;
use std::path::Path;

/// A file of the repository, by its path from there.
fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Behind a comment `<!-- error: FILE -->` stands a block of text: the file's first lines, word for word.
///
/// The block may stop after any line. The files are those that the test `ui` holds against the compiler.
#[test]
fn errors_are_quoted_word_for_word() {
    let readme = read("README.md");
    let mut files = Vec::new();
    for section in readme.split("<!-- error: ").skip(1) {
        let (file, rest) =
            section.split_once(" -->\n").expect("`<!-- error: FILE -->` ends its line");
        let block = rest.strip_prefix("```text\n").unwrap_or_else(|| {
            panic!("README.md: behind `<!-- error: {file} -->` the next line is \"```text\"")
        });
        let (quoted, _) = block.split_once("\n```\n").expect("a block of text ends with \"```\"");
        let message = read(file);
        let said: Vec<&str> = message.lines().take(quoted.lines().count()).collect();
        assert_eq!(
            quoted.lines().collect::<Vec<_>>(),
            said,
            "README.md on the left, {file} on the right"
        );
        files.push(file);
    }
    assert_eq!(files, ["tests/ui/flatten/tutorial_cnn.stderr"], "the errors that README.md quotes");
}

/// The error is that of `examples/mnist.rs`, where one size is wrong.
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
