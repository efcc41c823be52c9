//! The trait of all operations.

use std::any::Any;
use std::fmt::{self, Debug};

use super::{Attributes, Batching, DynTensor, Members, Role};
use crate::array::{Array, DType, Dims, ShapeError};

/// The shape and the element type of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The sizes of the axes.
    pub dims: Dims,
    /// The type of the elements.
    pub dtype: DType,
}

impl Signature {
    /// The signature of an array.
    pub(crate) fn of(array: &Array) -> Self {
        Self { dims: array.dims(), dtype: array.dtype() }
    }

    /// The number of elements.
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

/// Saved for backward: the inputs and outputs that an operation's gradient rule reads. The elements of all other
/// tensors are freed after the forward pass; the rule reads NaN in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeps {
    /// The rule reads the elements of the inputs.
    pub inputs: bool,
    /// The rule reads the elements of the output.
    pub output: bool,
}

impl Keeps {
    /// The rule reads neither the values of the inputs nor those of the output.
    pub const NOTHING: Self = Self { inputs: false, output: false };
    /// The rule reads the inputs.
    pub const INPUTS: Self = Self { inputs: true, output: false };
    /// The rule reads the output.
    pub const OUTPUT: Self = Self { inputs: false, output: true };
    /// The rule reads the inputs and the output.
    pub const BOTH: Self = Self { inputs: true, output: true };
}

/// The arguments of a gradient rule: inputs and output of an operation that has run, and the gradient of its
/// output (the cotangent).
#[derive(Debug, Clone)]
pub struct Backward<'a> {
    /// The inputs. Their elements are NaN unless [`Operation::keeps`] lists the inputs.
    pub inputs: &'a [DynTensor],
    /// The output. Its elements are NaN unless [`Operation::keeps`] lists the output.
    pub output: &'a DynTensor,
    /// The gradient with respect to the output.
    pub gradient: DynTensor,
}

impl Backward<'_> {
    /// Whether gradients have to be composed of other operations: a second derivative is wanted, or those of many members.
    /// A kernel that computes several of them at once has neither a gradient nor a batching rule.
    pub(super) fn must_be_composed(&self) -> bool {
        let recorded = |x: &DynTensor| x.is_tracked() || x.is_batched();
        self.inputs.iter().chain([&self.gradient]).any(recorded)
    }
}

/// [`Operation::gradient`] of an operation that computes all gradients at once.
pub(crate) fn one_of_gradients(
    operation: &dyn Operation,
    at: &Backward<'_>,
    index: usize,
) -> Option<DynTensor> {
    let wanted: Vec<bool> = (0..at.inputs.len()).map(|i| i == index).collect();
    operation.gradients(at, &wanted).swap_remove(index)
}

/// An operation on tensors.
///
/// A program runs one value of it many times, on several threads: what a run computes depends on its inputs alone.
///
/// A new operation is a new type with this trait. Execution, gradients of any order, FLOP counts and the tests
/// of gradient rules need nothing else.
pub trait Operation: Any + Debug + Send + Sync {
    /// The operation's name, for errors and reports.
    fn name(&self) -> &'static str;

    /// The shape and type of the output.
    ///
    /// # Errors
    /// If the inputs don't fit the operation or one another.
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError>;

    /// Whether it is defined for some values of its inputs alone, such as indices within an axis:
    /// [`check_values`](Self::check_values) isn't called otherwise.
    fn checks_values(&self) -> bool {
        false
    }

