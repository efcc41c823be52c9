//! Mistakes that don't compile, and the compiler's messages: one folder for a kind, one mistake for a file.
//!
//! `TRYBUILD=overwrite cargo test --test ui` writes the messages again: read each one. They are a product,
//! and they are rustc 1.95's, see `rust-toolchain.toml`.

#[test]
fn mistakes_are_reported() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}

/// Mistakes that only `cargo build` finds, since the sizes are computed from parameters: `cargo check` accepts them.
/// The case that is right makes trybuild build all of them.
#[test]
fn computed_sizes_fail_in_the_build() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/build/right.rs");
    for entry in std::fs::read_dir("tests/build").expect("the cases") {
        let file = entry.expect("an entry").path();
        let is_wrong = file.file_stem().is_some_and(|name| name != "right");
        if is_wrong && file.extension().is_some_and(|extension| extension == "rs") {
            cases.compile_fail(file);
        }
    }
    if cfg!(all(feature = "linalg", feature = "fft")) {
        cases.compile_fail("tests/build_features/*.rs");
    }
}

/// A case without an error of its own would be a guard that nobody checks, and that panics when the program runs.
#[test]
fn each_guard_that_at_build_satisfies_fails_in_the_build() {
    for folder in ["tests/build", "tests/build_features"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let read = |file| std::fs::read_to_string(folder.join(file)).expect("a file of the case");
        let (cases, errors) = (read("guards.rs"), read("guards.stderr"));
        let (cases, errors) = (cases.matches("let _ =").count(), errors.matches("error[").count());
        assert!(cases > 5 && cases == errors, "{cases} cases, {errors} errors");
    }
}

/// The cases of a feature: `cargo test --test ui --features linalg,fft`.
#[test]
#[cfg(all(feature = "linalg", feature = "fft"))]
fn mistakes_with_features_are_reported() {
    trybuild::TestCases::new().compile_fail("tests/ui_features/*/*.rs");
}

/// A macro that falls through its rules says nothing about the mistake.
#[test]
fn no_message_is_about_the_rules_of_a_macro() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/macros");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).expect("the cases") {
        let file = entry.expect("an entry").path();
        if file.extension().is_some_and(|extension| extension == "stderr") {
            let text = std::fs::read_to_string(&file).expect("a message");
            for phrase in ["recursion limit", "no rules expected", "unexpected end of macro"] {
                assert!(!text.contains(phrase), "{}: {phrase}", file.display());
            }
            read += 1;
        }
    }
    assert!(read > 0, "no case is read");
}
