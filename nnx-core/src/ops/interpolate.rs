//! Resizing by weighted sums of input elements, composed of other operations.

use super::{DynTensor, Interpolation};
use crate::array::dtype::for_float;
use crate::array::{Array, Dims, OrPanic as _, check_allocation};
use crate::kernel::Float as _;

impl DynTensor {
    /// Images `(B, .., C)` resized to other spatial sizes by weighted sums of the elements around each output
    /// element, one axis after the other. An axis that has its size already isn't changed (`jax.image.resize`,
    /// PyTorch's `F.interpolate`).
    ///
    /// The cost is a multiplication and an addition for each neighbour and output element of an axis: 2 neighbours for linear
    /// interpolation and 4 for cubic, times the factor by which the image becomes smaller if it is blurred.
    ///
    /// # Panics
    /// If an axis is empty and its new size isn't 0, if there isn't a size for each spatial axis, or if the result has
    /// more bytes than a program can address.
    #[must_use]
    #[track_caller]
    pub fn resize(self, sizes: &[usize], interpolation: Interpolation) -> Self {
        self.check_image("resize", sizes.len());
        sizes
            .iter()
            .enumerate()
            .fold(self, |x, (i, &size)| x.interpolated(i + 1, size, interpolation))
    }

    #[track_caller]
    fn interpolated(self, axis: usize, size: usize, interpolation: Interpolation) -> Self {
        let (dims, dtype) = (self.dims(), self.dtype());
        let n = dims[axis];
        assert!(n > 0 || size == 0, "`resize` takes no empty axis to {size} elements");
        if n == size {
            return self;
        }
        check_allocation("resize", dims.with_axis(axis, size), dtype).or_panic();
        if size == 0 || dims.with_axis(axis, 1).contains(&0) {
            // The axis is empty: there are no weights either.
            return self.slice(axis, 0, 0).pad(axis, 0, size);
        }
        let weights: Dims = (0..dims.len()).map(|i| if i == axis { size } else { 1 }).collect();
        let neighbour = |(indices, factors): (Vec<usize>, Vec<f64>)| {
            let factors: Array = for_float!(dtype, E => {
                Array::filled::<E>(factors.into_iter().map(E::from_f64).collect(), weights)
            });
            self.clone().index_select(axis, indices) * Self::from(factors)
        };
        let neighbours = interpolation.neighbours(n, size).into_iter().map(neighbour);
        neighbours
            .reduce(|sum, neighbour| sum + neighbour)
            .expect("an axis that isn't empty has a neighbour")
    }
}
