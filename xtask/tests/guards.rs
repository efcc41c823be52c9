//! Each check of sizes that is left to `cargo build` has a case in `tests/build` that fails at it.
//!
//! A guard holds for `AtBuild`, on the promise that the build checks it. A check that no function evaluates, or that no
//! case reaches, would break this promise in silence. The messages next to the cases quote the lines of the
//! library at which the build failed: the lines of all checks have to be among them.

use std::collections::BTreeMap;

mod files;

use files::files;

/// Lines of a file, by its path from the root, with how often each occurs.
type Lines = BTreeMap<(String, String), usize>;

/// Whether a line of code evaluates a check: the constant of a guard, the geometry of windows, which contains checks,
/// or a function that fails the build.
fn is_check(line: &str) -> bool {
    let declares = line.starts_with("const CHECKED: ()")
        && (line.ends_with('{')
            || line.ends_with("CHECKED: ();")
            || line.ends_with(" =")
            || line.ends_with("= ();"));
    // `assert_divides::<A, D>()`, but not `assert_eq!(..)`.
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut calls = line.split("assert_").skip(1);
    let evaluates = ["CHECKED", ">::WINDOW,", ">::WINDOWS"].iter().any(|end| line.contains(end))
        || calls.any(|rest| rest.trim_start_matches(is_word).starts_with("::<"));
    let is_code =
        !line.starts_with("//") && !line.starts_with("use ") && !line.contains("const fn ");
    is_code && evaluates && !declares
}

/// The checks of nnx-core. Kernels know no sizes of types.
fn checks() -> Lines {
    let mut lines = Lines::new();
    let of_sizes = |(file, _): &(String, String)| !file.starts_with("nnx-core/src/kernel/");
    for (file, text) in files("nnx-core/src", "rs").into_iter().filter(of_sizes) {
        let code = text.split("\n#[cfg(test)]\nmod ").next().expect("a first part");
        for line in code.lines().map(str::trim).filter(|line| is_check(line)) {
            *lines.entry((file.clone(), line.to_owned())).or_default() += 1;
        }
    }
    lines
}

/// The lines that a message of the compiler quotes.
fn add_quoted(message: &str, lines: &mut Lines) {
    let mut file = String::new();
    for line in message.lines().map(str::trim) {
        if let Some(path) = line.strip_prefix("--> ") {
            file = path.to_owned();
        } else if let Some(quoted) = line.strip_prefix('|') {
            // `/` and `|` are the margin of an underlined block.
            let quoted = quoted.trim_start_matches([' ', '/', '|']);
            *lines.entry((file.clone(), quoted.to_owned())).or_default() += 1;
        }
    }
}

#[test]
fn each_check_of_sizes_in_the_build_has_a_case_that_fails_at_it() {
    let mut quoted = Lines::new();
    for folder in ["tests/build", "tests/build_features"] {
        files(folder, "stderr").iter().for_each(|(_, message)| add_quoted(message, &mut quoted));
    }
    let checks = checks();
    assert!(checks.len() > 60, "{} checks were found", checks.len());
    let missing: Vec<String> = checks
        .iter()
        .filter(|(line, count)| quoted.get(line).is_none_or(|found| found < count))
        .map(|((file, line), _)| format!("{file}: {line}"))
        .collect();
    assert!(
        missing.is_empty(),
        "no case of tests/build/guards.rs fails at these checks, by the messages next to it; write one for each, then run \
         `cargo xtask bless build`:\n{}",
        missing.join("\n")
    );
}

#[test]
fn checks_and_quoted_lines_are_recognized() {
    for line in [
        "const { S::CHECKED }",
        "const CHECKED: () = <A as DivisibleBy<N>>::CHECKED;",
        "const CHECKED: () = assert_has::<S, I, K>();",
        "assert_divides_in::<In, G>(CHANNELS);",
        "let () = <G as Positive>::CHECKED;",
        "<P::Width as AxisPadding<S::Width, K::Width>>::WINDOW,",
    ] {
        assert!(is_check(line), "{line}");
    }
    for line in [
        "const CHECKED: ();",
        "const CHECKED: () = ();",
        "const CHECKED: () = {",
        "const CHECKED: () =",
        "/// `const { S::CHECKED }`",
        "use crate::size::{assert_divides, assert_has};",
        "pub(crate) const fn assert_divides<A: Dim, D: Size>() {",
        "assert_eq!(x.collect::<Vec<_>>(), y);",
        "const WINDOWS: &'static [AxisWindow];",
    ] {
        assert!(!is_check(line), "{line}");
    }
    let mut lines = Lines::new();
    let message =
        " --> a/b.rs\n  |\n  | /         const {\n  | |             let _ = X::CHECKED;\n  | |_^\n";
    add_quoted(message, &mut lines);
    assert_eq!(lines.get(&("a/b.rs".to_owned(), "let _ = X::CHECKED;".to_owned())), Some(&1));
}
