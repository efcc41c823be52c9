//! Norms, variances and standard deviations.
//!
//! The derivative of a root is infinite at 0, so a plain `x.powf(2.0).sum(axes).sqrt()` has a gradient of NaN there.
//! The norms and the standard deviation here have the gradient 0 at 0, as in PyTorch. Their powers don't overflow.

use super::attributes::{AttributeValue, attributes};
use super::batching::behind_members;
use super::extremes::tied_share;
use super::layer_norm::{check_groups, expect_groups};
use super::operation::{Keeps, Operation, Signature};
use super::reduce::{blocks, broadcast_back, centered, reduced_signature, remaining_dims, rows};
use super::{Backward, Batching, Comparison, DynTensor, Members};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError};
use crate::kernel::{normalization, p_norm};

/// `(Σ |x|^p)^(1/p)` over axes, for p above 0; the largest `|x|` if p is infinite.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Norm {
    p: f64,
    axes: Dims,
}

impl Operation for Norm {
    attributes!();
    fn name(&self) -> &'static str {
        "norm"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        reduced_signature("norm", inputs, &self.axes)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let dims = remaining_dims(&inputs[0].dims(), &self.axes);
        let simple = [1.0, 2.0, f64::INFINITY].contains(&self.p);
        let (x, block) =
            if simple { blocks(&inputs[0], &self.axes) } else { rows(&inputs[0], &self.axes) };
        for_float!(x.dtype(), E => Array::build(dims, |out| {
            if simple {
                p_norm::norm(self.p, x.slice::<E>(), block, out);
            } else {
                p_norm::norm_of_rows(self.p, x.slice::<E>(), block.length, out);
            }
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axes: behind_members(&self.axes), ..*self })
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let (x, dims) = (&at.inputs[0], at.inputs[0].dims());
        if self.p == 2.0 {
            return Some(scaled_direction(x.clone(), at, &self.axes));
        }
        let sign = x.clone().sign();
        let slope = if self.p == 1.0 {
            sign
        } else if self.p == f64::INFINITY {
            sign * tied_share(&x.clone().abs(), at.output, &self.axes)
        } else {
            // sign(x) (|x| / norm)^(p - 1), and 0 where x is 0.
            let (share, none) = unit(x.clone().abs(), at, &self.axes);
            let zero = share.full_like(0.0);
            let none =
                !(!none & !share.clone().stop_gradient().compare(Comparison::Equal, zero.clone()));
            let base = none.clone().select(share.full_like(1.0), share);
            none.select(zero, base.powf(self.p - 1.0)) * sign
        };
        Some(slope * broadcast_back(at.gradient.clone(), &dims, &self.axes))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        2 * inputs[0].elements() as u64
    }
}

/// `√(mean((x - mean)²))` over axes.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct StdDev(#[attribute(name = "axes")] Dims);

impl Operation for StdDev {
    attributes!();
    fn name(&self) -> &'static str {
        "std"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let output = reduced_signature("std", inputs, &self.0)?;
        check_groups("std", &inputs[0], &self.0)?;
        Ok(output)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let groups = expect_groups(&x.dims(), &self.0);
        for_float!(x.dtype(), E => {
            let dims = remaining_dims(&x.dims(), &self.0);
            Array::build(dims, |out| normalization::std_dev(groups, x.slice::<E>(), out))
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self(behind_members(&self.0)))
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let x = &at.inputs[0];
        Some(
            scaled_direction(centered(x, &self.0), at, &self.0)
                .mul_scalar(1.0 / count(&x.dims(), &self.0)),
        )
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        4 * inputs[0].elements() as u64
    }
}

/// `g · direction / norm`, where the norm is the output; 0 where the norm or `g` is 0.
fn scaled_direction(direction: DynTensor, at: &Backward<'_>, axes: &[usize]) -> DynTensor {
    let (unit, none) = unit(direction, at, axes);
    // This `select` makes the second derivative 0 there, too.
    let unit = none.select(unit.full_like(0.0), unit);
    unit.weighted(broadcast_back(at.gradient.clone(), &at.inputs[0].dims(), axes))
}

