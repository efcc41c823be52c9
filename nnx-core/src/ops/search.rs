//! Places in sorted arrays, and counts of bins. No gradient flows through them.

use super::operation::{Keeps, Operation, Signature, count_flops};
use super::view::refuse;
use super::{Backward, DynTensor, index};
use crate::array::dtype::{for_element, for_float};
use crate::array::{Array, DType, Dims, ShapeError};
use crate::kernel::{Float, search};

/// The side of equal elements on which a place is (`side=` of NumPy, JAX and PyTorch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchSide {
    /// Before them: the number of smaller elements.
    Left,
    /// Behind them: the number of elements that aren't larger.
    Right,
}

/// For each element of the second input, its place in the first, which is sorted and has one axis.
#[derive(Debug, Clone, Copy)]
struct SearchSorted(SearchSide);

impl Operation for SearchSorted {
    fn name(&self) -> &'static str {
        "searchsorted"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match inputs {
            [sorted, x] if sorted.dims.len() == 1 && sorted.dtype == x.dtype => {
                super::extremes::check_positions(self.name(), sorted.dims[0].saturating_add(1))?;
                Ok(Signature { dtype: DType::I32, ..*x })
            }
            [sorted, x] => refuse(
                self.name(),
                format!(
                    "takes a sorted vector and elements of the same type, found {sorted} and {x}"
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
        let wrong = for_element!(sorted.dtype(), E => {
            search::first_descent(sorted.slice::<E>()).map(|i| {
                let sorted = sorted.slice::<E>();
                format!(
                    "takes a vector in ascending order, found {:?} behind {:?} at index {i}",
                    sorted[i],
                    sorted[i - 1],
                )
            })
        });
        wrong.map_or(Ok(()), |problem| refuse(self.name(), problem))
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let (sorted, x) = (inputs[0].contiguous(), inputs[1].contiguous());
        Array::build(x.dims(), |out| {
            let right = self.0 == SearchSide::Right;
            for_element!(x.dtype(), E => {
                search::searchsorted(sorted.slice::<E>(), x.slice(), right, out);
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
        let steps = inputs[0].elements().max(2).ilog2();
        count_flops(inputs[1].elements(), u64::from(steps))
    }
}

/// How often each number occurs.
#[derive(Debug, Clone, Copy)]
struct BinCount(usize);

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

/// How many elements are in each of `bins` bins of equal width.
#[derive(Debug, Clone, Copy)]
struct Histogram {
    bins: usize,
    low: f64,
    high: f64,
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
    /// For each element of `values` its place in this sorted vector, as `i32`. NaN is larger than all numbers.
    ///
    /// # Panics
    /// If the vector isn't in ascending order, or has another number of axes than one.
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
