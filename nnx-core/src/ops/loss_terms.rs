//! The terms that single elements contribute to the loss of a row. Where the gradient of an output is 0, the gradients
//! of the inputs are 0, as for all losses.

use super::attributes::AttributeValue;
use super::binary::{Binary, BinaryOp, binary};
use super::unary::{Unary, UnaryOp, unary};
use super::{Backward, Comparison, DynTensor, Keeps};
use crate::kernel::Float;

binary! {
    // p (ln p - x) + e^x - p, for logarithms x and targets p. The first term is 0 where p is 0.
    GeneralizedKl "generalized_kl_divergence", INPUTS, |x, p| {
        let term = if p == E::ZERO { p } else { p * (p.ln() - x) };
        term + (x.exp() - p)
    }, |at| [
        Some((at.inputs[0].clone().exp() - at.inputs[1].clone()).weighted(at.gradient)),
        Some({
            let (x, p) = (at.inputs[0].clone(), at.inputs[1].clone());
            // The derivative by p: ln p - x; where p is 0, -x, or 0 if that is infinite.
            let none = p.clone().stop_gradient().compare(Comparison::Equal, p.full_like(0.0));
            let x = finite_where(&none, x);
            (none.select(p.full_like(1.0), p).log() - x).weighted(at.gradient)
        })
    ];
}

/// `x`, but 0 where it is infinite and the mask is true.
fn finite_where(mask: &DynTensor, x: DynTensor) -> DynTensor {
    let infinite =
        x.clone().stop_gradient().abs().compare(Comparison::Equal, x.full_like(f64::INFINITY));
    (mask.clone() & infinite).select(x.full_like(0.0), x)
}

/// `-y (l + epsilon (e^l - 1))` of logarithms `l` of probabilities and labels `y`; 0 where the label is 0.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Poly {
    epsilon: f64,
}

impl BinaryOp for Poly {
    const NAME: &'static str = "poly_loss_cross_entropy";
    const KEEPS: Keeps = Keeps::INPUTS;
    #[inline(always)]
    fn forward<E: Float>(self, log: E, y: E) -> E {
        let loss = -(log + log.exp_m1() * E::from_f64(self.epsilon));
        if y == E::ZERO { y } else { y * loss }
    }
    fn gradient(self, at: Backward<'_>, index: usize) -> Option<DynTensor> {
        let (log, y) = (at.inputs[0].clone(), at.inputs[1].clone());
        let p = log.clone().exp().mul_scalar(self.epsilon);
        let slope = if index == 0 {
            -(p.add_scalar(1.0) * y)
        } else {
            let none = y.stop_gradient().compare(Comparison::Equal, log.full_like(0.0));
            -(finite_where(&none, log) + p.add_scalar(-self.epsilon))
        };
        Some(slope.weighted(at.gradient))
    }
}

unary! {
    AbsPower { exponent: f64 } "abs_power", INPUTS, |rule, x| x.abs().powf(E::from_f64(rule.exponent)), |at| {
        let (x, p) = (at.inputs[0].clone(), rule.exponent);
        let slope = (x.clone().sign() * x.abs_power(p - 1.0)).mul_scalar(p);
        slope.weighted(at.gradient)
    };
}

impl DynTensor {
    /// `p (ln p - x) + e^x - p` of logarithms and targets, elementwise.
    #[track_caller]
    pub(crate) fn generalized_kl_divergence(self, targets: Self) -> Self {
        Self::apply(Binary(GeneralizedKl), [self, targets])
    }

    /// `-y (l + epsilon (e^l - 1))` of logarithms of probabilities and labels, elementwise.
    #[track_caller]
    pub(crate) fn poly_loss_cross_entropy(self, labels: Self, epsilon: f64) -> Self {
        Self::apply(Binary(Poly { epsilon }), [self, labels])
    }

    /// `|x|^exponent`, elementwise.
    #[track_caller]
    pub(crate) fn abs_power(self, exponent: f64) -> Self {
        Self::apply(Unary(AbsPower { exponent }), [self])
    }
}
