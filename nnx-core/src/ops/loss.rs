//! Losses as operations. Where the gradient of an output is 0 (because of a mask, say), the gradients of the
//! inputs are exactly 0, even if a prediction is infinite or NaN: see [`DynTensor::weighted`].

use super::attributes::{AttributeValue, attributes};
use super::binary::{Binary, binary, maximum_gradient};
use super::operation::{Keeps, Operation, Signature, expect_same_float};
use super::unary::{Unary, UnaryOp, unary};
use super::{Backward, Batching, Comparison, DynTensor, Members, focal};
use crate::array::{Array, DType, ShapeError};
use crate::kernel::{Float, elementary};

unary! {
    SquaredError {} "squared_error", INPUTS, |_rule, e| e * e,
        |at| at.inputs[0].clone().mul_scalar(2.0).weighted(at.gradient);
    // Halved before the second multiplication, so that it overflows only if e² / 2 does.
    L2 {} "l2_loss", INPUTS, |_rule, e| e * (e * E::from_f64(0.5)),
        |at| at.inputs[0].clone().weighted(at.gradient);
    Huber { delta: f64 } "huber_loss", INPUTS, |rule, e| {
        let (size, delta) = (e.abs(), E::from_f64(rule.delta));
        // The part min(|e|, delta) has a quadratic loss, the rest of |e| a linear one.
        let quadratic = if size > delta { delta } else { size };
        quadratic * quadratic * E::from_f64(0.5) + (size - quadratic) * delta
    }, |at| at.inputs[0].clone().clamp(-rule.delta, rule.delta).weighted(at.gradient);
    LogCosh {} "log_cosh", INPUTS, |_rule, e| elementary::log_cosh(e),
        |at| at.inputs[0].clone().tanh().weighted(at.gradient);
    // max(margin, 0). The derivative at 0 is 1/2, as in JAX.
    Hinge {} "hinge_loss", INPUTS, |_rule, x| if x <= E::ZERO { E::ZERO } else { x }, |at| {
        let (margin, zero) = (&at.inputs[0], at.inputs[0].full_like(0.0));
        maximum_gradient(margin, &zero).weighted(at.gradient)
    };
}

binary! {
    BinaryCrossEntropy "sigmoid_binary_cross_entropy", INPUTS, |x, y| focal::binary_cross_entropy(x, y), |at| [
        Some(focal::slope_of_logits(&at.inputs[0], &at.inputs[1]).weighted(at.gradient)),
        Some(focal::slope_of_labels(&at.inputs[0]).weighted(at.gradient))
    ];
}

/// The cosine of the angle between rows of the last axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Cosine {
    /// The lower bound of the norm (`eps` in PyTorch).
    min_length: f64,
}

/// The rows of the last axis, each divided by its Euclidean norm.
struct UnitRows {
    unit: DynTensor,
    /// The divisor of `factor · row`: the Euclidean norm of the row, but at least `eps`.
    divisor: DynTensor,
    /// The mask of rows whose norm is below `eps`: their divisor is constant.
    is_short: DynTensor,
    /// The power of two that the row is multiplied by first, so that its squares don't over- or underflow.
    factor: DynTensor,
}

/// The factor of rows that aren't tiny. With it, a row of 2^24 of the largest finite elements has a finite length.
const SHRINK: f64 = 1.0 / 4096.0;

impl Cosine {
    /// The rows of `x`, divided by their lengths. Rows of zeros stay zeros.
    fn unit_rows(self, x: &DynTensor) -> UnitRows {
        let last = x.rank() - 1;
        let ones = x.dims().with_axis(last, 1);
        let size = x.clone().stop_gradient().norm(&[last]).reshape(&ones);
        // Tiny rows are scaled up: otherwise their squares would be subnormal and lose digits.
        let (tiny, grow) = match x.dtype() {
            DType::F32 => (2f64.powi(-80), 2f64.powi(64)),
            _ => (2f64.powi(-900), 2f64.powi(512)),
        };
        let small = size.clone().compare(Comparison::Less, size.full_like(tiny));
        let factor = small.select(size.full_like(grow), size.full_like(SHRINK));
        let x = x.clone() * factor.clone();
        let length = x.clone().norm(&[last]).reshape(&ones);
        let min_length = factor.clone().mul_scalar(self.min_length);
        let is_short =
            length.clone().stop_gradient().compare(Comparison::LessEqual, min_length.clone());
        let min_length = if self.min_length == 0.0 { factor.clone() } else { min_length };
        let divisor = is_short.clone().select(min_length, length);
        UnitRows { unit: &x / &divisor, divisor, is_short, factor }
    }
}

impl Operation for Cosine {
    attributes!();
    fn name(&self) -> &'static str {
        "cosine_similarity"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let both = expect_same_float(self.name(), inputs)?;
        match both.dims.len().checked_sub(1) {
            Some(last) => Ok(Signature { dims: both.dims.without_axis(last), ..both }),
            None => Err(ShapeError::operands(self.name(), "takes at least one axis, found none")),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let [u, v] = [0, 1].map(|i: usize| self.unit_rows(&inputs[i].clone().into()).unit);
        let last = u.rank() - 1;
        (u * v).sum(&[last]).into_array()
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::Same
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    /// With respect to x, with the unit rows u and v and the length n of x: `(v - u cos) / n`, or `v / n` where n
    /// is the least length.
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        let [own, other] = [index, 1 - index].map(|i| self.unit_rows(&at.inputs[i]));
        let ones = own.divisor.dims();
        let cosine = at.output.clone().reshape(&ones);
        let radial = own.is_short.select(cosine.full_like(0.0), cosine);
        let slope = &(&other.unit - &(&own.unit * &radial)) / &own.divisor;
        Some((slope * own.factor).weighted(at.gradient.clone().reshape(&ones)))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        // Per element: two norms, two divisions, a product and a sum.
        8 * inputs[0].elements() as u64
    }
}

macro_rules! losses {
    ($($(#[$doc:meta])* $method:ident = $rule:ident;)*) => {
        impl DynTensor { $(
            $(#[$doc])*
            #[track_caller]
            pub(crate) fn $method(self) -> Self {
                Self::apply(Unary($rule {}), [self])
            }
        )* }
    };
}
losses! {
    /// `e²`, for errors e.
    squared_error = SquaredError;
    /// `e² / 2`, for errors e.
    l2_loss = L2;
    /// `ln cosh e`, for errors e.
    log_cosh = LogCosh;
    /// `max(0, m)`, for margins m.
    hinge_loss = Hinge;
}

impl DynTensor {
    /// `e² / 2` of errors up to `delta`, `delta (|e| - delta / 2)` of larger ones.
    #[track_caller]
    pub(crate) fn huber_loss(self, delta: f64) -> Self {
        Self::apply(Unary(Huber { delta }), [self])
    }

    /// `-y ln σ(x) - (1 - y) ln(1 - σ(x))` of logits.
    #[track_caller]
    pub(crate) fn sigmoid_binary_cross_entropy(self, labels: Self) -> Self {
        Self::apply(Binary(BinaryCrossEntropy), [self, labels])
    }

    /// The cosine of the angle between rows of the last axis. Rows shorter than `least` count as that long.
    #[track_caller]
    pub(crate) fn cosine_similarity(self, other: Self, min_length: f64) -> Self {
        Self::apply(Cosine { min_length }, [self, other])
    }
}
