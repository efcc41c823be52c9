//! Plain arrays of f64, index by index: the specification that values are compared with.

use nnx_core::array::DType;
use nnx_core::ops::DynTensor;

use crate::numbers::{Values, elements, tensor};

/// The floating-point types that every operation works on.
pub(crate) const FLOATS: [DType; 2] = [DType::F32, DType::F64];

/// All indices of a shape, in row-major order.
pub(crate) fn all_indices(dims: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for &size in dims {
        all = all
            .iter()
            .flat_map(|head| (0..size).map(move |i| [head.as_slice(), &[i]].concat()))
            .collect();
    }
    all
}

/// An array in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plain {
    pub(crate) dims: Vec<usize>,
    elements: Vec<f64>,
}

impl Plain {
    /// `f` of each index.
    pub(crate) fn build(dims: &[usize], mut f: impl FnMut(&[usize]) -> f64) -> Self {
        Self {
            dims: dims.to_vec(),
            elements: all_indices(dims).iter().map(|index| f(index)).collect(),
        }
    }

    pub(crate) fn numbers(dims: &[usize], values: Values, seed: usize) -> Self {
        Self { dims: dims.to_vec(), elements: values.take(dims.iter().product(), seed) }
    }

    fn flat(&self, index: &[usize]) -> usize {
        assert_eq!(index.len(), self.dims.len());
        index.iter().zip(&self.dims).fold(0, |flat, (&i, &size)| {
            assert!(i < size, "index {index:?} of {:?}", self.dims);
            flat * size + i
        })
    }

    pub(crate) fn at(&self, index: &[usize]) -> f64 {
        self.elements[self.flat(index)]
    }

    pub(crate) fn add(&mut self, index: &[usize], x: f64) {
        let flat = self.flat(index);
        self.elements[flat] += x;
    }

    pub(crate) fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self { dims: self.dims.clone(), elements: self.elements.iter().map(|&x| f(x)).collect() }
    }

    /// Aligned at the last axis, axes of size 1 repeated.
    pub(crate) fn broadcast(&self, dims: &[usize]) -> Self {
        let new = dims.len() - self.dims.len();
        Self::build(dims, |index| {
            let own: Vec<usize> = self
                .dims
                .iter()
                .zip(&index[new..])
                .map(|(&size, &i)| if size == 1 { 0 } else { i })
                .collect();
            self.at(&own)
        })
    }

    /// The array as a contiguous tensor.
    pub(crate) fn tensor(&self, dtype: DType) -> DynTensor {
        tensor(self.elements.clone(), &self.dims).cast(dtype)
    }

    /// The array as tensors of different strides, and broadcast arrays of its shape. Elements outside of a view are
    /// NaN.
    pub(crate) fn views(&self, dtype: DType) -> Vec<(&'static str, Self, DynTensor)> {
        let (dims, rank) = (&self.dims, self.dims.len());
        let mut views = vec![("contiguous", self.clone(), self.tensor(dtype))];
        let backwards: Vec<usize> = (0..rank).rev().collect();
        let reversed = |index: &[usize]| -> Vec<usize> { index.iter().rev().copied().collect() };
        let stored = Self::build(&reversed(dims), |index| self.at(&reversed(index)));
        views.push(("transposed", self.clone(), stored.tensor(dtype).permute(&backwards)));

        let larger: Vec<usize> = dims.iter().map(|size| size + 3).collect();
        let inside = |index: &[usize]| -> Option<Vec<usize>> {
            let shifted =
                index.iter().zip(dims).map(|(&i, &size)| i.checked_sub(1).filter(|&i| i < size));
            shifted.collect()
        };
        let stored =
            Self::build(&larger, |index| inside(index).map_or(f64::NAN, |index| self.at(&index)));
        let sliced = (0..rank).fold(stored.tensor(dtype), |x, axis| x.slice(axis, 1, dims[axis]));
        views.push(("sliced", self.clone(), sliced));

        // Along every axis in turn, and then along all, the first element is repeated.
        let repeated =
            (0..rank).map(|axis| (axis, axis + 1)).chain((rank > 1).then_some((0, rank)));
        for (from, to) in repeated.filter(|_| !dims.contains(&0)) {
            let mut short = dims.clone();
            short[from..to].fill(1);
            let stored = Self::build(&short, |index| self.at(index));
            let shown = stored.tensor(dtype).broadcast_to(dims);
            views.push(("broadcast", stored.broadcast(dims), shown));
        }
        views
    }
}

/// Asserts that a tensor has the shape, the type and, up to rounding, the elements expected.
pub(crate) fn assert_same(found: &DynTensor, expected: &Plain, dtype: DType, what: &str) {
    assert_eq!((&*found.dims(), found.dtype()), (expected.dims.as_slice(), dtype), "{what}");
    let tolerance = if dtype == DType::F32 { 1e-5 } else { 1e-12 };
    for (i, (found, &expected)) in elements(found).into_iter().zip(&expected.elements).enumerate() {
        let near = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
        let same = near || found == expected || (found.is_nan() && expected.is_nan());
        assert!(same, "{what} in {dtype}, element {i}: {found} instead of {expected}");
    }
}
