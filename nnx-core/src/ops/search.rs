//! `searchsorted`, `bincount` and `histogram`. No gradient flows through them.

use std::ops::Range;

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature, count_flops};
use super::view::refuse;
use super::{Backward, DynTensor, index};
use crate::array::dtype::{for_element, for_float};
use crate::array::{Array, DType, Dims, ShapeError};
use crate::kernel::{Float, search};

/// Whether `searchsorted` returns the index before or after equal elements (`side=` of NumPy, JAX and PyTorch).
#[derive(Debug, Clone, Copy, PartialEq, Eq, AttributeValue)]
pub enum SearchSide {
    /// Before equal elements: the number of smaller elements.
    Left,
    /// After equal elements: the number of elements that aren't larger.
    Right,
}

/// For each element of the second input, its place in the first, which is a sorted vector; or for elements (.., M) their
/// places in the sorted rows (.., N) with the same leading axes.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct SearchSorted(#[attribute(name = "side")] SearchSide);

/// The sorted rows with the elements that are searched in them: those of a vector are one row.
fn rows<'a, E>(
    sorted: &'a [E],
    dims: &Dims,
    x: &'a [E],
) -> impl Iterator<Item = (&'a [E], Range<usize>)> {
    let length = dims[dims.len() - 1];
    let count: usize = dims[..dims.len() - 1].iter().product();
    let each = x.len() / count.max(1);
    (0..count).map(move |row| (&sorted[row * length..][..length], row * each..(row + 1) * each))
}

