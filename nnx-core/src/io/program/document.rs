//! What the JSON of a program has.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The format of a document in which nothing repeats: earlier versions of the library read it.
pub(super) const FORMAT: u32 = 1;
/// The format of one that is folded, the newest.
pub(super) const FOLDED_FORMAT: u32 = 2;

/// The format alone, read first: a later version may have other fields.
#[derive(Deserialize, Serialize)]
pub(super) struct Format {
    pub(super) format: u32,
}

/// A program. Values are numbered from 0: `values` has the shape of each.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) format: u32,
    pub(super) values: Vec<Signature>,
    pub(super) inputs: Vec<usize>,
    pub(super) variables: Vec<Variable>,
    pub(super) steps: Vec<Step>,
    pub(super) outputs: Vec<Operand>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) guards: Vec<Guard>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signature {
    pub(super) dtype: String,
    pub(super) dims: Vec<usize>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variable {
    pub(super) path: String,
    pub(super) value: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) array: Option<Operand>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) update: Option<Operand>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// `"MatMul"`, or `{"Reduce": {"kind": "Sum", "axes": [0]}}`.
    pub(super) operation: Json,
    pub(super) inputs: Vec<Operand>,
    pub(super) outputs: Vec<usize>,
    /// Of an operation in place: the number of inputs that it doesn't update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reads: Option<usize>,
}

/// A value by its number, an array by its number among the tensors of the file, or one number for all elements.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Operand {
    Value(usize),
    Array {
        array: usize,
        /// The shape of an array whose elements are all the one in the file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dims: Option<Vec<usize>>,
    },
    /// An array of floats whose elements are all this one, which is finite.
    Full {
        full: f64,
        dtype: String,
        dims: Vec<usize>,
    },
}

/// A counter of which the program is for one number.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guard {
    pub(super) input: usize,
    pub(super) most: u32,
    pub(super) number: u32,
}
