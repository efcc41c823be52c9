//! Checks that each operation has a row in the test table (rows of `ops/elementwise` hold their own tests): compares
//! the operations that the sources declare with those that the rows record.
//!
//! A record names its operations by their `Debug` text, `operation: Type(Variant..` or
//! `operation: Type { field: Variant..`; sources are read line by line.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::path::Path;

use nnx_core::ops::DynTensor;

use crate::gradcheck::{contracted, gradient_contracted, gradients, weights};
use crate::table::table;

/// Operations through which no gradient flows and so are in no record: tested in `values_reduction`,
/// `values_order`, `values_cumulative`, `values_counts`, `values_special`, `integers` and `draws`, `moments` with the kernels and by what `BatchNorm` gathers, `fused` by plans in `tests/modules`, the others in their files.
const UNRECORDED: [&str; 37] = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "attention_forward",
    "bernoulli",
    "bincount",
    "bitand",
    "bitor",
    "bitxor",
    "categorical",
    "compare",
    "count_nonzero",
    "cumulative_position",
    "exponential",
    "floor_divide",
    "fold_in",
    "fused",
    "gumbel",
    "histogram",
    "increment",
    "laplace",
    "minimum",
    "moments",
    "normal",
    "not",
    "permutation",
    "quantile",
    "randint",
    "recurrent_forward",
    "searchsorted",
    "shift_left",
    "shift_right",
    "top_k",
    "truncated_normal",
    "uniform",
];

/// An operation in a record: its type, and its variant where the type has several.
type Key = (String, String);

/// The identifier that a text begins with.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The first string literal of a line.
fn literal(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

/// For each operation's name, the key of its declaration in the sources.
#[derive(Default)]
struct Declared {
    names: BTreeMap<String, Key>,
    /// `impl Operation for` and rules of macros: each has to give a name.
    impls: usize,
    named: usize,
}

impl Declared {
    fn read(&mut self, source: &str) {
        // The type whose implementation the current lines belong to.
        let mut owner = String::new();
        let (mut in_name, mut in_place) = (false, false);
        for line in source.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]") {
            if line.starts_with("//") {
                continue;
            }
            if let Some((_, after)) = line.split_once("Operation for ") {
                identifier(after).clone_into(&mut owner);
                // The implementations for all rules get their names from the macros.
                self.impls += usize::from(!after.contains("<R>"));
            }
            // In-place operations aren't recorded, so they are tested in their own files.
            in_place &= !line.contains("Operation for ");
            in_place |= line.contains("impl InPlace for ");
            if in_place {
                continue;
            }
            if matches!(line, "unary! {" | "binary! {") {
                owner = if line.starts_with("unary") { "Unary" } else { "Binary" }.to_owned();
            }
            if line.contains("|at|") {
                self.impls += usize::from(matches!(owner.as_str(), "Unary" | "Binary"));
            }
            if line.starts_with("moves_elements!(") {
                self.declare(literal(line), &owner, "");
            }
            let is_rule = ["NOTHING,", "INPUTS,", "OUTPUT,", "BOTH,"]
                .iter()
                .any(|keeps| line.contains(keeps));
            if is_rule && matches!(owner.as_str(), "Unary" | "Binary") {
                self.declare(literal(line), &owner, identifier(line));
            }
            if line.starts_with("fn ") {
                in_name = line.starts_with("fn name(&self)");
                // An implementation has one name, or one for each variant. Names above the first implementation are
                // those of the trait itself or of a macro.
                self.named +=
                    usize::from(in_name && !matches!(owner.as_str(), "" | "Unary" | "Binary"));
            } else if in_name && line.contains('"') {
                let variant = line
                    .split_once(" => ")
                    .map_or("", |(path, _)| path.rsplit("::").next().unwrap_or(""));
                self.names.extend(
                    literal(line)
                        .map(|name| (name.to_owned(), (owner.clone(), variant.to_owned()))),
                );
            }
        }
    }

    fn declare(&mut self, name: Option<&str>, owner: &str, variant: &str) {
        let name = name.unwrap_or_else(|| panic!("no name of {owner}"));
        if !name.starts_with('$') {
            self.named += 1;
            self.names.insert(name.to_owned(), (owner.to_owned(), variant.to_owned()));
        }
    }
}

