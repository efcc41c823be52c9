//! The contract of an operation.

use std::fmt::{self, Debug};

use super::DynTensor;
use crate::array::{Array, DType, Dims, ShapeError};

/// The shape and the element type of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// The sizes of the axes.
    pub dims: Dims,
    /// The type of the elements.
    pub dtype: DType,
}

impl Signature {
    /// How many elements there are.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.dims.elements()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.dims, self.dtype)
    }
}

/// What an operation's gradient rule reads. What it doesn't read isn't kept alive between the two
/// passes: its shape stays, its elements are replaced by NaN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeps {
    /// The rule reads the elements of the inputs.
    pub inputs: bool,
    /// The rule reads the elements of the output.
    pub output: bool,
}

impl Keeps {
    /// The rule reads shapes alone.
    pub const NOTHING: Self = Self { inputs: false, output: false };
    /// The rule reads the inputs.
    pub const INPUTS: Self = Self { inputs: true, output: false };
    /// The rule reads the output.
    pub const OUTPUT: Self = Self { inputs: false, output: true };
    /// The rule reads both.
    pub const BOTH: Self = Self { inputs: true, output: true };
}

/// Where a gradient rule stands: an operation that has run, and the gradient of its output.
#[derive(Debug)]
pub struct Backward<'a> {
    /// The inputs, as far as [`Operation::keeps`] says.
    pub inputs: &'a [DynTensor],
    /// The output, likewise.
    pub output: &'a DynTensor,
    /// The gradient with respect to the output.
    pub gradient: DynTensor,
}

/// An operation on tensors: a value that says everything about it.
///
/// New operations are new types with this trait; eager execution, gradients of any order, counting of
/// operations and the tests of all rules reach them through it alone.
pub trait Operation: Debug + Send + Sync + 'static {
    /// The operation's name, for errors and reports.
    fn name(&self) -> &'static str;

    /// The shape and type that come out, or why the inputs can't be taken.
    ///
    /// # Errors
    /// If the inputs don't fit the operation or one another.
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError>;

    /// Looks at values where shapes aren't enough, such as indices.
    ///
    /// # Errors
    /// If a value is outside what the operation is defined for.
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        let _ = inputs;
        Ok(())
    }

    /// Computes the output, which has elements: one without isn't computed. Both checks above have passed.
    /// An input whose buffer has no other owner may be overwritten and given back.
    fn forward(&self, inputs: &mut [Array]) -> Array;

    /// What [`gradient`](Self::gradient) reads.
    fn keeps(&self) -> Keeps;

    /// The gradient with respect to input `index`, written in operations, so that it has a gradient
    /// itself. `None`: none flows there.
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor>;

    /// The gradients with respect to those inputs of which `wanted` says so. An operation whose
    /// gradients come all at once says them here.
    fn gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Vec<Option<DynTensor>> {
        let gradient = |(index, wanted): (usize, &bool)| {
            if *wanted { self.gradient(at, index) } else { None }
        };
        wanted.iter().enumerate().map(gradient).collect()
    }

    /// Where the output is a part of the one input, unchanged: the axis, and where along it the part
    /// starts. A gradient that meets another one is added to that part of it alone, so that taking an
    /// input apart costs as much as its elements, and not as much for each part.
    fn part(&self) -> Option<(usize, usize)> {
        None
    }

    /// Floating-point operations of [`forward`](Self::forward): a multiply-add counts two, an elementary
    /// function one, moving data none.
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64;
}

/// The length of an axis that `operation` makes, computed where it can't wrap.
pub(crate) fn axis_length(operation: &'static str, length: u128) -> Result<usize, ShapeError> {
    match isize::try_from(length) {
        Ok(length) => Ok(length.unsigned_abs()),
        Err(_) => Err(ShapeError::operands(
            operation,
            format!("would give an axis of {length} elements: more than a program can address"),
        )),
    }
}

/// As many operations as `each` of so many elements: at most `u64::MAX`.
pub(super) fn times(elements: usize, each: u64) -> u64 {
    each.saturating_mul(elements as u64)
}

/// The one input's signature, of floating-point type.
pub(super) fn one_float(name: &'static str, inputs: &[Signature]) -> Result<Signature, ShapeError> {
    let [input] = inputs else {
        return Err(ShapeError::operands(name, format!("takes one input, found {}", inputs.len())));
    };
    if !input.dtype.is_float() {
        return Err(ShapeError::operands(name, format!("takes f32 or f64, found {}", input.dtype)));
    }
    Ok(*input)
}

/// Both inputs' signature, equal and of floating-point type.
pub(super) fn two_floats(
    name: &'static str,
    inputs: &[Signature],
) -> Result<Signature, ShapeError> {
    let [a, b] = inputs else {
        return Err(ShapeError::operands(
            name,
            format!("takes two inputs, found {}", inputs.len()),
        ));
    };
    if !a.dtype.is_float() || a != b {
        return Err(ShapeError::operands(
            name,
            format!(
                "takes two inputs of the same shape and floating-point type, found {a} and {b}"
            ),
        ));
    }
    Ok(*a)
}
