//! Images brought to other sizes.

use super::DynTensor;
use crate::array::{Array, Dims};

impl DynTensor {
    /// Images `(B, .., C)` brought to other spatial sizes: each element is the nearest of the input,
    /// `floor((i + 1/2) n / size)` along an axis of n (`jax.image.resize(.., "nearest")`).
    ///
    /// # Panics
    /// If an axis is empty and its new size isn't 0.
    #[must_use]
    #[track_caller]
    pub fn resize_nearest(self, sizes: &[usize]) -> Self {
        sizes.iter().enumerate().fold(self, |x, (i, &size)| x.resized_along(i + 1, size))
    }

    #[track_caller]
    fn resized_along(self, axis: usize, size: usize) -> Self {
        let dims = self.dims();
        let n = dims[axis];
        assert!(n > 0 || size == 0, "`resize_nearest` takes no empty axis to {size} elements");
        if n == size {
            return self;
        }
        if n > 0 && size.is_multiple_of(n) {
            // Whole repetitions, without indices.
            let single = dims.inserted(axis + 1, 1);
            let repeated: Dims = single.with(axis + 1, size / n);
            return self.reshape(&single).broadcast_to(&repeated).reshape(&dims.with(axis, size));
        }
        let nearest = |i: usize| (2 * i + 1) * n / (2 * size);
        let nearest = (0..size).map(nearest);
        let indices: Vec<i32> =
            nearest.map(|i| i32::try_from(i).expect("an axis is below 2^31")).collect();
        let indices = Array::filled(indices, Dims::new(&[size])).into();
        self.swap_axes(0, axis).gather(indices).swap_axes(0, axis)
    }
}
