//! A few numbers that a function of the library computes from whole arrays, such as the factor of an optimizer's step, and a
//! counter. They are operations, so that a recorded step computes them anew.

use std::fmt::{self, Debug};
use std::sync::Arc;

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature};
use super::view::refuse;
use super::{Attribute, AttributeError, Attributes, Backward, DynTensor, Operations, Role};
use crate::array::{Array, DType, Dims, OrPanic as _, ShapeError};

/// A function from whole arrays to some numbers.
pub(crate) trait NumberFunction: Debug + Send + Sync + 'static {
    /// The operation's name.
    fn name(&self) -> &'static str;
    /// Checks the inputs and the number of numbers, as [`compute`](Self::compute) counts on them.
    ///
    /// # Errors
    /// If it doesn't take these inputs, or gives another number of numbers.
    fn check(&self, inputs: &[Signature], count: usize) -> Result<(), ShapeError>;
    /// Writes all numbers.
    fn compute(&self, inputs: &[Array], out: &mut [f64]);
    /// Whether it may panic.
    fn may_panic(&self) -> bool {
        false
    }
    /// Its parameters as data, if it can be written.
    fn attributes(&self) -> Option<Attributes>;
}

/// What a function of numbers takes as an input.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes {
    /// A counter: `()` of u32.
    Counter,
    /// One number of f32 or f64, of any shape.
    Number,
    /// So many numbers `(n,)` of f64.
    Numbers(usize),
    /// Any array of f32 or f64.
    Array,
}

impl Takes {
    fn fits(self, input: &Signature) -> bool {
        match self {
            Self::Counter => input.dtype == DType::U32 && input.dims.is_empty(),
            Self::Number => input.dtype.is_float() && input.elements() == 1,
            Self::Numbers(n) => input.dtype == DType::F64 && input.dims[..] == [n],
            Self::Array => input.dtype.is_float(),
        }
    }
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counter => f.write_str("a counter of u32 without axes"),
            Self::Number => f.write_str("one number of f32 or f64"),
            Self::Numbers(n) => write!(f, "({n},) of f64"),
            Self::Array => f.write_str("an array of f32 or f64"),
        }
    }
}

/// Implements [`NumberFunction::check`] for most functions. `takes` lists the kinds of inputs in order, each with how many of
/// them follow one another; `gives` is the number of elements that the function computes.
pub(crate) fn check_numbers(
    name: &'static str,
    inputs: &[Signature],
    count: usize,
    takes: &[(Takes, usize)],
    gives: usize,
) -> Result<(), ShapeError> {
    let mut rest = inputs;
    for &(takes, times) in takes {
        let Some((these, others)) = rest.split_at_checked(times) else {
            let found = rest.len();
            return refuse(name, format!("takes {takes}, {times} times, found {found} inputs"));
        };
        if let Some(other) = these.iter().find(|input| !takes.fits(input)) {
            return refuse(name, format!("takes {takes}, found {other}"));
        }
        rest = others;
    }
    if !rest.is_empty() {
        let taken = inputs.len() - rest.len();
        return refuse(name, format!("takes {taken} inputs, found {}", inputs.len()));
    }
    if count != gives {
        return refuse(name, format!("gives {gives} numbers, found a count of {count}"));
    }
    Ok(())
}

impl AttributeValue for Arc<dyn NumberFunction> {
    const TYPE: &'static str = "a function of numbers";
    fn to_attribute(&self) -> Option<Attribute> {
        self.attributes().map(Attribute::from)
    }
    fn from_attribute(attribute: &Attribute, of: &Operations) -> Result<Self, AttributeError> {
        of.read_numbers(attribute)
    }
}

/// Numbers `(count,)` of f64 that a function computes from its inputs. No gradient flows through them.
#[derive(AttributeValue)]
pub(super) struct Numbers {
    count: usize,
    of: Arc<dyn NumberFunction>,
}

impl Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.of.name())
    }
}

