//! Cumulative sums, products, maxima and logsumexps along an axis.

use super::attributes::{AttributeValue, attributes};
use super::extremes::check_positions;
use super::operation::{Keeps, Operation, Signature, count_flops, expect_float};
use super::recurrence::Line;
use super::reduce::{blocks, check_axes, expect_numbers};
use super::{Backward, Batching, Comparison, DynTensor, Members};
use crate::array::dtype::{for_float, for_integer};
use crate::array::{Array, DType, ShapeError};
use crate::kernel::integer::{self, IntegerFold};
use crate::kernel::scan;

#[derive(Debug, Clone, Copy, AttributeValue)]
enum CumulativeKind {
    Sum,
    Product,
    LogSumExp,
    Max,
    Min,
}

impl CumulativeKind {
    /// The fold of integers; there is no logsumexp of integers.
    fn of_integers(self) -> Option<IntegerFold> {
        match self {
            Self::Sum => Some(IntegerFold::Sum),
            Self::Product => Some(IntegerFold::Product),
            Self::Max => Some(IntegerFold::Max),
            Self::Min => Some(IntegerFold::Min),
            Self::LogSumExp => None,
        }
    }
}

/// A cumulative sum, product, logsumexp, maximum or minimum along an axis; from the last element to the first if
/// `reverse`.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct Cumulative {
    kind: CumulativeKind,
    axis: usize,
    reverse: bool,
}

/// The signature of the one input, or an error unless it is of floating-point type and has the axis.
pub(super) fn expect_axis(
    name: &'static str,
    inputs: &[Signature],
    axis: usize,
) -> Result<Signature, ShapeError> {
    let input = expect_float(name, inputs)?;
    check_axes(name, &input.dims, &[axis])?;
    Ok(input)
}

impl Operation for Cumulative {
    attributes!();
    fn name(&self) -> &'static str {
        match self.kind {
            CumulativeKind::Sum => "cumsum",
            CumulativeKind::Product => "cumprod",
            CumulativeKind::LogSumExp => "cumlogsumexp",
            CumulativeKind::Max => "cummax",
            CumulativeKind::Min => "cummin",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let Some(_) = self.kind.of_integers() else {
            return expect_axis(self.name(), inputs, self.axis);
        };
        let input = expect_numbers(self.name(), inputs)?;
        check_axes(self.name(), &input.dims, &[self.axis])?;
        Ok(input)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let (_, block) = blocks(&x, &[self.axis]);
        if let Some(kind) = self.kind.of_integers().filter(|_| x.dtype().is_integer()) {
            return for_integer!(x.dtype(), E => Array::build(x.dims(), |out| {
                integer::cumulate(kind, x.slice::<E>(), block, self.reverse, out);
            }));
        }
        let extremes = |min| scan::Extremes { min };
        for_float!(x.dtype(), E => Array::build(x.dims(), |out| {
            let x = x.slice::<E>();
            match self.kind {
                CumulativeKind::Max => scan::scan(extremes(false), x, block, self.reverse, out),
                CumulativeKind::Min => scan::scan(extremes(true), x, block, self.reverse, out),
                CumulativeKind::Sum => scan::scan(scan::Sums, x, block, self.reverse, out),
                CumulativeKind::Product => scan::scan(scan::Products, x, block, self.reverse, out),
                CumulativeKind::LogSumExp => scan::scan(scan::LogSums, x, block, self.reverse, out),
            }
        }))
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axis: self.axis + 1, ..*self })
    }
    fn keeps(&self) -> Keeps {
        match self.kind {
            CumulativeKind::Sum => Keeps::NOTHING,
            CumulativeKind::Product | CumulativeKind::LogSumExp => Keeps::BOTH,
            CumulativeKind::Max | CumulativeKind::Min => Keeps::INPUTS,
        }
    }
    fn gradient(&self, at: &Backward<'_>, _: usize) -> Option<DynTensor> {
        let (axis, reverse, g) = (self.axis, self.reverse, at.gradient.clone());
        let there = Line { axis, reverse };
        let back = Line { axis, reverse: !reverse };
        Some(match self.kind {
            CumulativeKind::Sum => g.cumulative(CumulativeKind::Sum, axis, !reverse),
            // dx[l] = y[l - 1] s[l], where y[l - 1] is the product of the earlier elements, and s[l] = g[l] + x[l + 1]
            // s[l + 1]. There is no division, so it is right where elements are 0.
            CumulativeKind::Product => {
                let sums = g.recurrence(back.previous(&at.inputs[0], 0.0), back);
                &sums * &there.previous(at.output, 1.0)
            }
            // Σ g[m] e^(x[l] - y[m]) over m from l on, as e^(x[l] - y[l]) s[l] with
            // s[l] = g[l] + e^(y[l] - y[l + 1]) s[l + 1]: no exponent is above 0.
            CumulativeKind::LogSumExp => {
                let y = at.output;
                let least = y.full_like(f64::NEG_INFINITY);
                let none = y.clone().stop_gradient().compare(Comparison::Equal, least);
                // −∞ - −∞ would be NaN. No gradient flows to an element of −∞.
                let divisor = none.select(y.full_like(0.0), y.clone());
                // Nothing follows the last element: its decay is 0.
                let decay = (y - &back.previous(&divisor, f64::INFINITY)).exp();
                let sums = g.recurrence(decay, back);
                sums * (&at.inputs[0] - &divisor).exp()
            }
            CumulativeKind::Max => g.added_at_extremes(&at.inputs[0], false, axis),
            CumulativeKind::Min => g.added_at_extremes(&at.inputs[0], true, axis),
        })
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let each = if matches!(self.kind, CumulativeKind::LogSumExp) { 4 } else { 1 };
        count_flops(inputs[0].elements(), each)
    }
}

