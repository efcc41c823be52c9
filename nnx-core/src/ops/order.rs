//! Sorting, the k largest elements, and quantiles. Operations find indices; values, and their gradients, are taken by
//! index.

use super::attributes::{AttributeValue, attributes};
use super::extremes::check_positions;
use super::operation::{Keeps, Operation, Signature, count_flops};
use super::reduce::{check_axes, remaining_dims};
use super::view::refuse;
use super::{Backward, Batching, Comparison, DynTensor, Members};
use crate::array::dtype::for_element;
use crate::array::{Array, DType, OrPanic as _, ShapeError, product};
use crate::kernel::sort;

/// The order of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
pub enum SortOrder {
    /// From the smallest to the largest element; NaN is last.
    Ascending,
    /// From the largest to the smallest element; NaN is first. Equal elements keep their order.
    Descending,
}

/// How a quantile between two elements is computed (`method=` of NumPy and JAX, `interpolation=` of PyTorch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantileMethod {
    /// In proportion to the distances from both: the default of NumPy, JAX and PyTorch.
    Linear,
    /// The smaller of the two nearest elements.
    Lower,
    /// The larger of the two nearest elements.
    Higher,
    /// The mean of the two nearest elements.
    Midpoint,
    /// The nearer one; the smaller one halfway, as in JAX.
    Nearest,
}

