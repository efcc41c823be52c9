//! The focal loss, and the power of a probability in it.

use super::attributes::AttributeValue;
use super::binary::{Binary, BinaryOp};
use super::{Backward, Comparison, DynTensor, Keeps};
use crate::kernel::{Float, elementary};

/// `y softplus(-x) + (1 - y) softplus(x)`. For labels 0 and 1 no large values cancel. A term with weight 0 is skipped.
#[inline(always)]
pub(super) fn binary_cross_entropy<E: Float>(x: E, y: E) -> E {
    let term =
        |weight: E, x: E| if weight == E::ZERO { weight } else { weight * elementary::softplus(x) };
    term(y, -x) + term(E::ONE - y, x)
}

/// The derivative of [`binary_cross_entropy`] with respect to the logits.
pub(super) fn slope_of_logits(x: &DynTensor, y: &DynTensor) -> DynTensor {
    let not = -(y.clone().add_scalar(-1.0));
    not * x.clone().sigmoid() - y.clone() * (-x.clone()).sigmoid()
}

/// The derivative of [`binary_cross_entropy`] by the labels: -x, but 0 for an infinite logit.
pub(super) fn slope_of_labels(x: &DynTensor) -> DynTensor {
    let infinity = x.full_like(f64::INFINITY);
    let infinite = x.clone().stop_gradient().abs().compare(Comparison::Equal, infinity);
    infinite.select(x.full_like(0.0), -x.clone())
}

/// `q^gamma` of the probability `q = σ(x) (1 - y) + σ(-x) y` that a logit misses its label.
#[inline(always)]
fn missed_power<E: Float>(x: E, y: E, gamma: f64) -> E {
    if gamma == 0.0 {
        return E::ONE;
    }
    // For labels 0 and 1 the logarithm isn't computed from q, which may underflow.
    let log = if y == E::ZERO {
        -elementary::softplus(-x)
    } else if y == E::ONE {
        -elementary::softplus(x)
    } else {
        (elementary::sigmoid(x) * (E::ONE - y) + elementary::sigmoid(-x) * y).ln()
    };
    (log * E::from_f64(gamma)).exp()
}

#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct MissedPower {
    gamma: f64,
}

impl MissedPower {
    /// The derivative of `q^gamma` with respect to the logit: `gamma q^gamma q' / q`.
    fn slope(self, [x, y]: [&DynTensor; 2], index: usize) -> DynTensor {
        let [hit, miss] = [x.clone(), -x.clone()].map(DynTensor::sigmoid);
        let not = -(y.clone().add_scalar(-1.0));
        let q = &not * &hit + y * &miss;
        // Where q underflows, the cross-entropy by which this is multiplied underflows too.
        let q = q.clamp(f64::from(f32::MIN_POSITIVE), f64::INFINITY);
        let rate = match index {
            0 => &(hit * miss) * &(not - y.clone()),
            _ => miss - hit,
        };
        (self.apply(x, y) * (rate / q)).mul_scalar(self.gamma)
    }

    fn apply(self, x: &DynTensor, y: &DynTensor) -> DynTensor {
        DynTensor::apply(Binary(self), [x.clone(), y.clone()])
    }
}

impl BinaryOp for MissedPower {
    const NAME: &'static str = "sigmoid_focal_loss_power";
    const KEEPS: Keeps = Keeps::INPUTS;
    #[inline(always)]
    fn forward<E: Float>(self, x: E, y: E) -> E {
        missed_power(x, y, self.gamma)
    }
    fn gradient(self, at: Backward<'_>, index: usize) -> Option<DynTensor> {
        let slope = self.slope([&at.inputs[0], &at.inputs[1]], index);
        Some(slope.weighted(at.gradient))
    }
}

/// The binary cross-entropy times `q^gamma`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Focal {
    gamma: f64,
}

impl BinaryOp for Focal {
    const NAME: &'static str = "sigmoid_focal_loss";
    const KEEPS: Keeps = Keeps::INPUTS;
    #[inline(always)]
    fn forward<E: Float>(self, x: E, y: E) -> E {
        let (loss, power) = (binary_cross_entropy(x, y), missed_power(x, y, self.gamma));
        if power == E::ZERO { power } else { loss * power }
    }
    fn gradient(self, at: Backward<'_>, index: usize) -> Option<DynTensor> {
        let [x, y] = [&at.inputs[0], &at.inputs[1]];
        let power = MissedPower { gamma: self.gamma };
        let by_loss = if index == 0 { slope_of_logits(x, y) } else { slope_of_labels(x) };
        let loss = x.clone().sigmoid_binary_cross_entropy(y.clone());
        let slope = by_loss.weighted(power.apply(x, y)) + loss.weighted(power.slope([x, y], index));
        Some(slope.weighted(at.gradient))
    }
}

impl DynTensor {
    /// `-y ln σ(x) - (1 - y) ln(1 - σ(x))` of logits, times the power `gamma` of the probability that misses the label.
    #[track_caller]
    pub(crate) fn sigmoid_focal_loss(self, labels: Self, gamma: f64) -> Self {
        Self::apply(Binary(Focal { gamma }), [self, labels])
    }
}