    /// Checks the values of inputs, such as indices. By default all values are fine.
    ///
    /// # Errors
    /// If the operation isn't defined for a value.
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        let _ = inputs;
        Ok(())
    }

    /// Whether it reads an input that is stored as bf16 as it is. By default such an input is widened to f32 before. The shape
    /// rule and [`forward`](Self::forward) of an operation that reads it take the element type
    /// [`Bf16`](crate::array::DType::Bf16) where f32 is expected.
    fn reads_bf16(&self, inputs: &[Signature], index: usize) -> bool {
        let _ = (inputs, index);
        false
    }

    /// Computes the output. Both checks above have passed, and the output isn't empty: an empty one is made
    /// without this. An input whose buffer has no other owner may be overwritten and returned.
    fn forward(&self, inputs: &mut [Array]) -> Array;

    /// Whether [`forward`](Self::forward) may panic for inputs that have passed the checks: by default, of operations of
    /// other crates. A recorded step that is to change nothing when it fails has to know: it overwrites no variable before
    /// the last such operation has run. If one that returns `false` panics nevertheless, variables that the step has begun to
    /// change are new or NaN.
    fn may_panic(&self) -> bool {
        !std::any::type_name::<Self>().starts_with("nnx_core::")
    }

    /// What [`gradient`](Self::gradient) reads, and so is saved for backward.
    fn keeps(&self) -> Keeps;

    /// The gradient with respect to input `index`, computed by operations, so that it is differentiable too.
    /// `None`: no gradient flows to that input.
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor>;

    /// All gradients, of an operation that computes several in one pass: with respect to the inputs `i` where `wanted[i]` is
    /// true, and `None` for the others. By default each is a call of [`gradient`](Self::gradient).
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        let _ = (at, wanted);
        None
    }

    /// The gradient with respect to input `index`, where no other is wanted. It owns the gradient of the output, and so may
    /// overwrite it where nothing else has it.
    fn gradient_in_place(&self, at: Backward<'_>, index: usize) -> Option<DynTensor> {
        let wanted: Vec<bool> = (0..at.inputs.len()).map(|i| i == index).collect();
        match self.all_gradients(&at, &wanted) {
            Some(mut found) => found.swap_remove(index),
            None => self.gradient(&at, index),
        }
    }

    /// For an operation whose output is a slice of its one input: the axis, and the index at which the slice
    /// starts; `None` for others. Backward then adds the gradient of the slice to that slice of the input's
    /// gradient alone. So the gradient of splitting an input into n slices costs O(size), not O(n · size).
    fn slice_of_input(&self) -> Option<(usize, usize)> {
        None
    }

    /// How it runs on all members of a [`vmap`](crate::tensor::vmap) at once: its batching rule. By default it runs
    /// once for each member.
    fn batching(&self, members: &Members<'_>) -> Batching {
        let _ = members;
        Batching::EachMember
    }

    /// Its parameters as data, of which the file of a program makes the operation again, and exporters make those of other
    /// formats. By default it has none, and a program with it can't be written; for a type with a
    /// [derive](super::AttributeValue) they are `Attributes::of(self)`.
    fn attributes(&self) -> Option<Attributes> {
        None
    }

    /// What a program may do with it. By default two operations of this type are the same if their `Debug` texts are.
    fn role(&self) -> Role<'_> {
        Role::PLAIN
    }

    /// Floating-point operations of [`forward`](Self::forward): 2 for a multiply-add, 1 for an elementary
    /// function, 0 for moving data.
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64;
}

impl dyn Operation {
    /// The gradients with respect to the inputs `i` where `wanted[i]` is true; `None` for the others.
    #[must_use]
    pub fn gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Vec<Option<DynTensor>> {
        self.all_gradients(at, wanted).unwrap_or_else(|| {
            let each = wanted.iter().enumerate();
            each.map(|(index, &wanted)| wanted.then(|| self.gradient(at, index)).flatten())
                .collect()
        })
    }
}

/// The size of an axis of the output, as a `usize`. Callers compute it in `u128`, where it can't wrap.
///
/// # Errors
/// If it is more than a program can address.
pub(crate) fn axis_length(operation: &'static str, length: u128) -> Result<usize, ShapeError> {
    match isize::try_from(length) {
        Ok(length) => Ok(length.unsigned_abs()),
        Err(_) => Err(ShapeError::operands(
            operation,
            format!("would give an axis of {length} elements: more than a program can address"),
        )),
    }
}

/// The FLOPs of `elements` elements with `each` FLOPs: at most `u64::MAX`.
pub(super) fn count_flops(elements: usize, each: u64) -> u64 {
    each.saturating_mul(elements as u64)
}

/// The signature of the only input; an error unless there is exactly one, of floating-point type.
pub(super) fn expect_float(
    name: &'static str,
    inputs: &[Signature],
) -> Result<Signature, ShapeError> {
    let [input] = inputs else {
        return Err(ShapeError::operands(name, format!("takes one input, found {}", inputs.len())));
    };
    if !input.dtype.is_float() {
        return Err(ShapeError::operands(name, format!("takes f32 or f64, found {}", input.dtype)));
    }
    Ok(*input)
}

/// The signature that both inputs share; an error unless there are two inputs of the same shape and floating-point
/// type.
pub(super) fn expect_same_float(
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

/// The FLOPs of an elementwise operation. It isn't inlined, so that it is compiled once.
#[inline(never)]
pub(super) fn one_per_element(output: &Signature) -> u64 {
    output.elements() as u64
}
