//! Comparison, selection by a mask, and conversion of element types.

use super::attributes::{AttributeValue, attributes};
use super::operation::expect_same_float;
use super::unary::map_to;
use super::zip::zip_to;
use super::{Backward, Batching, DynTensor, Keeps, Members, Operation, Signature};
use crate::array::dtype::for_element;
use crate::array::{Array, DType, ShapeError};
use crate::kernel::elementwise;
use crate::kernel::strided::{self, View};

/// How two elements are compared. A comparison with NaN is false, but for [`NotEqual`](Self::NotEqual), which is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
pub enum Comparison {
    /// `a == b`.
    Equal,
    /// `a != b`.
    NotEqual,
    /// `a < b`.
    Less,
    /// `a <= b`.
    LessEqual,
    /// `a > b`.
    Greater,
    /// `a >= b`.
    GreaterEqual,
}

#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Compare(#[attribute(name = "comparison")] Comparison);

impl Operation for Compare {
    attributes!();
    fn name(&self) -> &'static str {
        "compare"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            // Integers and booleans can be compared too. The result has no gradient.
            [a, b] if a == b => Ok(Signature { dtype: DType::Bool, ..*a }),
            _ => expect_same_float(self.name(), inputs),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [a, b] = inputs else { unreachable!("two inputs were checked") };
        for_element!(a.dtype(), E => zip_to(a, b, match self.0 {
            Comparison::Equal => &equal::<E>,
            Comparison::NotEqual => &not_equal::<E>,
            Comparison::Less => &less::<E>,
            Comparison::LessEqual => &less_equal::<E>,
            Comparison::Greater => &|a: &[E], b: &[E], out: &mut [bool]| less(b, a, out),
            Comparison::GreaterEqual => {
                &|a: &[E], b: &[E], out: &mut [bool]| less_equal(b, a, out)
            }
        }))
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
        output.elements() as u64
    }
}

/// Declares the loops of the comparisons.
macro_rules! compares {
    ($($name:ident $symbol:tt $bound:ident;)*) => { $(
        fn $name<E: $bound + Copy>(a: &[E], b: &[E], out: &mut [bool]) {
            elementwise::zip_chunk(a, b, out, |a, b| a $symbol b);
        }
    )* };
}
compares! { equal == PartialEq; not_equal != PartialEq; less < PartialOrd; less_equal <= PartialOrd; }

/// The second input where the mask is true, the third where it is false.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Select;