impl Operation for Numbers {
    attributes!();
    fn name(&self) -> &'static str {
        self.of.name()
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        self.of.check(inputs, self.count)?;
        Ok(Signature { dims: Dims::new(&[self.count]), dtype: DType::F64 })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        Array::build(Dims::new(&[self.count]), |out| {
            // A number that no function writes shows.
            out.fill(f64::NAN);
            self.of.compute(inputs, out);
        })
    }
    fn may_panic(&self) -> bool {
        self.of.may_panic()
    }
    /// Two functions may have the same name and other constants: two of these are never the same operation.
    fn role(&self) -> Role<'_> {
        Role::OPAQUE
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs.iter().map(|input| input.elements() as u64).sum()
    }
}

/// The numbers that a function computes from arrays: `(count,)` of f64.
#[track_caller]
pub(crate) fn numbers_of(of: impl NumberFunction, inputs: Vec<Array>, count: usize) -> Array {
    apply(Numbers { count, of: Arc::new(of) }, inputs)
}

#[track_caller]
fn apply(operation: Numbers, inputs: Vec<Array>) -> Array {
    let inputs = inputs.into_iter().map(DynTensor::from).collect();
    DynTensor::try_apply_all(operation, inputs).or_panic().into_array()
}

/// A counter `()` of u32 plus 1. It stops at the largest u32, or wraps to 0.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Increment {
    wraps: bool,
}

impl Operation for Increment {
    attributes!();
    fn name(&self) -> &'static str {
        "increment"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [count] if count.dtype == DType::U32 && count.dims.is_empty() => Ok(*count),
            _ => refuse(self.name(), "takes a counter of u32 without axes".to_owned()),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let count = inputs[0].contiguous().slice::<u32>()[0];
        let next = if self.wraps { count.wrapping_add(1) } else { count.saturating_add(1) };
        Array::build(Dims::new(&[]), |out| out.fill(next))
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

/// The count after this one; it stops at the largest u32.
pub(crate) fn incremented(count: Array) -> Array {
    DynTensor::apply(Increment { wraps: false }, [count.into()]).into_array()
}

/// The count after this one; after the largest u32 comes 0.
pub(crate) fn incremented_wrapping(count: DynTensor) -> DynTensor {
    DynTensor::apply(Increment { wraps: true }, [count])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_stops_or_wraps_at_its_end() {
        let count = |x: &Array| x.to_vec::<u32>().expect("u32")[0];
        assert_eq!(count(&incremented(Array::scalar(6u32))), 7);
        assert_eq!(count(&incremented(Array::scalar(u32::MAX))), u32::MAX);
        assert_eq!(count(incremented_wrapping(Array::scalar(u32::MAX).into()).array()), 0);
        let refused = DynTensor::try_apply(Increment { wraps: true }, [Array::scalar(1i32).into()]);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "`increment` takes a counter of u32 without axes"
        );
    }

    #[test]
    fn numbers_are_those_of_the_function() {
        #[derive(Debug, AttributeValue)]
        struct FirstAndLast;
        impl NumberFunction for FirstAndLast {
            fn name(&self) -> &'static str {
                "first_and_last"
            }
            fn check(&self, inputs: &[Signature], count: usize) -> Result<(), ShapeError> {
                check_numbers(self.name(), inputs, count, &[(Takes::Array, 1)], 2)
            }
            fn compute(&self, inputs: &[Array], out: &mut [f64]) {
                let x = inputs[0].contiguous();
                out.copy_from_slice(&[x.slice::<f32>()[0].into(), x.slice::<f32>()[1].into()]);
            }
            fn attributes(&self) -> Option<Attributes> {
                Attributes::of(self)
            }
        }
        let x = Array::filled(vec![1.0f32, 2.0], Dims::new(&[2]));
        let found = numbers_of(FirstAndLast, vec![x], 2);
        assert_eq!(found.to_vec::<f64>().expect("f64"), [1.0, 2.0]);
    }
}
