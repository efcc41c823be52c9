//! Elementwise operations of two inputs of the same shape: how they run, and those that operators, gradient rules and
//! masks need. The others are rows of `elementwise/pairs.rs`.
//!
//! Broadcasting is a separate operation (a view with strides of 0), so that the gradient rules here needn't
//! handle it.

use std::fmt::Debug;

use super::attributes::{Attribute, AttributeError, AttributeValue, attributes};
use super::integer;
use super::operation::one_per_element;
use super::role::{Role, RoleKind};
use super::zip::{ZipTo, zip};
use super::{Backward, Batching, DynTensor, Keeps, Members, Operation, Operations, Signature};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError};
use crate::kernel::expression::BlockFunction;
use crate::kernel::{Float, elementwise};

/// An elementwise operation: its function of two elements, and its gradient rules.
pub(super) trait BinaryOp: AttributeValue + Debug + Copy + Send + Sync + 'static {
    const NAME: &'static str;
    const KEEPS: Keeps;
    /// Whether only an in-place loop is compiled, as [`UnaryOp::IN_PLACE`](super::unary::UnaryOp::IN_PLACE) explains.
    const IN_PLACE: bool = false;
    /// Whether both orders of the operands give the same bits, unless both are NaN.
    const COMMUTES: bool = false;
    fn forward<E: Float>(self, a: E, b: E) -> E;
    fn gradient(self, at: &Backward<'_>, index: usize) -> Option<DynTensor>;
    /// `a[i] = forward(a[i], b[i])`.
    fn update<E: Float>(self, a: &mut [E], b: &[E]) {
        if const { Self::IN_PLACE } {
            elementwise::zip_update_chunk_wide(
                a,
                b,
                #[inline(always)]
                move |a, b| self.forward(a, b),
            );
        } else {
            elementwise::zip_update_chunk(
                a,
                b,
                #[inline(always)]
                move |a, b| self.forward(a, b),
            );
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Binary<R>(pub(super) R);

impl<R: BinaryOp> Operation for Binary<R> {
    attributes!();
    fn name(&self) -> &'static str {
        R::NAME
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        integer::expect_same_numbers(R::NAME, inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [a, b] = inputs else { unreachable!("two inputs were checked") };
        if a.dtype().is_integer() {
            return integer::pair(R::NAME, a, b);
        }
        for_float!(a.dtype(), E => {
            let zip_to: Option<ZipTo<'_, E>> = if const { R::IN_PLACE || size_of::<E>() > 4 } { None } else {
                Some(&|a: &[E], b: &[E], out: &mut [E]| elementwise::zip_chunk(
                    a,
                    b,
                    out,
                    #[inline(always)]
                    |a, b| self.0.forward(a, b)
                ))
            };
            zip(a, b, &|a: &mut [E], b: &[E]| self.0.update(a, b), zip_to)
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        R::KEEPS
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        self.0.gradient(at, index)
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Elementwise(self))
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        one_per_element(output)
    }
}

/// Its attributes are those of its function.
impl<R: BinaryOp> AttributeValue for Binary<R> {
    const TYPE: &'static str = R::TYPE;
    fn to_attribute(&self) -> Option<Attribute> {
        self.0.to_attribute()
    }
    fn from_attribute(attribute: &Attribute, of: &Operations) -> Result<Self, AttributeError> {
        R::from_attribute(attribute, of).map(Self)
    }
}

impl<R: BinaryOp> BlockFunction for Binary<R> {
    fn commutes(&self) -> bool {
        R::COMMUTES
    }
    fn update(&self, x: &mut [f32], y: &[f32]) {
        self.0.update(x, y);
    }
}

macro_rules! binary {
    ($($rule:ident $name:literal, $keeps:ident, $(commutes $commutes:literal,)? |$a:ident, $b:ident| $forward:expr,
        |$at:ident| [$left:expr, $right:expr];)*) => { $(
        #[derive(Debug, Clone, Copy, $crate::ops::AttributeValue)]
        pub(super) struct $rule;
        impl $crate::ops::binary::BinaryOp for $rule {
            const NAME: &'static str = $name;
            const KEEPS: Keeps = Keeps::$keeps;
            $(const COMMUTES: bool = $commutes;)?
            #[inline(always)]
            fn forward<E: Float>(self, $a: E, $b: E) -> E {
                $forward
            }
            fn gradient(self, $at: &Backward<'_>, index: usize) -> Option<DynTensor> {
                if index == 0 { $left } else { $right }
            }
        }
    )* };
}

pub(super) use binary;

binary! {
    Sum "add", NOTHING, commutes true, |a, b| a + b, |at| [Some(at.gradient.clone()), Some(at.gradient.clone())];
    Difference "subtract", NOTHING, |a, b| a - b,
        |at| [Some(at.gradient.clone()), Some(-at.gradient.clone())];
    Product "multiply", INPUTS, commutes true, |a, b| a * b,
        |at| [Some(&at.gradient * &at.inputs[1]), Some(&at.gradient * &at.inputs[0])];
    Quotient "divide", INPUTS, |a, b| a / b, |at| [
        Some(&at.gradient / &at.inputs[1]),
        // -(g / b) (a / b) and not -g a / b²: b² could underflow to 0 or overflow.
        Some(-(&(&at.gradient / &at.inputs[1]) * &(&at.inputs[0] / &at.inputs[1])))
    ];
    // b where a > 0, else 0: the gradient of relu. It is linear in b; its derivative with respect to a is 0.
    ReluGradient "relu_gradient", INPUTS, |a, b| if a > E::ZERO { b } else { E::ZERO },
        |at| [None, Some(at.gradient.clone().relu_gradient(at.inputs[0].clone()))];
    // x w, but exactly 0 where w is 0, even if x is infinite or NaN.
    Weighted "weighted", INPUTS, |x, w| if w == E::ZERO { E::ZERO } else { x * w }, |at| [
        Some(at.gradient.clone().weighted(at.inputs[1].clone())),
        Some(zero_if_masked(&at.inputs[0], &at.inputs[1]).weighted(at.gradient.clone()))
    ];
}

/// `x`, but 0 where it is infinite or NaN and its weight is 0: a masked element has no effect on the gradient
/// of its weight.
fn zero_if_masked(x: &DynTensor, weights: &DynTensor) -> DynTensor {
    let (size, zero) = (x.clone().stop_gradient().abs(), x.full_like(0.0));
    let finite = size.compare(super::Comparison::Less, x.full_like(f64::INFINITY));
    let none = weights.clone().stop_gradient().compare(super::Comparison::Equal, zero.clone());
    (none & !finite).select(zero, x.clone())
}

/// 1 where `a > b`, 1/2 where `a == b`, 0 elsewhere: the gradient of `maximum` with respect to `a`, and that of
/// `minimum` with respect to `b`.
pub(super) fn maximum_gradient(a: &DynTensor, b: &DynTensor) -> DynTensor {
    let share =
        |how| a.clone().stop_gradient().compare(how, b.clone().stop_gradient()).cast(a.dtype());
    share(super::Comparison::Greater) + share(super::Comparison::Equal).mul_scalar(0.5)
}

impl DynTensor {
    /// `self · weights`, elementwise, and exactly 0 where the weight is 0, even if the element is infinite or
    /// NaN. The gradients follow the same rule: where the weight is 0, that of `self` is 0; where the output's
    /// gradient is 0, those of both inputs are 0.
    ///
    /// In a plain product `0 · ∞` is NaN: there, a mask or a target of 0 doesn't remove a logarithm of 0.
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor};
    ///
    /// let x = DynTensor::from(Array::new(vec![f32::INFINITY, f32::NAN, 3.0], &[3])?);
    /// let weights = DynTensor::from(Array::new(vec![0.0f32, 0.0, 2.0], &[3])?);
    /// assert_eq!(x.weighted(weights).array().to_vec::<f32>()?, [0.0, 0.0, 6.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn weighted(self, weights: Self) -> Self {
        Self::apply_broadcast(Weighted, self, weights)
    }

    /// The gradient of relu: `self` where relu's `output` is positive, else 0.
    #[must_use]
    #[track_caller]
    pub(super) fn relu_gradient(self, output: Self) -> Self {
        Self::apply(Binary(ReluGradient), [output, self])
    }

    /// Broadcasts both operands to a common shape, and applies the operation.
    #[track_caller]
    pub(super) fn apply_broadcast<R: BinaryOp>(rule: R, a: Self, b: Self) -> Self {
        let operands = if a.dims() == b.dims() { [a, b] } else { broadcast_both(R::NAME, a, b) };
        Self::apply(Binary(rule), operands)
    }
}

/// Broadcasts both operands to a common shape.
#[track_caller]
pub(super) fn broadcast_both(name: &'static str, a: DynTensor, b: DynTensor) -> [DynTensor; 2] {
    let rank = a.rank().max(b.rank());
    let size =
        |x: &DynTensor, i: usize| (i + x.rank()).checked_sub(rank).map_or(1, |i| x.dims()[i]);
    let dims: Dims = (0..rank)
        .map(|i| match (size(&a, i), size(&b, i)) {
            (1, b) => b,
            (a, _) => a,
        })
        .collect();
    let fits = |x: &DynTensor| (0..rank).all(|i| [1, dims[i]].contains(&size(x, i)));
    if !fits(&a) || !fits(&b) {
        let (a, b) = (a.signature(), b.signature());
        let problem = format!(
            "takes shapes that, aligned at the last axis, are the same or 1, found {a} and {b}"
        );
        panic!("{}", ShapeError::operands(name, problem));
    }
    [a.broadcast_to(&dims), b.broadcast_to(&dims)]
}
