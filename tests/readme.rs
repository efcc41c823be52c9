//! What the README shows of a compile error is what the compiler says, and its network is the example's.

mod quotes;

use quotes::{quoted, read, update};

#[test]
fn errors_are_quoted_word_for_word() {
    update("README.md");
    let files = ["tests/ui/flatten/tutorial_cnn.stderr"];
    assert_eq!(quoted("README.md", &read("README.md")), files, "the errors that README.md quotes");
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
