//! Arithmetic of integers, and operations on bits of integers and booleans. No gradient flows through them.
//!
//! Elementwise operations of floating-point numbers that integers have too run here for integers: [`pair_named`] and
//! [`map_named`] know them by their names. The other operations are those of this file.

use std::mem::swap;
use std::ops::{BitAnd, BitOr, BitXor, Not, Rem, RemAssign, Shl, Shr};

use super::attributes::{AttributeValue, attributes};
use super::binary::broadcast_both;
use super::operation::{expect_float, expect_same_float, one_per_element};
use super::reduce::expect_numbers;
use super::unary::in_memory_order;
use super::view::refuse;
use super::zip::zip;
use super::{Backward, Batching, DynTensor, Keeps, Members, Operation, Signature};
use crate::array::dtype::for_integer;
use crate::array::{Array, DType, Element, ShapeError};
use crate::kernel::elementwise::{self, Update};
use crate::kernel::integer::{self, IntegerMap, IntegerOp};

/// The operation of two integers of this name.
fn pair_named(name: &str) -> Option<IntegerOp> {
    Some(match name {
        "add" => IntegerOp::Add,
        "subtract" => IntegerOp::Subtract,
        "multiply" => IntegerOp::Multiply,
        "divide" => IntegerOp::Divide,
        "fmod" => IntegerOp::Remainder,
        "remainder" => IntegerOp::FloorRemainder,
        "maximum" => IntegerOp::Maximum,
        "minimum" => IntegerOp::Minimum,
        "pow" => IntegerOp::Power,
        _ => return None,
    })
}

/// The operation of one integer of this name.
fn map_named(name: &str) -> Option<IntegerMap> {
    Some(match name {
        "neg" => IntegerMap::Negate,
        "abs" => IntegerMap::Abs,
        "sign" => IntegerMap::Sign,
        _ => return None,
    })
}

/// The signature of both inputs of an operation that takes floating-point numbers, and integers if it is named above.
pub(super) fn expect_same_numbers(
    name: &'static str,
    inputs: &[Signature],
) -> Result<Signature, ShapeError> {
    match inputs {
        [a, b] if pair_named(name).is_some() => {
            let are_numbers = a.dtype.is_integer() || a.dtype.is_float();
            if a == b && are_numbers {
                return Ok(*a);
            }
            let problem = format!(
                "takes two inputs of numbers of the same shape and type, found {a} and {b}"
            );
            refuse(name, problem)
        }
        _ => expect_same_float(name, inputs),
    }
}

/// The signature of the one input of such an operation.
pub(super) fn expect_number(
    name: &'static str,
    inputs: &[Signature],
) -> Result<Signature, ShapeError> {
    match map_named(name) {
        Some(_) => expect_numbers(name, inputs),
        None => expect_float(name, inputs),
    }
}

/// The operation of this name of two arrays of integers.
pub(super) fn pair(name: &str, a: &mut Array, b: &mut Array) -> Array {
    apply_pair(pair_named(name).expect("`output` takes integers of named operations alone"), a, b)
}

fn apply_pair(op: IntegerOp, a: &mut Array, b: &mut Array) -> Array {
    if a.dtype() == DType::Bool {
        return zip(a, b, &|a: &mut [bool], b: &[bool]| integer::update_bits(op, a, b), None);
    }
    for_integer!(a.dtype(), E => zip(a, b, &|a: &mut [E], b: &[E]| integer::update(op, a, b), None))
}

/// The operation of this name of an array of integers.
pub(super) fn map(name: &str, x: &mut Array) -> Array {
    let op = map_named(name).expect("`output` takes integers of named operations alone");
    apply_map(op, x)
}

fn apply_map(op: IntegerMap, x: &mut Array) -> Array {
    if x.dtype() == DType::Bool {
        return updated(x, &|x: &mut [bool]| integer::not(x));
    }
    for_integer!(x.dtype(), E => updated(x, &|x: &mut [E]| integer::map(op, x)))
}

/// Updates the elements, in place if no other array shares the buffer.
fn updated<E: Element>(x: &mut Array, update: Update<'_, E>) -> Array {
    let order = in_memory_order(x);
    elementwise::update(x.make_mut::<E>(), update);
    x.permute_inverse(&order)
}

