//! Resizing and upsampling of images, composed of other operations.

use super::DynTensor;
use super::spatial::stretched;
use super::windows::image;

impl DynTensor {
    /// Images `(B, .., C)` resized to other spatial sizes: output index i is input index
    /// `floor((i + 1/2) n / size)` along an axis of size n (`jax.image.resize(.., "nearest")`).
    ///
    /// # Panics
    /// If an axis is empty and its new size isn't 0, if there isn't a size for each spatial axis, or if the
    /// result has more bytes than a program can address.
    #[must_use]
    #[track_caller]
    pub fn resize_nearest(self, sizes: &[usize]) -> Self {
        self.check_image("resize_nearest", sizes.len());
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
            // An integer factor: a broadcast, without indices.
            return self.repeat(axis, size / n);
        }
        // Less than n, because i < size.
        let nearest = |i: usize| (2 * i as u128 + 1) * n as u128 / (2 * size as u128);
        self.taken("resize_nearest", axis, size, |i| {
            usize::try_from(nearest(i)).expect("an index within the axis")
        })
    }

    /// Images `(B, .., C)` with each element repeated `factors[i]` times along spatial axis i
    /// (nearest-neighbour upsampling).
    #[must_use]
    #[track_caller]
    pub fn upsample(self, factors: &[usize]) -> Self {
        let dims = self.dims();
        self.check_image("upsample", factors.len());
        let (batch, sizes) = (dims[0], &dims[1..=factors.len()]);
        let of_axes = |repeated: &dyn Fn(usize) -> usize| {
            let pairs: Vec<usize> =
                sizes.iter().zip(factors).flat_map(|(&n, &f)| [n, repeated(f)]).collect();
            image(batch, &pairs, self.last_size())
        };
        let (single, repeated) = (of_axes(&|_| 1), of_axes(&|factor| factor));
        // A loop: a panic in a closure would be reported here, and not at the line of the caller.
        let mut products = Vec::with_capacity(sizes.len());
        for (&n, &factor) in sizes.iter().zip(factors) {
            products.push(stretched("upsample", n, factor, 0));
        }
        let output = image(batch, &products, self.last_size());
        self.reshape(&single).broadcast_to(&repeated).reshape(&output)
    }

    /// Panics unless this is a batch of images with `axes` spatial axes, one to three.
    #[track_caller]
    pub(super) fn check_image(&self, operation: &'static str, axes: usize) {
        assert!(
            (1..=3).contains(&axes) && self.rank() == axes + 2,
            "`{operation}` takes images (batch, .., channels) of one to three spatial axes and a number for \
             each axis, found {} and {axes} of these",
            self.dims()
        );
    }
}