impl Operation for Select {
    attributes!();
    fn name(&self) -> &'static str {
        "select"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [mask, values @ ..] = inputs else {
            return Err(ShapeError::operands("select", "takes a mask and two inputs"));
        };
        let output = match values {
            // Integers and booleans can be selected too, without a gradient.
            [a, b] if a == b => *a,
            _ => expect_same_float("select", values)?,
        };
        if mask.dtype != DType::Bool || mask.dims != output.dims {
            let problem = format!("takes a mask of bool of shape {}, found {mask}", output.dims);
            return Err(ShapeError::operands("select", problem));
        }
        Ok(output)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [mask, a, b] = inputs else { unreachable!("three inputs were checked") };
        let (dims, mask_strides) = (a.dims(), mask.strides());
        let mask = View { data: mask.elements_from_first::<bool>(), strides: &mask_strides };
        for_element!(a.dtype(), E => {
            // Overwrites whichever side has a buffer that nothing else shares. A broadcast mask or side isn't copied.
            let over_b = a.unique_mut::<E>().is_none() && b.unique_mut::<E>().is_some();
            let (out, other) = if over_b { (b, &*a) } else { (a, &*b) };
            let strides = other.strides();
            let other = View { data: other.elements_from_first::<E>(), strides: &strides };
            strided::select_into(out.make_mut::<E>(), &dims, mask, over_b, other);
            out.clone()
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        // The mask needs no flag: only floating-point inputs are replaced by NaN, so the rule can always read it.
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let (mask, zero) = (at.inputs[0].clone(), at.gradient.full_like(0.0));
        match index {
            1 => Some(mask.select(at.gradient.clone(), zero)),
            2 => Some(mask.select(zero, at.gradient.clone())),
            _ => None,
        }
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

/// Converts the elements to another type. Floats become integers by rounding towards zero and clamping to the range; a
/// boolean is `x != 0`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Cast(#[attribute(name = "dtype")] pub(super) DType);

impl Operation for Cast {
    attributes!();
    fn name(&self) -> &'static str {
        "cast"
    }
    fn reads_bf16(&self, _: &[Signature], _: usize) -> bool {
        true
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [input] => Ok(Signature { dtype: self.0, ..*input }),
            _ => Err(ShapeError::operands("cast", "takes one input")),
        }
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast rounds by its definition"
    )]
    fn forward(&self, inputs: &mut [Array]) -> Array {
        if inputs[0].dtype() == self.0 {
            return inputs[0].clone();
        }
        let x = &inputs[0].widened();
        if x.dtype() == self.0 {
            return x.clone();
        }
        if self.0 == DType::Bf16 {
            // Other types are converted to f32 first.
            return Self(DType::F32).forward(&mut [x.clone()]).rounded_to_bf16();
        }
        if x.dtype() == DType::I64 {
            return cast_i64(x, self.0);
        }
        // Going through f64 is exact: it represents all values of these types.
        let wide = match x.dtype() {
            DType::F64 => x.clone(),
            DType::F32 => map_to(x, |x: f32| f64::from(x)),
            DType::I32 => map_to(x, |x: i32| f64::from(x)),
            DType::U32 => map_to(x, |x: u32| f64::from(x)),
            DType::U8 => map_to(x, |x: u8| f64::from(x)),
            DType::Bool => map_to(x, |x: bool| f64::from(u8::from(x))),
            DType::I64 | DType::Bf16 => unreachable!("cast above"),
        };
        match self.0 {
            DType::F64 => wide,
            DType::F32 => map_to(&wide, |x: f64| x as f32),
            DType::I32 => map_to(&wide, |x: f64| x as i32),
            DType::I64 => map_to(&wide, |x: f64| x as i64),
            DType::U32 => map_to(&wide, |x: f64| x as u32),
            DType::U8 => map_to(&wide, |x: f64| x as u8),
            DType::Bool => map_to(&wide, |x: f64| x != 0.0),
            DType::Bf16 => unreachable!("cast above"),
        }
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let dtype = at.inputs[0].dtype();
        dtype.is_float().then(|| at.gradient.clone().cast(dtype))
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

/// 64-bit integers converted: f64 doesn't represent all of them.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "clamped before, or rounded by the definition of the cast"
)]
fn cast_i64(x: &Array, to: DType) -> Array {
    match to {
        DType::F64 => map_to(x, |x: i64| x as f64),
        DType::F32 => map_to(x, |x: i64| x as f32),
        DType::I32 => map_to(x, |x: i64| x.clamp(i32::MIN.into(), i32::MAX.into()) as i32),
        DType::I64 => x.clone(),
        DType::U32 => map_to(x, |x: i64| x.clamp(0, u32::MAX.into()) as u32),
        DType::U8 => map_to(x, |x: i64| x.clamp(0, u8::MAX.into()) as u8),
        DType::Bool => map_to(x, |x: i64| x != 0),
        DType::Bf16 => unreachable!("cast by way of f32"),
    }
}

impl DynTensor {
    /// Elements of bf16 as f32.
    pub(super) fn widened(self) -> Result<Self, ShapeError> {
        Self::try_apply(Cast(DType::F32), [self])
    }

    /// The mask where the comparison is true.
    #[must_use]
    #[track_caller]
    pub fn compare(self, how: Comparison, other: Self) -> Self {
        Self::apply(Compare(how), [self, other])
    }

    /// Selects `on_true` where this mask is true, and `on_false` elsewhere (`jax.numpy.where`). The gradient is NaN
    /// also where the derivative of the side that isn't selected is NaN or infinite: see
    /// [`Tensor::select`](crate::tensor::Tensor::select) for what to do.
    #[must_use]
    #[track_caller]
    pub fn select(self, on_true: Self, on_false: Self) -> Self {
        Self::apply(Select, [self, on_true, on_false])
    }

    /// The elements converted to another type: to integers rounded towards zero and clamped to their range, NaN to 0;
    /// to booleans as `x != 0`. (JAX and PyTorch clamp floats too, but wrap integers: −1 is 255 in u8 there.)
    #[must_use]
    #[track_caller]
    pub fn cast(self, dtype: DType) -> Self {
        Self::apply(Cast(dtype), [self])
    }
}

impl DynTensor {
    /// For logits `(.., C)` and labels `(..)` of i32 or i64: the mask of rows whose largest logit is the label's. A row
    /// with a NaN counts as false.
    #[track_caller]
    pub(crate) fn predicts(self, labels: Self) -> Self {
        let last = self.rank() - 1;
        let logits = self.stop_gradient();
        let largest = logits.clone().max(&[last]);
        let is_number = largest.clone().compare(Comparison::Equal, largest);
        // A label outside of the range of i32 is clamped to its end, which isn't a class either.
        logits.argmax(last).compare(Comparison::Equal, labels.cast(DType::I32)) & is_number
    }
}
