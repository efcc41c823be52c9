//! Sizes of the axes of an array, known when the program runs.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// The most axes that an array has (typed shapes have up to 6; windows need two more).
pub const MAX_RANK: usize = 8;

/// Sizes (or strides, or indices) of up to [`MAX_RANK`] axes, kept in place. Derefs to a slice.
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
    /// The sizes given.
    ///
    /// # Panics
    /// With more than [`MAX_RANK`] sizes.
    #[must_use]
    pub fn new(sizes: &[usize]) -> Self {
        sizes.iter().copied().collect()
    }

    /// The product of the sizes.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.iter().product()
    }

    /// The steps of a contiguous array in row-major order.
    #[must_use]
    pub fn strides(&self) -> Self {
        let mut strides = *self;
        let mut step = 1;
        for (stride, &size) in strides.iter_mut().zip(self.iter()).rev() {
            *stride = step;
            step *= size.max(1);
        }
        strides
    }

    /// The sizes without the axis `index`.
    #[must_use]
    pub fn without(&self, index: usize) -> Self {
        let others = self.iter().enumerate().filter(|(i, _)| *i != index);
        others.map(|(_, &size)| size).collect()
    }

    /// The sizes with `size` in place of the axis `index`.
    #[must_use]
    pub fn with(mut self, index: usize, size: usize) -> Self {
        self[index] = size;
        self
    }

    /// The sizes with one of `size` inserted at `index`.
    #[must_use]
    pub fn inserted(&self, index: usize, size: usize) -> Self {
        let (before, after) = self.split_at(index);
        before.iter().chain([&size]).chain(after).copied().collect()
    }
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
