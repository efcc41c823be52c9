//! Attributes of operations: the programs of all rows of the table, with their gradients and the gradients of these, are
//! written to a file and read. So each operation of the library has to come back as it was: `coverage` checks that rows reach it.

use std::collections::BTreeSet;

use nnx_core::array::{Array, ShapeError};
use nnx_core::ops::{
    Attribute, AttributeValue, Backward, DynTensor, Keeps, Operation, Operations, Signature,
};
use nnx_core::program::{Memo, Plan, Program, Rewrites};

use crate::gradcheck::weights;
use crate::programs::programs;
use crate::table::table;

#[test]
fn every_operation_comes_back_from_a_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("program.safetensors");
    let mut unwritten = BTreeSet::new();
    for row in table() {
        let programs = programs(&row);
        for program in programs {
            if let Some(step) = program.iter().find(|step| step.attributes().is_none()) {
                unwritten.insert(step.name());
                continue;
            }
            program.save(&file).unwrap_or_else(|error| panic!("{}: {error}", row.name));
            let read = Program::load(&file).unwrap_or_else(|error| panic!("{}: {error}", row.name));
            assert!(read == program, "{}:\n{program}\n{read}", row.name);
            assert_eq!(read.to_string(), program.to_string(), "{}", row.name);
            let inputs: Vec<Array> = program
                .inputs()
                .iter()
                .map(|input| program.value(*input).expect("a value"))
                .zip(row.inputs().into_iter().chain([weights(&(row.function)(row.inputs()), 5)]))
                .map(|(_, input)| input.into_array())
                .collect();
            let bits = |program: &Program| {
                let plan = Plan::with(program, Rewrites::Exact, &Memo::default()).ok()?;
                let outputs = plan.run(inputs.clone()).ok()?;
                Some(outputs.iter().map(Array::to_le_bytes).collect::<Vec<_>>())
            };
            assert_eq!(bits(&read), bits(&program), "{}", row.name);
        }
    }
    assert_eq!(unwritten, BTreeSet::from(["sum_over_ranks"]), "they hold a function of the user");
}

/// A value that derives its attributes, with a check.
#[derive(Debug, PartialEq, Clone, AttributeValue)]
#[attribute(name = "mine.Filter", check = check)]
struct Filter {
    weights: Vec<f32>,
    edge: Edge,
    #[attribute(name = "type")]
    dtype: nnx_core::array::DType,
    axes: nnx_core::array::Dims,
    seed: Option<u64>,
}

#[derive(Debug, PartialEq, Clone, AttributeValue)]
enum Edge {
    Zeros,
    Value { value: f64 },
    Pair(#[attribute(name = "before")] i64, #[attribute(name = "after")] i64),
}

fn check(filter: &Filter) -> Result<(), String> {
    match filter.weights.len() % 2 {
        1 => Ok(()),
        _ => Err(format!("takes an odd number of weights, found {}", filter.weights.len())),
    }
}

fn filter(edge: Edge) -> Filter {
    let axes = nnx_core::array::Dims::new(&[1, 0]);
    let dtype = nnx_core::array::DType::F64;
    Filter { weights: vec![0.1, -0.0, f32::INFINITY], edge, dtype, axes, seed: Some(u64::MAX) }
}

fn replaced(attribute: &Attribute, name: &str, new: Option<Attribute>) -> Attribute {
    let Attribute::Record(record) = attribute else { panic!("a record") };
    let fields = record.iter().map(|(field, value)| (field.to_owned(), value.clone()));
    let mut fields: Vec<_> = fields.filter(|(field, _)| field != name).collect();
    fields.extend(new.map(|new| (name.to_owned(), new)));
    nnx_core::ops::Attributes::new(record.name().to_owned(), fields).into()
}

#[test]
fn derived_attributes_are_those_of_all_fields() {
    let operations = Operations::new();
    for edge in [Edge::Zeros, Edge::Value { value: f64::NEG_INFINITY }, Edge::Pair(i64::MIN, 1)] {
        let filter = filter(edge);
        let written = filter.to_attribute().expect("numbers");
        assert_eq!(Filter::from_attribute(&written, &operations), Ok(filter));
    }
    // NaN is kept with its bits.
    let nan = f64::from_bits(0x7ff8_0000_0000_1234);
    let written = Edge::Value { value: nan }.to_attribute().expect("a number");
    let Ok(Edge::Value { value }) = Edge::from_attribute(&written, &operations) else {
        panic!("{written}")
    };
    assert_eq!(value.to_bits(), nan.to_bits());
}

#[test]
fn attributes_that_do_not_fit_are_refused_by_name() {
    let written = filter(Edge::Pair(0, 1)).to_attribute().expect("numbers");
    let text = |text: &str| Some(Attribute::Text(text.to_owned()));
    let list = |items: &[i128]| {
        Some(Attribute::List(items.iter().map(|i| Attribute::Integer(*i)).collect()))
    };
    let edge = |before| {
        let fields = [("before", before), ("after", Attribute::Integer(0))];
        Some(nnx_core::ops::Attributes::new("Pair", fields).into())
    };
    for (field, new, expected) in [
        ("weights", None, "attribute `weights` is missing"),
        ("weights", text("x"), "attribute `weights` takes a list, found x"),
        ("weights", list(&[]), "takes an odd number of weights, found 0"),
        (
            "weights",
            Some(Attribute::List(vec![Attribute::Float(0.1)])),
            "attribute `weights.0` takes a number of 32 bits, found 0.1",
        ),
        ("edge", text("Ones"), "attribute `edge` takes one of Zeros, Value, Pair, found Ones"),
        ("edge", text("Value"), "attribute `edge.value` is missing"),
        (
            "edge",
            edge(Attribute::Integer(1 << 63)),
            "attribute `edge.before` takes an integer of 64 bits, found 9223372036854775808",
        ),
        (
            "type",
            text("f16"),
            "attribute `type` takes an element type: f32, f64, bf16, i32, i64, u32, u8 or bool, found f16",
        ),
        ("axes", list(&[0; 9]), "attribute `axes` takes at most 8 items, found 9"),
        ("axes", list(&[-1]), "attribute `axes.0` takes an integer from 0 on, found -1"),
        ("seed", list(&[1, 2]), "attribute `seed` takes at most 1 item, found 2"),
        (
            "rate",
            list(&[]),
            "attribute `rate` isn't known: `mine.Filter` has `weights`, `edge`, `type`, `axes`, `seed`",
        ),
    ] {
        let changed = replaced(&written, field, new);
        let error = Filter::from_attribute(&changed, &Operations::new()).unwrap_err().to_string();
        assert_eq!(error, expected);
    }
    let other = nnx_core::ops::Attributes::new("Other", [("a", Attribute::Bool(true))]).into();
    let error = Filter::from_attribute(&other, &Operations::new()).unwrap_err().to_string();
    assert_eq!(error, "is `Other`, expected `mine.Filter`");
}

/// An operation of another crate.
#[derive(Debug, AttributeValue)]
struct Twice;

impl Operation for Twice {
    fn name(&self) -> &'static str {
        "twice"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        Ok(inputs[0])
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        inputs[0].clone()
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

#[test]
#[should_panic(expected = "two operations are named `Twice`: give one another name")]
fn two_operations_of_one_name_are_refused() {
    let _ = Operations::new().with::<Twice>().with::<Twice>();
}