/// A binary operation on integers; bitwise operations take booleans too.
#[derive(Debug, Clone, Copy, AttributeValue)]
#[attribute(check = check_bitwise)]
pub(super) struct Bitwise(#[attribute(name = "operation")] IntegerOp);

fn check_bitwise(Bitwise(operation): &Bitwise) -> Result<(), String> {
    use IntegerOp::{And, FloorDivide, Minimum, Or, ShiftLeft, ShiftRight, Xor};
    match operation {
        And | Or | Xor | ShiftLeft | ShiftRight | FloorDivide | Minimum => Ok(()),
        other => Err(format!("{other:?} is a part of another operation")),
    }
}

impl Operation for Bitwise {
    attributes!();
    fn name(&self) -> &'static str {
        match self.0 {
            IntegerOp::And => "bitand",
            IntegerOp::Or => "bitor",
            IntegerOp::Xor => "bitxor",
            IntegerOp::ShiftLeft => "shift_left",
            IntegerOp::ShiftRight => "shift_right",
            IntegerOp::FloorDivide => "floor_divide",
            IntegerOp::Minimum => "minimum",
            // The names of the other operations are those of their floating-point counterparts.
            _ => unreachable!(),
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let on_bits = matches!(self.0, IntegerOp::And | IntegerOp::Or | IntegerOp::Xor);
        let fits = |x: DType| x.is_integer() || (on_bits && x == DType::Bool);
        let which = if on_bits { "integers or booleans" } else { "integers" };
        match inputs {
            [a, b] if a == b && fits(a.dtype) => Ok(*a),
            [a, b] => refuse(
                self.name(),
                format!(
                    "takes two inputs of {which} of the same shape and type, found {a} and {b}"
                ),
            ),
            _ => refuse(self.name(), format!("takes two inputs, found {}", inputs.len())),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [a, b] = inputs else { unreachable!("two inputs were checked") };
        let commutes = !matches!(
            self.0,
            IntegerOp::ShiftLeft | IntegerOp::ShiftRight | IntegerOp::FloorDivide
        );
        if commutes && a.strides().contains(&0) {
            swap(a, b);
        }
        apply_pair(self.0, a, b)
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        one_per_element(output)
    }
}

/// Bitwise not.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct BitwiseNot;

impl Operation for BitwiseNot {
    attributes!();
    fn name(&self) -> &'static str {
        "not"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [x] if x.dtype.is_integer() || x.dtype == DType::Bool => Ok(*x),
            [x] => refuse("not", format!("takes integers or booleans, found {}", x.dtype)),
            _ => refuse("not", format!("takes one input, found {}", inputs.len())),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        apply_map(IntegerMap::Not, &mut inputs[0])
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        one_per_element(output)
    }
}

impl DynTensor {
    #[track_caller]
    fn bitwise(self, op: IntegerOp, other: Self) -> Self {
        let op = Bitwise(op);
        let same = self.dims() == other.dims();
        let operands = if same { [self, other] } else { broadcast_both(op.name(), self, other) };
        Self::apply(op, operands)
    }

    /// `self / divisor` rounded down, of integers, with broadcasting; see
    /// [`Tensor::floor_divide`](crate::tensor::Tensor::floor_divide).
    #[must_use]
    #[track_caller]
    pub fn floor_divide(self, divisor: Self) -> Self {
        self.bitwise(IntegerOp::FloorDivide, divisor)
    }
}

/// All bits inverted: the logical not of booleans.
impl Not for DynTensor {
    type Output = Self;
    #[track_caller]
    fn not(self) -> Self {
        Self::apply(BitwiseNot, [self])
    }
}

/// The remainder with the sign of the dividend: [`fmod`](DynTensor::fmod).
impl Rem for DynTensor {
    type Output = Self;
    #[track_caller]
    fn rem(self, divisor: Self) -> Self {
        self.fmod(divisor)
    }
}

/// In place, if no other tensor shares the buffer.
impl RemAssign for DynTensor {
    #[track_caller]
    fn rem_assign(&mut self, divisor: Self) {
        *self = self.move_out() % divisor;
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident $op:ident;)*) => { $(
        impl $operator for DynTensor {
            type Output = Self;
            #[track_caller]
            fn $method(self, other: Self) -> Self {
                self.bitwise(IntegerOp::$op, other)
            }
        }
    )* };
}
operators! {
    BitAnd bitand And;
    BitOr bitor Or;
    BitXor bitxor Xor;
    Shl shl ShiftLeft;
    Shr shr ShiftRight;
}
