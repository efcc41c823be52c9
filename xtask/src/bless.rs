//! `bless` and `goldens`: write the expected results of tests again. Read the difference before you commit it.

use std::env;
use std::process::{Command, Stdio};

use crate::steps::{Failed, Line, Steps, command};

/// A kind of goldens that Rust makes.
struct Golden {
    name: &'static str,
    files: &'static str,
    /// The variable that lets the command write, and its value.
    variable: (&'static str, &'static str),
    command: &'static str,
    /// The command for some of them: `FILTER` stands for the filter.
    filtered: Option<&'static str>,
}

/// The goldens in the order in which they are written: `pages` quotes the messages of `ui`.
const GOLDENS: [Golden; 9] = [
    Golden {
        name: "derive",
        files: "nnx-derive/tests/goldens",
        variable: ("UPDATE_GOLDENS", "1"),
        command: "cargo test --package nnx-derive --lib goldens",
        filtered: None,
    },
    Golden {
        name: "ui",
        files: "tests/ui",
        variable: ("TRYBUILD", "overwrite"),
        command: "cargo test --package nnx --test ui -- mistakes",
        filtered: Some("cargo test --package nnx --test ui -- mistakes trybuild=FILTER"),
    },
    Golden {
        name: "features",
        files: "tests/ui_features",
        variable: ("TRYBUILD", "overwrite"),
        command: "cargo test --package nnx --features linalg,fft --test ui -- mistakes_with_features",
        filtered: Some(
            "cargo test --package nnx --features linalg,fft --test ui -- mistakes_with_features trybuild=FILTER",
        ),
    },
    Golden {
        name: "build",
        files: "tests/build tests/build_features",
        variable: ("TRYBUILD", "overwrite"),
        command: "cargo test --package nnx --features linalg,fft --test ui -- computed_sizes",
        filtered: None,
    },
    Golden {
        name: "pages",
        files: "docs README.md",
        variable: ("UPDATE_PAGES", "1"),
        command: "cargo test --package nnx --test errors_page --test readme --test tutorial",
        filtered: Some("cargo test --package nnx --test FILTER"),
    },
    Golden {
        name: "instructions",
        files: "benches/instructions.csv",
        variable: ("UPDATE", "1"),
        command: ".ci/instructions",
        filtered: None,
    },
    Golden {
        name: "programs",
        files: "tests/models/programs",
        variable: ("UPDATE_PROGRAMS", "1"),
        command: "cargo test --package nnx --test models -- trained",
        filtered: None,
    },
    Golden {
        name: "exports",
        files: "tests/goldens",
        variable: ("UPDATE_EXPORTS", "1"),
        command: "cargo test --package nnx --test io -- export",
        filtered: None,
    },
    Golden {
        name: "plans",
        files: "tests/goldens/plans.txt",
        variable: ("UPDATE_PLANS", "1"),
        command: "cargo test --package nnx --test models -- compiled",
        filtered: None,
    },
];

impl Golden {
    fn line(&self, filter: Option<&str>) -> Result<Line, Failed> {
        let words = match (filter, self.filtered) {
            (None, _) => self.command.to_owned(),
            (Some(filter), Some(words)) => words.replace("FILTER", filter),
            (Some(filter), None) => {
                return Err(Failed(format!(
                    "`bless {}` takes no filter, found `{filter}`",
                    self.name
                )));
            }
        };
        let (variable, value) = self.variable;
        Ok(command(&words).env(variable, value))
    }

    fn bless(&self, steps: &mut Steps, filter: Option<&str>) -> Result<(), Failed> {
        steps.run(self.line(filter)?)?;
        changes(steps, self.files)
    }
}

pub(crate) fn all(steps: &mut Steps) -> Result<(), Failed> {
    GOLDENS.iter().try_for_each(|golden| golden.bless(steps, None))
}

pub(crate) fn one(steps: &mut Steps, name: &str, filter: Option<&str>) -> Result<(), Failed> {
    let Some(golden) = GOLDENS.iter().find(|golden| golden.name == name) else {
        let names: Vec<&str> = GOLDENS.iter().map(|golden| golden.name).collect();
        return Err(Failed(format!(
            "no goldens are called `{name}`: expected {}",
            names.join(", ")
        )));
    };
    golden.bless(steps, filter)
}

