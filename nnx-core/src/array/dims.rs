//! The sizes of an array's axes, known at run time.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// The largest rank of an array, and of a typed shape.
pub const MAX_RANK: usize = 8;

/// Sizes (or strides, or indices) of up to [`MAX_RANK`] axes, stored inline. Derefs to a slice.
///
/// ```
/// use nnx_core::array::Dims;
///
/// let dims = Dims::new(&[2, 3]);
/// assert_eq!((dims.len(), dims.elements(), dims.to_string()), (2, 6, "(2, 3)".to_owned()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Dims {
    sizes: [usize; MAX_RANK],
    rank: usize,
}

impl Dims {
    /// `Dims` of these sizes.
    ///
    /// # Panics
    /// With more than [`MAX_RANK`] sizes.
    #[must_use]
    pub fn new(sizes: &[usize]) -> Self {
        sizes.iter().copied().collect()
    }

    /// The product of the sizes: the number of elements of an array. PyTorch's `numel`.
    ///
    /// # Panics
    /// If it overflows a `usize`; [`checked_elements`](Self::checked_elements) returns `None` instead. No
    /// array has such sizes.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.checked_elements().unwrap_or_else(|| {
            panic!("the sizes {self} multiply to more than {}, the largest `usize`", usize::MAX)
        })
    }

    /// The product of the sizes, or `None` if it overflows a `usize`. If a size is 0, it is 0, however
    /// large the others are.
    #[must_use]
    pub fn checked_elements(&self) -> Option<usize> {
        checked_product(self.iter().copied())
    }

    /// The strides of a contiguous array in row-major order. If the array has no elements, its strides are never used.
    #[must_use]
    pub fn strides(&self) -> Self {
        let mut strides = *self;
        let mut step = 1;
        for (stride, &size) in strides.iter_mut().zip(self.iter()).rev() {
            *stride = step;
            step = usize::saturating_mul(step, size.max(1));
        }
        strides
    }

    /// The sizes without axis `index`.
    #[must_use]
    pub fn without_axis(&self, index: usize) -> Self {
        let others = self.iter().enumerate().filter(|(i, _)| *i != index);
        others.map(|(_, &size)| size).collect()
    }

    /// The sizes with axis `index` replaced by `size`.
    #[must_use]
    pub fn with_axis(mut self, index: usize, size: usize) -> Self {
        self[index] = size;
        self
    }

    /// The sizes with an axis of `size` inserted before axis `index`.
    #[must_use]
    pub fn insert_axis(&self, index: usize, size: usize) -> Self {
        let (before, after) = self.split_at(index);
        before.iter().chain([&size]).chain(after).copied().collect()
    }
}

/// The product of sizes: 0 if a size is 0, and `None` if it overflows a `usize`.
fn checked_product(sizes: impl IntoIterator<Item = usize>) -> Option<usize> {
    let (mut product, mut too_large, mut empty) = (1usize, false, false);
    for size in sizes {
        let (next, wrapped) = product.overflowing_mul(size);
        (product, too_large, empty) = (next, too_large | wrapped, empty | (size == 0));
    }
    (empty || !too_large).then_some(product)
}

/// The product of some of an array's sizes. It never wraps. If the array has elements, it is at most their
/// number. If it has none, an overflow gives `usize::MAX`.
pub(crate) fn product(sizes: impl IntoIterator<Item = usize>) -> usize {
    checked_product(sizes).unwrap_or(usize::MAX)
}

impl FromIterator<usize> for Dims {
    fn from_iter<I: IntoIterator<Item = usize>>(sizes: I) -> Self {
        let mut dims = Self::default();
        for size in sizes {
            assert!(dims.rank < MAX_RANK, "an array has at most {MAX_RANK} axes");
            dims.sizes[dims.rank] = size;
            dims.rank += 1;
        }
        dims
    }
}

impl Deref for Dims {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.sizes[..self.rank]
    }
}

impl DerefMut for Dims {
    fn deref_mut(&mut self) -> &mut [usize] {
        &mut self.sizes[..self.rank]
    }
}

impl fmt::Display for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (i, size) in self.iter().enumerate() {
            write!(f, "{}{size}", if i > 0 { ", " } else { "" })?;
        }
        f.write_str(if self.rank == 1 { ",)" } else { ")" })
    }
}

impl fmt::Debug for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_counted_exactly_or_not_at_all() {
        let large = 1 << 40;
        for (sizes, expected) in [
            (&[][..], Some(1)),
            (&[3, 4, 5], Some(60)),
            (&[usize::MAX], Some(usize::MAX)),
            (&[usize::MAX, 1, 1], Some(usize::MAX)),
            (&[1 << 32, (1 << 32) - 1], Some((1 << 32) * ((1 << 32) - 1))),
            (&[1 << 32, 1 << 32], None),
            (&[65536; 4], None),
            // 2 (2^63 + 1) wraps to 2.
            (&[(1 << 63) + 1, 2], None),
            (&[usize::MAX; 8], None),
            (&[large, large, 0], Some(0)),
            (&[0, large, large], Some(0)),
            (&[large, 0, large, large], Some(0)),
        ] {
            assert_eq!(Dims::new(sizes).checked_elements(), expected, "{sizes:?}");
        }
    }

    #[test]
    fn strides_of_an_empty_shape_never_wrap() {
        let large = 1 << 40;
        assert_eq!(*Dims::new(&[2, 3, 4]).strides(), [12, 4, 1]);
        assert_eq!(*Dims::new(&[0, large, large]).strides(), [usize::MAX, large, 1]);
    }

    #[test]
    #[should_panic(
        expected = "the sizes (4294967296, 4294967296) multiply to more than 18446744073709551615"
    )]
    fn a_product_that_would_wrap_is_a_panic() {
        _ = Dims::new(&[1 << 32, 1 << 32]).elements();
    }
}