/// `direction / norm`, where the norm is the output; where the norm is 0, `direction` itself.
fn unit(direction: DynTensor, at: &Backward<'_>, axes: &[usize]) -> (DynTensor, DynTensor) {
    let length = broadcast_back(at.output.clone(), &direction.dims(), axes);
    let zero = length.full_like(0.0);
    let none = length.clone().stop_gradient().compare(Comparison::Equal, zero);
    let divisor = none.clone().select(length.full_like(1.0), length);
    (direction / divisor, none)
}

#[allow(clippy::cast_precision_loss, reason = "a count of elements is far below 2^53")]
fn count(dims: &Dims, axes: &[usize]) -> f64 {
    axes.iter().map(|&axis| dims[axis]).product::<usize>() as f64
}

/// `n / (n - correction)`; infinite if `n <= correction`.
fn corrected(count: f64, correction: u32) -> f64 {
    count / (count - f64::from(correction)).max(0.0)
}

impl DynTensor {
    /// The Euclidean norm `√(Σ x²)` over axes, given in ascending order. At 0 its gradient is 0.
    #[must_use]
    #[track_caller]
    pub fn norm(self, axes: &[usize]) -> Self {
        self.norm_p(2.0, axes)
    }

    /// The p-norm `(Σ |x|^p)^(1/p)` over axes, given in ascending order; the largest `|x|` if p is infinite. At 0 its
    /// gradient is 0; elements that tie for the largest share it evenly.
    ///
    /// # Panics
    /// If `p` isn't above 0.
    #[must_use]
    #[track_caller]
    pub fn norm_p(self, p: f64, axes: &[usize]) -> Self {
        assert!(
            p > 0.0,
            "norm_p: expected p above 0, and infinity for the largest size, found {p}"
        );
        Self::apply(Norm { p, axes: Dims::new(axes) }, [self])
    }

    /// `max(norm, min_norm)` over axes, given in ascending order. Where the norm isn't above `min_norm` the
    /// gradient is 0 (`optax.safe_norm`).
    ///
    /// # Panics
    /// If `min_norm` is negative, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn safe_norm(self, axes: &[usize], min_norm: f64) -> Self {
        assert!(
            min_norm >= 0.0 && min_norm.is_finite(),
            "safe_norm: expected a least norm of 0 or more, and finite, found {min_norm}"
        );
        let norm = self.norm(axes);
        let least = norm.full_like(min_norm);
        let small = norm.clone().stop_gradient().compare(Comparison::LessEqual, least.clone());
        small.select(least, norm)
    }

    /// The variance `Σ (x - mean)² / (n - correction)` over axes, given in ascending order. If n isn't above the
    /// correction it is NaN for equal elements, and infinite for others.
    #[must_use]
    #[track_caller]
    pub fn var(self, axes: &[usize], correction: u32) -> Self {
        let n = self.count_elements("var", axes);
        let variance = self.variance(axes);
        if correction == 0 { variance } else { variance.mul_scalar(corrected(n, correction)) }
    }

    /// The standard deviation over axes: the root of [`var`](Self::var). Where all elements are equal it is
    /// 0, and so is its gradient.
    #[must_use]
    #[track_caller]
    pub fn std(self, axes: &[usize], correction: u32) -> Self {
        let n = self.count_elements("std", axes);
        let deviation = self.reduce_axes("std", axes, |axes, x| Self::apply(StdDev(axes), [x]));
        if correction == 0 {
            deviation
        } else {
            deviation.mul_scalar(corrected(n, correction).sqrt())
        }
    }

    /// The number of elements of the axes, after a check of them for the operation `name`.
    #[track_caller]
    fn count_elements(&self, name: &'static str, axes: &[usize]) -> f64 {
        self.check_axes(name, axes);
        count(&self.dims(), axes)
    }
}
