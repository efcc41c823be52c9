//! Elementwise operations of one input: how they run, and those that operators and gradient rules need. The others
//! are rows of `elementwise`.

use std::fmt::Debug;

use super::attributes::{Attribute, AttributeError, AttributeValue, attributes};
use super::integer;
use super::operation::one_per_element;
use super::role::{Role, RoleKind};
use super::{Backward, Batching, DynTensor, Keeps, Members, Operation, Operations, Signature};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, Element, ShapeError};
use crate::kernel::Float;
use crate::kernel::elementwise::{self, Map, Update};
use crate::kernel::expression::BlockFunction;

/// An elementwise operation: its function of one element, and its gradient rule.
pub(super) trait UnaryOp: AttributeValue + Debug + Copy + Send + Sync + 'static {
    const NAME: &'static str;
    const KEEPS: Keeps;
    /// Whether the function takes longer than copying an element within a cache. Then only its in-place loop is
    /// compiled, and a result that needs a new buffer is copied there first. For `f64`, which serves to check
    /// gradients, that is always so.
    const IN_PLACE: bool = false;
    fn forward<E: Float>(self, x: E) -> E;
    fn gradient(self, at: &Backward<'_>) -> DynTensor;
    /// [`forward`](Self::forward) of each element of `x`. Here and below the operation is passed by value, so that its
    /// parameters stay in registers.
    fn map<E: Float>(self, x: &[E], out: &mut [E]) {
        elementwise::map_chunk(
            x,
            out,
            #[inline(always)]
            move |x| self.forward(x),
        );
    }
    /// `forward` in place.
    fn update<E: Float>(self, x: &mut [E]) {
        elementwise::update_chunk(
            x,
            #[inline(always)]
            move |x| self.forward(x),
        );
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Unary<R>(pub(super) R);

impl<R: UnaryOp> Operation for Unary<R> {
    attributes!();
    fn name(&self) -> &'static str {
        R::NAME
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        integer::expect_number(R::NAME, inputs)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        if inputs[0].dtype().is_integer() {
            return integer::map(R::NAME, &mut inputs[0]);
        }
        for_float!(inputs[0].dtype(), E => {
            let map_to: Option<Map<'_, E>> = if const { R::IN_PLACE || size_of::<E>() > 4 } { None } else {
                Some(&|x: &[E], out: &mut [E]| self.0.map(x, out))
            };
            map(&mut inputs[0], &|x: &mut [E]| self.0.update(x), map_to)
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        R::KEEPS
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(self.0.gradient(at))
    }
    fn role(&self) -> Role<'_> {
        Role(RoleKind::Elementwise(self))
    }
    fn flops(&self, _: &[Signature], output: &Signature) -> u64 {
        one_per_element(output)
    }
}

/// Its attributes are those of its function.
impl<R: UnaryOp> AttributeValue for Unary<R> {
    const TYPE: &'static str = R::TYPE;
    fn to_attribute(&self) -> Option<Attribute> {
        self.0.to_attribute()
    }
    fn from_attribute(attribute: &Attribute, of: &Operations) -> Result<Self, AttributeError> {
        R::from_attribute(attribute, of).map(Self)
    }
}

impl<R: UnaryOp> BlockFunction for Unary<R> {
    fn update(&self, x: &mut [f32], _: &[f32]) {
        self.0.update(x);
    }
}

/// The elements updated, in place where the array is the only owner of its buffer, else by `to` if there is one.
fn map<E: Element>(x: &mut Array, update: Update<'_, E>, to: Option<Map<'_, E>>) -> Array {
    let order = in_memory_order(x);
    let y = match x.unique_mut::<E>() {
        Some(elements) => {
            elementwise::update(elements, update);
            x.clone()
        }
        None => Array::build(x.dims(), |out| match to {
            Some(to) => elementwise::map_chunks(x.slice::<E>(), out, to),
            None => elementwise::update_copy(x.slice::<E>(), out, update),
        }),
    };
    y.permute_inverse(&order)
}

/// Makes `x` contiguous with its axes in memory order, and returns that order. A view is copied; then the elementwise
/// function works in place on the copy.
pub(super) fn in_memory_order(x: &mut Array) -> Dims {
    let order = x.memory_order();
    *x = x.permute(&order).contiguous();
    order
}

/// `f` of each element; the result may have a different type.
pub(super) fn map_to<A: Element, B: Element>(x: &Array, f: impl Fn(A) -> B + Sync + Send) -> Array {
    let x = x.contiguous();
    Array::build(x.dims(), |out| elementwise::map(x.slice::<A>(), out, f))
}

macro_rules! unary {
    ($($(#[$setting:meta])* $rule:ident { $($field:ident: $type:ty),* } $name:literal, $keeps:ident,
        |$this:ident, $x:ident| $forward:expr, |$at:ident| $gradient:expr;)*) => { $(
        #[derive(Debug, Clone, Copy, $crate::ops::AttributeValue)]
        $(#[$setting])*
        pub(super) struct $rule { $(pub(super) $field: $type),* }
        impl UnaryOp for $rule {
            const NAME: &'static str = $name;
            const KEEPS: Keeps = Keeps::$keeps;
            #[inline(always)]
            fn forward<E: Float>(self, $x: E) -> E {
                let $this = self;
                let _ = $this;
                $forward
            }
            fn gradient(self, $at: &Backward<'_>) -> DynTensor {
                let $this = self;
                let _ = $this;
                $gradient
            }
        }
    )* };
}

pub(super) use unary;

unary! {
    Negate {} "neg", NOTHING, |_rule, x| -x, |at| -at.gradient.clone();
    MulScalar { factor: f64 } "mul_scalar", NOTHING, |rule, x| x * E::from_f64(rule.factor),
        |at| at.gradient.clone().mul_scalar(rule.factor);
    AddScalar { amount: f64 } "add_scalar", NOTHING, |rule, x| x + E::from_f64(rule.amount),
        |at| at.gradient.clone();
    // 1 within the bounds (inclusive), 0 outside. Its gradient is 0.
    Inside { low: f64, high: f64 } "inside", NOTHING, |rule, x| {
        if x >= E::from_f64(rule.low) && x <= E::from_f64(rule.high) { E::ONE } else { E::ZERO }
    }, |at| at.gradient.full_like(0.0);
}

/// 1 where `x` is within the bounds (inclusive), 0 outside: the derivative of `clamp`.
pub(super) fn inside(x: &DynTensor, low: f64, high: f64) -> DynTensor {
    DynTensor::apply(Unary(Inside { low, high }), [x.clone()])
}

impl DynTensor {
    /// `factor · x`.
    #[must_use]
    #[track_caller]
    pub fn mul_scalar(self, factor: f64) -> Self {
        Self::apply(Unary(MulScalar { factor }), [self])
    }

    /// `x + amount`.
    #[must_use]
    #[track_caller]
    pub fn add_scalar(self, amount: f64) -> Self {
        Self::apply(Unary(AddScalar { amount }), [self])
    }
}