fn declared() -> Declared {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
    let mut declared = Declared::default();
    let mut read = |folder: &Path| {
        for file in std::fs::read_dir(folder).expect("the folder of the operations") {
            let path = file.expect("a file").path();
            // The rows of the folder `elementwise` have tests of their own.
            let is_built = cfg!(feature = "fft") || !path.ends_with("fft.rs");
            if is_built && !path.is_dir() {
                declared.read(&std::fs::read_to_string(path).expect("a text"));
            }
        }
    };
    read(&folder);
    if cfg!(feature = "linalg") {
        read(&folder.join("linalg"));
    }
    declared
}

/// Takes the operations out of a `Debug` text as it is written.
#[derive(Default)]
struct Recorded {
    keys: BTreeSet<Key>,
    /// The rest of the output that isn't read yet: the formatter may write one operation in several calls.
    tail: String,
}

const MARK: &str = "operation: ";
/// Longer than the mark and any operation's text up to its variant.
const REACH: usize = 100;

impl Recorded {
    fn take(&mut self, last: bool) {
        while let Some(at) = self.tail.find(MARK) {
            if !last && self.tail.len() < at + REACH {
                break;
            }
            let text = &self.tail[at + MARK.len()..];
            let name = identifier(text);
            let rest = text[name.len()..].trim_start_matches(['(', ' ', '{']);
            let field = identifier(rest);
            let variant = rest[field.len()..].strip_prefix(": ").map_or(field, identifier);
            let variant = if variant.starts_with(char::is_uppercase) { variant } else { "" };
            self.keys.insert((name.to_owned(), variant.to_owned()));
            self.tail.drain(..at + MARK.len());
        }
        let keep = self.tail.find(MARK).unwrap_or(self.tail.len().saturating_sub(MARK.len()));
        let keep = (0..=keep).rev().find(|&i| self.tail.is_char_boundary(i)).unwrap_or(0);
        self.tail.drain(..keep);
    }
}

impl Write for Recorded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.tail.push_str(text);
        if self.tail.len() > 4 * REACH {
            self.take(false);
        }
        Ok(())
    }
}

#[test]
fn every_operation_has_a_row_in_the_table() {
    let declared = declared();
    assert_eq!(
        declared.named,
        declared.impls,
        "an operation is named in a way that this test doesn't read: {:?}",
        declared.names.keys()
    );
    let recorded = RefCell::new(Recorded::default());
    for row in table() {
        let mut inputs = row.inputs();
        inputs.push(weights(&(row.function)(inputs.clone()), 5));
        // The operations by which the value, its gradients and their gradients were computed.
        let first = |inputs| gradients(contracted(row.function), inputs).1;
        let second = |inputs| gradients(gradient_contracted(row.function), inputs).1;
        let value = |inputs| vec![contracted(row.function)(inputs)];
        let orders: [&dyn Fn(Vec<DynTensor>) -> Vec<DynTensor>; 3] = [&value, &first, &second];
        for computed in orders {
            let record = |inputs| {
                let mut computed = computed(inputs);
                write!(recorded.borrow_mut(), "{computed:?}").expect("a string grows");
                computed.remove(0)
            };
            gradients(record, inputs.clone());
        }
        recorded.borrow_mut().take(true);
    }
    let recorded = recorded.into_inner().keys;
    // A type with one name may still have fields.
    let is_recorded = |(owner, variant): &Key| {
        recorded.iter().any(|key| key.0 == *owner && (variant.is_empty() || key.1 == *variant))
    };
    let missing: Vec<_> = declared
        .names
        .iter()
        .filter(|(name, key)| !UNRECORDED.contains(&name.as_str()) && !is_recorded(key))
        .collect();
    assert!(
        missing.is_empty(),
        "operations that no row reaches; add one for each to tests/ops/table.rs, or its name to `UNRECORDED`: {missing:?}"
    );
    for name in UNRECORDED {
        let key = declared.names.get(name);
        assert!(key.is_some_and(|key| !is_recorded(key)), "`{name}` is recorded by now");
    }
}

#[test]
fn an_operation_without_a_row_is_found() {
    let mut declared = Declared::default();
    declared.read("impl Operation for Fresh {\n    fn name(&self) -> &'static str {\n        \"fresh\"\n    }\n}");
    declared.read("unary! {\n    Cube {} \"cube\", INPUTS, |_rule, x| x * x * x, |at| at.gradient.clone();\n}");
    assert_eq!((declared.named, declared.impls), (2, 2));
    assert_eq!(declared.names["fresh"], ("Fresh".to_owned(), String::new()));
    assert_eq!(declared.names["cube"], ("Unary".to_owned(), "Cube".to_owned()));
}
