//! Euclidean norms and standard deviations: roots of sums of squares, with a gradient at 0.
//!
//! The slope of a root is infinite at 0, so a plain `x.power(2.0).sum(axes).sqrt()` has a gradient of NaN
//! there. A norm and a deviation have no slope at 0: their gradient there is 0, as in PyTorch. Squares don't
//! overflow.

use super::operation::{Keeps, Operation, Signature};
use super::reduce::{centred, kept, remaining, rows, spread};
use super::standardize::known;
use super::{Backward, Comparison, DynTensor};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, ShapeError};
use crate::kernel::{means, normalization};

/// `√(Σ x²)` over axes.
#[derive(Debug, Clone, Copy)]
struct Norm(Dims);

impl Operation for Norm {
    fn name(&self) -> &'static str {
        "norm"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        remaining("norm", inputs, &self.0)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let dims = kept(&inputs[0].dims(), &self.0);
        let rows = rows(&inputs[0], &self.0).across();
        for_float!(rows.x.dtype(), E => {
            Array::build(dims, |out| means::norm_rows(rows.x.slice::<E>(), rows.width, out))
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        Some(along(at.inputs[0].clone(), at, &self.0))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        2 * inputs[0].elements() as u64
    }
}

/// The root of the mean square of the distance from the mean, over axes.
#[derive(Debug, Clone, Copy)]
struct Deviation(Dims);

impl Operation for Deviation {
    fn name(&self) -> &'static str {
        "std"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        remaining("std", inputs, &self.0)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let of = known(&x.dims(), &self.0);
        for_float!(x.dtype(), E => {
            let dims = kept(&x.dims(), &self.0);
            Array::build(dims, |out| normalization::std_dev(of, x.slice::<E>(), out))
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::BOTH
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let x = &at.inputs[0];
        Some(along(centred(x, &self.0), at, &self.0).scale(1.0 / count(&x.dims(), &self.0)))
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        4 * inputs[0].elements() as u64
    }
}

/// `g direction / length` with the output as the length; 0 where that is 0.
fn along(direction: DynTensor, at: &Backward<'_>, axes: &[usize]) -> DynTensor {
    let length = spread(at.output.clone(), &direction.dims(), axes);
    let zero = length.full_like(0.0);
    let none = length.clone().detach().compare(Comparison::Equal, zero.clone());
    let divisor = none.clone().select(length.full_like(1.0), length);
    // Selected twice, so that the gradient of this is 0 there too.
    let unit = none.select(zero, direction / divisor);
    unit * spread(at.gradient.clone(), &at.inputs[0].dims(), axes)
}

#[allow(clippy::cast_precision_loss, reason = "a count of elements is far below 2^53")]
fn count(dims: &Dims, axes: &[usize]) -> f64 {
    axes.iter().map(|&axis| dims[axis]).product::<usize>() as f64
}

/// `n / (n - correction)`; infinite where nothing is left to divide by.
fn corrected(count: f64, correction: u32) -> f64 {
    count / (count - f64::from(correction)).max(0.0)
}

impl DynTensor {
    /// The Euclidean norm `√(Σ x²)` over axes, given in ascending order. At 0 its gradient is 0.
    #[must_use]
    #[track_caller]
    pub fn norm(self, axes: &[usize]) -> Self {
        Self::apply(Norm(Dims::new(axes)), [self])
    }

    /// The norm over axes, given in ascending order, but at least `min_norm`. Where it isn't above that its
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
        let small = norm.clone().detach().compare(Comparison::LessEqual, least.clone());
        small.select(least, norm)
    }

    /// The variance `Σ (x - mean)² / (n - correction)` over axes, given in ascending order. NaN where n is
    /// not above the correction and the elements are equal, infinite where they aren't.
    #[must_use]
    #[track_caller]
    pub fn var(self, axes: &[usize], correction: u32) -> Self {
        let n = self.counted("var", axes);
        let variance = self.variance(axes);
        if correction == 0 { variance } else { variance.scale(corrected(n, correction)) }
    }

    /// The standard deviation over axes: the root of [`var`](Self::var). Where all elements are equal it is
    /// 0, and so is its gradient.
    #[must_use]
    #[track_caller]
    pub fn std(self, axes: &[usize], correction: u32) -> Self {
        let n = self.counted("std", axes);
        let deviation = self.over_groups("std", axes, |axes, x| Self::apply(Deviation(axes), [x]));
        if correction == 0 { deviation } else { deviation.scale(corrected(n, correction).sqrt()) }
    }

    /// How many elements these axes hold.
    #[track_caller]
    fn counted(&self, name: &'static str, axes: &[usize]) -> f64 {
        self.check_axes(name, axes);
        count(&self.dims(), axes)
    }
}