/// The index of the first maximum, or minimum, of the elements up to each one along an axis.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct CumulativePosition {
    min: bool,
    axis: usize,
}

impl Operation for CumulativePosition {
    attributes!();
    fn name(&self) -> &'static str {
        "cumulative_position"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = expect_axis(self.name(), inputs, self.axis)?;
        check_positions(self.name(), input.dims[self.axis])?;
        Ok(Signature { dtype: DType::I32, ..input })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let (_, block) = blocks(&x, &[self.axis]);
        let positions = scan::Positions { min: self.min };
        Array::build(x.dims(), |out| {
            for_float!(x.dtype(), E => scan::scan(positions, x.slice::<E>(), block, false, out));
        })
    }
    fn batching(&self, _: &Members<'_>) -> Batching {
        Batching::leading(Self { axis: self.axis + 1, ..*self })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        inputs[0].elements() as u64
    }
}

impl DynTensor {
    #[track_caller]
    fn cumulative(self, kind: CumulativeKind, axis: usize, reverse: bool) -> Self {
        Self::apply(Cumulative { kind, axis, reverse }, [self])
    }

    /// The gradient of a cumulative maximum or minimum of `x`: each element of the output's gradient is added at the
    /// position of the element that was the maximum.
    fn added_at_extremes(self, x: &Self, min: bool, axis: usize) -> Self {
        let at = CumulativePosition { min, axis };
        let positions = Self::apply(at, [x.clone().stop_gradient()]);
        self.full_like(0.0).scatter_add(axis, positions, self)
    }

    /// The cumulative sum along an axis, added in f64. A sum of integers wraps.
    #[must_use]
    #[track_caller]
    pub fn cumsum(self, axis: usize) -> Self {
        self.cumulative(CumulativeKind::Sum, axis, false)
    }

    /// The cumulative product along an axis. Its gradient is right also where elements are 0.
    #[must_use]
    #[track_caller]
    pub fn cumprod(self, axis: usize) -> Self {
        self.cumulative(CumulativeKind::Product, axis, false)
    }

    /// `ln Σ e^x` of the elements up to each one along an axis.
    #[must_use]
    #[track_caller]
    pub fn cumlogsumexp(self, axis: usize) -> Self {
        self.cumulative(CumulativeKind::LogSumExp, axis, false)
    }

    /// The cumulative maximum along an axis. From the first NaN on it is NaN. The gradient flows to the first of equal
    /// maxima.
    #[must_use]
    #[track_caller]
    pub fn cummax(self, axis: usize) -> Self {
        self.cumulative(CumulativeKind::Max, axis, false)
    }

    /// The cumulative minimum along an axis. From the first NaN on it is NaN. The gradient flows to the first of equal
    /// minima.
    #[must_use]
    #[track_caller]
    pub fn cummin(self, axis: usize) -> Self {
        self.cumulative(CumulativeKind::Min, axis, false)
    }
}
