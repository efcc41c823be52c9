//! Views of the same elements with other axes: reshape, permute, narrow, broadcast.

use super::allocation::expect_allocation;
use super::{Array, Dims, MAX_RANK};

/// Sorts axes by keys, stable. It takes a `dyn` function, so that the sort is compiled once for all callers.
pub(crate) fn sort_by_key(indices: &mut [usize], key: &dyn Fn(usize) -> usize) {
    indices.sort_by_key(|&index| key(index));
}

impl Array {
    /// Whether the elements are in row-major order without gaps.
    pub(crate) fn is_contiguous(&self) -> bool {
        let (mut step, mut in_order) = (1_usize, true);
        for (&size, &stride) in self.dims.iter().zip(self.strides.iter()).rev() {
            if size == 0 {
                return true;
            }
            in_order &= size == 1 || stride == step;
            step = step.saturating_mul(size);
        }
        in_order
    }

    /// The same elements with a different shape of the same number of elements. Copies them if the array isn't
    /// contiguous. PyTorch's `reshape`.
    ///
    /// # Panics
    /// If the products differ.
    #[must_use]
    pub fn reshape(&self, sizes: &[usize]) -> Self {
        let dims = Dims::new(sizes);
        let fits = dims.checked_elements() == Some(self.elements());
        assert!(fits, "`reshape` can't turn shape {} into {dims}", self.dims);
        Self { dims, strides: dims.strides(), ..self.contiguous() }
    }

    /// The axes in the order given: axis `i` of the result is axis `order[i]` of this array. A view.
    ///
    /// # Panics
    /// If `order` isn't a permutation of the axes.
    #[must_use]
    pub fn permute(&self, order: &[usize]) -> Self {
        let mut seen = [false; MAX_RANK];
        order.iter().filter(|&&i| i < MAX_RANK).for_each(|&i| seen[i] = true);
        let all = order.len() == self.dims.len() && seen[..order.len()].iter().all(|&seen| seen);
        assert!(all, "{order:?} isn't an order of the axes of {}", self.dims);
        Self {
            dims: order.iter().map(|&i| self.dims[i]).collect(),
            strides: order.iter().map(|&i| self.strides[i]).collect(),
            ..self.outside_programs().clone()
        }
    }

    /// The inverse of [`permute`](Self::permute) with the same order.
    pub(crate) fn permute_inverse(&self, order: &[usize]) -> Self {
        let mut inverse = Dims::new(order);
        order.iter().enumerate().for_each(|(i, &axis)| inverse[axis] = i);
        self.permute(&inverse)
    }

    /// The axes in the order of memory, the largest stride first; row-major if an axis is broadcast.
    pub(crate) fn memory_order(&self) -> Dims {
        let mut order: Dims = (0..self.dims.len()).collect();
        if !self.strides.contains(&0) {
            sort_by_key(&mut order, &|axis| usize::MAX - self.strides[axis]);
        }
        order
    }

    /// Two axes swapped. A view.
    #[must_use]
    pub fn transpose(&self, a: usize, b: usize) -> Self {
        let mut order: Vec<usize> = (0..self.dims.len()).collect();
        order.swap(a, b);
        self.permute(&order)
    }

    /// `length` elements of an axis, starting at `start`. A view, as PyTorch's `narrow`.
    ///
    /// # Panics
    /// If they extend past the axis.
    #[must_use]
    pub fn narrow(&self, axis: usize, start: usize, length: usize) -> Self {
        let size = self.dims[axis];
        assert!(
            start.checked_add(length).is_some_and(|end| end <= size),
            "can't take {length} elements from {start} on of an axis of {size}"
        );
        Self {
            offset: self.offset + if length > 0 { start * self.strides[axis] } else { 0 },
            dims: self.dims.with_axis(axis, length),
            ..self.outside_programs().clone()
        }
    }

    /// The diagonal of the last two axes, which are equal. A view.
    pub(crate) fn diagonal(&self) -> Self {
        let rank = self.dims.len() - 1;
        let mut strides = Dims::new(&self.strides[..rank]);
        strides[rank - 1] += self.strides[rank];
        Self { dims: Dims::new(&self.dims[..rank]), strides, ..self.outside_programs().clone() }
    }

    /// The array broadcast to `sizes`, as in NumPy: axes are aligned at the last one, and axes of size 1
    /// are repeated. A view.
    ///
    /// # Panics
    /// If an axis is neither 1 nor the size in `sizes`, or the result has more bytes than a program can
    /// address.
    #[must_use]
    #[track_caller]
    pub fn broadcast(&self, sizes: &[usize]) -> Self {
        let dims = Dims::new(sizes);
        expect_allocation("broadcast", dims, self.dtype());
        let new = dims.len().checked_sub(self.dims.len());
        let new = new.unwrap_or_else(|| panic!("broadcast of {} to {dims}", self.dims));
        let stride = |i: usize| {
            let own = i.checked_sub(new).map(|i| (self.dims[i], self.strides[i]));
            match own {
                Some((size, stride)) if size == dims[i] => stride,
                None | Some((1, _)) => 0,
                Some(_) => panic!("broadcast of {} to {dims}", self.dims),
            }
        };
        Self {
            strides: (0..dims.len()).map(stride).collect(),
            dims,
            ..self.outside_programs().clone()
        }
    }
}