/// The goldens that Python makes.
pub(crate) fn goldens(steps: &mut Steps, families: &[&str]) -> Result<(), Failed> {
    let python = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut import = Command::new(&python);
    import.args(["-c", "import flax, jax, optax, safetensors"]).stderr(Stdio::null());
    if !import.status().is_ok_and(|status| status.success()) {
        return Err(Failed(format!(
            "`{python}` doesn't have jax, flax, optax and safetensors. tests/goldens/README.md says how to install \
             them; then:\n\n    PYTHON=/tmp/oracle/bin/python cargo xtask goldens"
        )));
    }
    steps.run(command(&python).args(["tests/goldens/make.py"]).args(families))?;
    changes(steps, "tests/goldens")
}

/// Prints which files have changed, and which are new.
fn changes(steps: &mut Steps, files: &str) -> Result<(), Failed> {
    steps.run(command("git --no-pager diff --stat --").args(files.split(' ')))?;
    steps.run(command("git status --short --").args(files.split(' ')))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::GOLDENS;

    /// The sources of a folder, without what cargo has built.
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match path.is_dir() {
                true if name == "target" || name == "xtask" || name.starts_with('.') => {}
                true => sources(&path, found),
                false => found.extend(name.ends_with(".rs").then_some(path)),
            }
        }
    }

    #[test]
    fn the_usage_names_all_goldens() {
        let names: Vec<&str> = GOLDENS.iter().map(|golden| golden.name).collect();
        let line = names.join(", ");
        assert!(crate::USAGE.contains(&format!(" {line}\n")), "expected a line `{line}`");
    }

    /// A test that can write its goldens reads a variable `UPDATE..`.
    #[test]
    fn every_golden_that_a_test_can_write_is_listed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let mut files = Vec::new();
        sources(root, &mut files);
        let mut read = 0;
        for file in files {
            let text = fs::read_to_string(&file).expect("a source");
            for rest in text.split("\"UPDATE").skip(1) {
                let variable = format!("UPDATE{}", rest.split('"').next().unwrap_or_default());
                let listed = GOLDENS.iter().any(|golden| golden.variable.0 == variable);
                assert!(listed, "{}: `bless` has no goldens by {variable}", file.display());
                read += 1;
            }
        }
        assert!(read >= 3, "{read} places read a variable");
    }

    #[test]
    fn every_folder_of_messages_is_written() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let ui = fs::read_to_string(root.join("tests/ui.rs")).expect("the tests of messages");
        let folders: Vec<&str> = ui
            .split(|c: char| c.is_whitespace() || "\"(),;[]*".contains(c))
            .map(|word| word.trim_end_matches('/'))
            .filter(|word| word.starts_with("tests/ui") || word.starts_with("tests/build"))
            .filter(|word| root.join(word).is_dir())
            .collect();
        assert!(folders.contains(&"tests/build_features"), "{folders:?}");
        for folder in folders {
            let listed = GOLDENS.iter().any(|golden| {
                golden.variable.0 == "TRYBUILD"
                    && golden
                        .files
                        .split(' ')
                        .any(|f| folder.starts_with(&format!("{f}/")) || f == folder)
            });
            assert!(listed, "`bless` doesn't write {folder}");
        }
    }

    #[test]
    fn a_filter_goes_into_the_command() {
        let line = |name: &str, filter| {
            let golden = GOLDENS.iter().find(|golden| golden.name == name).expect("goldens");
            golden.line(filter).map(|line| line.to_string())
        };
        let ui = "TRYBUILD=overwrite cargo test --package nnx --test ui -- mistakes";
        assert_eq!(line("ui", None).expect("a command"), ui);
        assert_eq!(
            line("ui", Some("flatten")).expect("a command"),
            format!("{ui} trybuild=flatten")
        );
        assert!(line("derive", Some("named")).is_err());
    }
}