impl Operation for SearchSorted {
    attributes!();
    fn name(&self) -> &'static str {
        "searchsorted"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let fits = |sorted: &Dims, x: &Dims| match sorted.len() {
            0 => false,
            1 => true,
            rank => x.len() == rank && x[..rank - 1] == sorted[..rank - 1],
        };
        match inputs {
            [sorted, x] if fits(&sorted.dims, &x.dims) && sorted.dtype == x.dtype => {
                let length = sorted.dims[sorted.dims.len() - 1];
                super::extremes::check_positions(self.name(), length.saturating_add(1))?;
                Ok(Signature { dtype: DType::I32, ..*x })
            }
            [sorted, x] => refuse(
                self.name(),
                format!(
                    "takes a sorted vector and elements of the same type, or sorted rows (.., N) and elements (.., M) \
                     with the same leading axes, found {sorted} and {x}"
                ),
            ),
            _ => refuse(self.name(), "takes two inputs".to_owned()),
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        let sorted = inputs[0].contiguous();
        let dims = sorted.dims();
        let wrong = for_element!(sorted.dtype(), E => {
            rows(sorted.slice::<E>(), &dims, &[]).enumerate().find_map(|(row, (sorted, _))| {
                let i = search::first_descent(sorted)?;
                let of_row = if dims.len() == 1 { String::new() } else { format!(" of row {row}") };
                Some(format!(
                    "takes elements in ascending order, found {:?} behind {:?} at index {i}{of_row}",
                    sorted[i],
                    sorted[i - 1],
                ))
            })
        });
        wrong.map_or(Ok(()), |problem| refuse(self.name(), problem))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (sorted, x) = (inputs[0].contiguous(), inputs[1].contiguous());
        Array::build(x.dims(), |out| {
            let right = self.0 == SearchSide::Right;
            for_element!(x.dtype(), E => {
                for (sorted, range) in rows(sorted.slice::<E>(), &sorted.dims(), x.slice()) {
                    search::searchsorted(sorted, &x.slice()[range.clone()], right, &mut out[range]);
                }
            });
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    /// Comparisons.
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        let length = inputs[0].dims.last().copied().unwrap_or(0);
        let steps = length.max(2).ilog2();
        count_flops(inputs[1].elements(), u64::from(steps))
    }
}

/// How often each number `0..length` occurs.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct BinCount(#[attribute(name = "length")] usize);

/// An error unless the elements can be counted in i32.
fn check_count(name: &'static str, input: &Signature) -> Result<(), ShapeError> {
    match i32::try_from(input.elements()) {
        Ok(_) => Ok(()),
        Err(_) => refuse(
            name,
            format!("counts in i32, which isn't enough for {} elements", input.elements()),
        ),
    }
}

impl Operation for BinCount {
    attributes!();
    fn name(&self) -> &'static str {
        "bincount"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [input] if input.dtype.is_label() => {
                check_count(self.name(), input)?;
                Ok(Signature { dims: Dims::new(&[self.0]), dtype: DType::I32 })
            }
            [input] => {
                refuse(self.name(), format!("takes indices of i32 or i64, found {}", input.dtype))
            }
            _ => refuse(self.name(), "takes one input".to_owned()),
        }
    }
    fn checks_values(&self) -> bool {
        true
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        index::check(self.name(), &inputs[0], self.0)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = index::as_i32(&inputs[0]);
        Array::build(Dims::new(&[self.0]), |out| search::bincount(x.slice(), out))
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

/// The number of elements in each of `bins` bins of equal width.
#[derive(Debug, Clone, Copy, AttributeValue)]
#[attribute(check = check_histogram)]
pub(super) struct Histogram {
    bins: usize,
    low: f64,
    high: f64,
}

fn check_histogram(histogram: &Histogram) -> Result<(), String> {
    let Histogram { bins, low, high } = *histogram;
    match bins > 0 && low < high && low.is_finite() && high.is_finite() {
        true => Ok(()),
        false => {
            Err("takes at least one bin, and bins from a finite edge to a larger one".to_owned())
        }
    }
}

impl Histogram {
    /// The edges, one more than there are bins.
    #[allow(clippy::cast_precision_loss, reason = "far fewer bins than 2^53")]
    fn edges<E: Float>(&self) -> Vec<E> {
        let edge = |i: usize| {
            let share = i as f64 / self.bins as f64;
            E::from_f64(self.low * (1.0 - share) + self.high * share)
        };
        (0..=self.bins).map(edge).collect()
    }
}

impl Operation for Histogram {
    attributes!();
    fn name(&self) -> &'static str {
        "histogram"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let input = super::operation::expect_float(self.name(), inputs)?;
        check_count(self.name(), &input)?;
        Ok(Signature { dims: Dims::new(&[self.bins]), dtype: DType::I32 })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let x = inputs[0].contiguous();
        Array::build(Dims::new(&[self.bins]), |out| {
            for_float!(x.dtype(), E => {
                search::histogram(x.slice::<E>(), &self.edges::<E>(), out);
            });
        })
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, inputs: &[Signature], _: &Signature) -> u64 {
        count_flops(inputs[0].elements(), 3)
    }
}

impl DynTensor {
    /// For each element of `values` its place in this sorted vector, as `i32`; or for values (.., M) their places in these
    /// sorted rows (.., N). NaN is larger than all numbers.
    ///
    /// # Panics
    /// If the vector or a row isn't in ascending order, or rows and values have other leading axes.
    #[must_use]
    #[track_caller]
    pub fn searchsorted(self, values: Self, side: SearchSide) -> Self {
        Self::apply(SearchSorted(side), [self, values])
    }

    /// How often each of the numbers `0..length` occurs among these `i32`: `(length,)`, of `i32`.
    ///
    /// # Panics
    /// If a number isn't in `0..length`.
    #[must_use]
    #[track_caller]
    pub fn bincount(self, length: usize) -> Self {
        Self::apply(BinCount(length), [self])
    }

    /// How many elements are in each of `bins` bins of equal width between `low` and `high`: `(bins,)`, of `i32`. An
    /// element on an edge is in the bin above; the last bin has its upper edge, too. Elements outside, and NaN, aren't
    /// counted.
    ///
    /// # Panics
    /// If there is no bin, or `low` isn't below `high`, or one of them isn't finite.
    #[must_use]
    #[track_caller]
    pub fn histogram(self, bins: usize, low: f64, high: f64) -> Self {
        assert!(bins > 0, "histogram: expected at least one bin, found {bins}");
        assert!(
            low < high && low.is_finite() && high.is_finite(),
            "histogram: expected bins from a finite edge to a larger one, found {low} to {high}"
        );
        Self::apply(Histogram { bins, low, high }, [self])
    }
}
