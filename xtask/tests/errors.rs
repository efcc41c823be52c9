//! An error's message has the text of its cause, or its `source()` is the cause: not both, or a report of the whole chain,
//! such as that of `anyhow`, says it twice.

mod files;

use files::files;

/// The variants whose message contains their source, each as the text from its `#[error(` on. A source is a field
/// `source`, or one with the attribute `#[source]` or `#[from]`.
fn repeated(text: &str) -> Vec<&str> {
    let variants = text.split("#[error(").skip(1);
    let repeats = |variant: &&str| {
        let (message, fields) = variant.split_once(")]\n").unwrap_or((variant, ""));
        let named = message.contains("{source}");
        let first = message.contains("{0}") && {
            let line = fields.lines().next().unwrap_or_default();
            line.contains("(#[source]") || line.contains("(#[from]")
        };
        named || first
    };
    variants.filter(repeats).collect()
}

#[test]
fn no_message_repeats_its_source() {
    let folders = ["nnx-core/src", "nnx-models/src", "nnx-train/src"];
    let sources: Vec<_> = folders.iter().flat_map(|folder| files(folder, "rs")).collect();
    assert!(sources.iter().any(|(_, text)| text.contains("#[error(")));
    for (file, text) in &sources {
        assert_eq!(repeated(text), [] as [&str; 0], "{file}: name the field `cause`");
    }
}

#[test]
fn repeated_sources_are_found() {
    let bad =
        "#[error(\"{file}: {source}\")]\nA { source: E },\n#[error(\"{0}\")]\nB(#[from] E),\n";
    assert_eq!(repeated(bad).len(), 2);
    let good =
        "#[error(\"{file}: {cause}\")]\nA { cause: E },\n#[error(\"bad\")]\nB(#[source] E),\n";
    assert_eq!(repeated(good).len(), 0);
}
