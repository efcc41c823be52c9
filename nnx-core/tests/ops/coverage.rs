//! Checks that each operation has a row in the test table, in each of its variants: compares the operations in the programs of
//! the rows with the registry of all operations.
//!
//! A variant is a name among an operation's attributes, such as `Max` in `Extreme { kind: Max, axes: [0] }`. Which names there could
//! be, the registry says: it refuses an unknown one with a list of those that it knows.

use std::collections::{BTreeMap, BTreeSet};

use nnx_core::ops::{Attribute, Attributes, Operations};
use nnx_core::program::Program;

use crate::in_steps::IN_STEPS;
use crate::programs::{programs, recorded};
use crate::table::table;
use crate::table_discrete::discrete;

/// Settings whose variants aren't all those of the operation: sums and products of integers are operations of their own.
const WITHOUT_ROW: [&str; 1] = ["Bitwise.operation"];

/// An attribute that is one of several names: the type of its operation, and the path to it.
type Setting = (String, Vec<String>);

/// What the programs of rows have.
#[derive(Default)]
struct Reached {
    /// The names of types.
    types: BTreeSet<String>,
    /// The variants of each setting.
    variants: BTreeMap<Setting, BTreeSet<String>>,
    /// The variants that each setting could have.
    known: BTreeMap<Setting, BTreeSet<String>>,
}

impl Reached {
    fn of(programs: impl IntoIterator<Item = Program>) -> Self {
        let operations = Operations::new();
        let mut reached = Self::default();
        for program in programs {
            // A sum over ranks holds a function, and has no attributes.
            for attributes in program.iter().filter_map(|step| step.attributes()) {
                reached.add(&attributes, &operations);
            }
        }
        reached
    }

    fn add(&mut self, attributes: &Attributes, operations: &Operations) {
        self.types.insert(attributes.name().to_owned());
        for (path, name) in names(attributes) {
            self.types.insert(name.clone());
            let setting = (attributes.name().to_owned(), path);
            if !self.known.contains_key(&setting) {
                let unknown = with_name(attributes, &setting.1, "?");
                let error = operations.read(&unknown.into()).map(|_| ()).err();
                let known = error.map(|error| choices(&error.to_string())).unwrap_or_default();
                self.known.insert(setting.clone(), known);
            }
            self.variants.entry(setting).or_default().insert(name);
        }
    }

    /// The operations of the registry that aren't reached, without those that recorded steps alone have.
    fn missing_types(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = Operations::new().names().collect();
        names.retain(|name| !self.types.contains(*name) && !IN_STEPS.contains(name));
        names.sort_unstable();
        names
    }

    /// The variants of reached operations that aren't reached, as `Type.setting` and the variant.
    fn missing_variants(&self) -> Vec<(String, String)> {
        let mut missing = Vec::new();
        for (setting, known) in &self.known {
            let name = format!("{}.{}", setting.0, setting.1.join("."));
            for variant in known.difference(&self.variants[setting]) {
                missing.push((name.clone(), variant.clone()));
            }
        }
        missing
    }
}

/// The names that an error lists: "takes one of Sum, Mean, found ?".
fn choices(error: &str) -> BTreeSet<String> {
    let list = error.split("takes one of ").nth(1).and_then(|rest| rest.split(", found").next());
    list.into_iter().flat_map(|list| list.split(", ")).map(str::to_owned).collect()
}

/// The names among attributes, each with the path to it.
fn names(attributes: &Attributes) -> Vec<(Vec<String>, String)> {
    fn collect(of: &Attribute, path: &[String], found: &mut Vec<(Vec<String>, String)>) {
        let deeper = |step: &str| [path, &[step.to_owned()]].concat();
        match of {
            Attribute::Text(name) => found.push((path.to_vec(), name.clone())),
            Attribute::List(items) => {
                items.iter().for_each(|item| collect(item, &deeper("[]"), found));
            }
            Attribute::Record(record) => {
                found.push((path.to_vec(), record.name().to_owned()));
                record.iter().for_each(|(field, value)| collect(value, &deeper(field), found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (field, value) in attributes.iter() {
        collect(value, &[field.to_owned()], &mut found);
    }
    found
}

/// The attributes with another name at the end of a path.
fn with_name(attributes: &Attributes, path: &[String], name: &str) -> Attributes {
    fn renamed(of: &Attribute, path: &[String], name: &str) -> Attribute {
        match (of, path) {
            (_, []) => Attribute::Text(name.to_owned()),
            (Attribute::Record(record), path) => with_name(record, path, name).into(),
            (Attribute::List(items), [_, rest @ ..]) => {
                Attribute::List(items.iter().map(|item| renamed(item, rest, name)).collect())
            }
            (other, _) => other.clone(),
        }
    }
    let fields = attributes.iter().map(|(field, value)| {
        let value = match path.split_first() {
            Some((first, rest)) if first == field => renamed(value, rest, name),
            _ => value.clone(),
        };
        (field.to_owned(), value)
    });
    Attributes::new(attributes.name().to_owned(), fields.collect::<Vec<_>>())
}

#[test]
fn every_operation_has_a_row_in_the_table() {
    let values = discrete();
    let values = values
        .iter()
        .filter_map(|row| recorded(row.inputs(), &|inputs| vec![(row.function)(inputs)]));
    let reached = Reached::of(table().iter().flat_map(programs).chain(values));
    assert_eq!(
        reached.missing_types(),
        [""; 0],
        "operations that no row reaches: add one for each to a table of tests/ops, or its name to tests/in_steps"
    );
    let missing = reached.missing_variants();
    for setting in WITHOUT_ROW {
        assert!(missing.iter().any(|(name, _)| name == setting), "`{setting}` is reached by now");
    }
    let new: Vec<_> =
        missing.iter().filter(|(name, _)| !WITHOUT_ROW.contains(&name.as_str())).collect();
    assert!(
        new.is_empty(),
        "variants that no row reaches: add a row for each to a table of tests/ops, or the setting to `WITHOUT_ROW`: {new:?}"
    );
}

#[test]
fn an_operation_without_a_row_is_found() {
    let rows = table().into_iter().filter(|row| row.name.starts_with("max"));
    let reached = Reached::of(rows.flat_map(|row| programs(&row)));
    assert!(reached.types.contains("Extreme"));
    assert!(reached.missing_types().contains(&"Prod"));
    let missing = reached.missing_variants();
    assert!(missing.contains(&("Extreme.kind".to_owned(), "Min".to_owned())), "{missing:?}");
}