/// Which elements of each row of the last axis are wanted.
#[derive(Debug, Clone, Copy, AttributeValue)]
enum Which {
    /// All elements, sorted.
    Sorted(#[attribute(name = "order")] SortOrder),
    /// The k largest elements.
    Largest(#[attribute(name = "count")] usize),
    /// The elements of these ranks.
    Ranks(#[attribute(name = "ranks")] [usize; 3]),
}

#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct OrderedPositions(#[attribute(name = "which")] Which);

impl Operation for OrderedPositions {
    attributes!();
    fn name(&self) -> &'static str {
        match self.0 {
            Which::Sorted(_) => "argsort",
            Which::Largest(_) => "top_k",
            Which::Ranks(_) => "quantile",
        }
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let name = self.name();
        let [input] = inputs else {
            return refuse(name, format!("takes one input, found {}", inputs.len()));
        };
        let Some(last) = input.dims.len().checked_sub(1) else {
            return refuse(name, "takes at least one axis, found none".to_owned());
        };
        let size = input.dims[last];
        check_positions(name, size)?;
        let length = match self.0 {
            Which::Sorted(_) => size,
            Which::Largest(k) if k > size => {
                return refuse(name, format!("can't take the {k} largest of {size} elements"));
            }
            Which::Largest(k) => k,
            Which::Ranks(ranks) if !ranks.is_sorted() || ranks[2] >= size => {
                let problem = format!("takes ascending ranks below {size}, found {ranks:?}");
                return refuse(name, problem);
            }
            Which::Ranks(ranks) => ranks.len(),
        };
        Ok(Signature { dims: input.dims.with_axis(last, length), dtype: DType::I32 })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        let last = x.dims().len() - 1;
        let width = x.dims()[last];
        let build = |length: usize, write: &dyn Fn(&mut [i32])| {
            Array::build(x.dims().with_axis(last, length), write)
        };
        for_element!(x.dtype(), E => {
            let elements = x.slice::<E>();
            match self.0 {
                Which::Sorted(order) => build(width, &|out| {
                    sort::argsort_rows(elements, width, order == SortOrder::Descending, out);
                }),
                Which::Largest(k) => build(k, &|out| sort::top_k_rows(elements, width, k, out)),
                Which::Ranks(ranks) => {
                    build(ranks.len(), &|out| sort::ranks_rows(elements, width, &ranks, out))
                }
            }
        })
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
    /// Comparisons: n log2 n of a sort, n otherwise.
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let elements = inputs[0].elements();
        let size = inputs[0].dims.last().copied().unwrap_or(1);
        match self.0 {
            Which::Sorted(_) => count_flops(elements, u64::from(size.max(2).ilog2())),
            _ => count_flops(elements, 1),
        }
    }
}

impl DynTensor {
    /// Indices of the last axis, through which no gradient flows.
    #[track_caller]
    fn ordered_positions(&self, which: Which) -> Self {
        Self::apply(OrderedPositions(which), [self.clone().stop_gradient()])
    }

    /// The number of elements along the last axis.
    #[track_caller]
    fn taken_in_rows(self, positions: Self) -> Self {
        let last = self.rank() - 1;
        self.take_along(last, positions)
    }

    /// Refuses an axis that the tensor doesn't have.
    #[track_caller]
    fn expect_axes(&self, name: &'static str, axes: &[usize]) {
        check_axes(name, &self.dims(), axes).or_panic();
    }

    /// The elements sorted along an axis. NaN is larger than all numbers. Equal elements stay in their order.
    #[must_use]
    #[track_caller]
    pub fn sort(self, axis: usize, order: SortOrder) -> Self {
        self.expect_axes("sort", &[axis]);
        let x = self.axis_to_end(axis);
        let positions = x.ordered_positions(Which::Sorted(order));
        x.taken_in_rows(positions).axis_from_end(axis)
    }

    /// The indices that would [`sort`](Self::sort) the elements along an axis, as `i32`.
    #[must_use]
    #[track_caller]
    pub fn argsort(self, axis: usize, order: SortOrder) -> Self {
        self.expect_axes("argsort", &[axis]);
        self.axis_to_end(axis).ordered_positions(Which::Sorted(order)).axis_from_end(axis)
    }

    /// The `k` largest elements along an axis, from the largest on, and their indices as `i32`. NaN is larger than all
    /// numbers. Equal elements keep their order.
    #[must_use]
    #[track_caller]
    pub fn top_k(self, k: usize, axis: usize) -> (Self, Self) {
        self.expect_axes("top_k", &[axis]);
        let x = self.axis_to_end(axis);
        let positions = x.ordered_positions(Which::Largest(k));
        let values = x.taken_in_rows(positions.clone());
        (values.axis_from_end(axis), positions.axis_from_end(axis))
    }

    /// The quantile `q` over axes, given in ascending order: the element of rank `q (n - 1)` of the n sorted elements,
    /// interpolated between two. NaN if there is one.
    ///
    /// # Panics
    /// If `q` isn't within 0 to 1, or an axis is empty.
    #[must_use]
    #[track_caller]
    pub fn quantile(self, q: f64, axes: &[usize], method: QuantileMethod) -> Self {
        assert!((0.0..=1.0).contains(&q), "quantile: expected a quantile from 0 to 1, found {q}");
        self.quantile_of("quantile", q, axes, method)
    }

    /// `top_k` under another name, for errors.
    #[track_caller]
    fn quantile_of(
        self,
        name: &'static str,
        q: f64,
        axes: &[usize],
        method: QuantileMethod,
    ) -> Self {
        let dims = self.dims();
        super::extremes::nonempty_signature(name, &[self.signature()], axes).or_panic();
        let kept = remaining_dims(&dims, axes);
        let count = product(axes.iter().map(|&axis| dims[axis]));
        let last = kept.len();
        let rows = self.rows_of(axes);
        let ([low, high], weight) = between(q, count, method);
        let positions = rows.ordered_positions(Which::Ranks([low, high, count - 1]));
        let found = rows.taken_in_rows(positions);
        let at = |i: usize| found.clone().slice(last, i, 1).reshape(&kept);
        // Select, because a weight of 0 times an infinity would be NaN.
        let value = if weight == 0.0 {
            at(0)
        } else {
            at(0).mul_scalar(1.0 - weight) + at(1).mul_scalar(weight)
        };
        let largest = at(2).stop_gradient();
        let is_number = largest.clone().compare(Comparison::Equal, largest);
        let nan = value.full_like(f64::NAN);
        is_number.select(value, nan)
    }

    /// The median over axes, given in ascending order: the mean of both elements in the middle if their number is even.
    /// NaN if there is one.
    ///
    /// # Panics
    /// If an axis is empty.
    #[must_use]
    #[track_caller]
    pub fn median(self, axes: &[usize]) -> Self {
        self.quantile_of("median", 0.5, axes, QuantileMethod::Linear)
    }
}

/// The ranks of both elements next to the quantile of `count` elements, and the weight of the second.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank is from 0 to below 2^31"
)]
fn between(q: f64, count: usize, method: QuantileMethod) -> ([usize; 2], f64) {
    let rank = q * (count - 1) as f64;
    let (low, high) = (rank.floor() as usize, rank.ceil() as usize);
    let weight = rank.fract();
    match method {
        QuantileMethod::Linear => ([low, high], weight),
        QuantileMethod::Midpoint => ([low, high], if low == high { 0.0 } else { 0.5 }),
        QuantileMethod::Lower => ([low, low], 0.0),
        QuantileMethod::Higher => ([high, high], 0.0),
        QuantileMethod::Nearest if weight <= 0.5 => ([low, low], 0.0),
        QuantileMethod::Nearest => ([high, high], 0.0),
    }
}
