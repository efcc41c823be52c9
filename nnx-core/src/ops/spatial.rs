//! Convolutions with every padding mode and dilation of the layers, and upsampling, composed of other
//! operations.

use super::operation::axis_length;
use super::windows::{Window, Windows, image};
use super::{ConvDims, DynTensor};
use crate::array::{Array, Dims, check_allocation, product};
use crate::size::{AxisWindow, Edge};

impl DynTensor {
    /// The convolution of images `(B, .., C)` with a kernel `(.., C / groups, O)`, plus a bias `(O,)` if given.
    /// `axes` has the stride, the dilation and the padding of each spatial axis.
    #[must_use]
    #[track_caller]
    pub fn convolve(
        self,
        kernel: Self,
        bias: Option<Self>,
        axes: &[AxisWindow],
        groups: usize,
    ) -> Self {
        let [in_channels, out_channels] = [&self, &kernel].map(Self::last_size);
        let windows = Windows::over(axes, &self.dims()[1..]);
        let mut x = self;
        for (i, axis) in axes.iter().enumerate() {
            x = match axis.edge {
                Edge::Circular => x.extended(i + 1, axis.reach() - 1, circular),
                Edge::Reflect => x.extended(i + 1, axis.reach() - 1, reflected),
                _ => x,
            };
            x = x.spread_apart(i + 1, axis.input_dilation);
        }
        let input = Dims::new(&x.dims()[1..=axes.len()]);
        x.conv(kernel, bias, ConvDims { windows, input, in_channels, out_channels, groups })
    }

    /// The transposed convolution of images `(B, .., C)` with a kernel `(.., C, O)`, or `(.., O, C)` if
    /// `transpose_kernel` (`jax.lax.conv_transpose`): `stride - 1` zeros are inserted between the elements of
    /// the images, which are then padded and convolved.
    ///
    /// It is computed as the gradient of a convolution with respect to its input, which skips the zeros.
    #[must_use]
    #[track_caller]
    pub fn convolve_transposed(
        self,
        kernel: Self,
        axes: &[AxisWindow],
        transpose_kernel: bool,
    ) -> Self {
        let kernel = if transpose_kernel { kernel } else { kernel.turned() };
        // The channels of the convolution whose transpose this is.
        let (in_channels, out_channels) = (kernel.dims()[axes.len()], self.last_size());
        let mut windows = Vec::with_capacity(axes.len());
        let mut input = Vec::with_capacity(axes.len());
        let mut behind = Vec::with_capacity(axes.len());
        for (axis, &length) in axes.iter().zip(&self.dims()[1..]) {
            let padding = transposed_padding(axis);
            // Padding beyond the kernel's extent adds zeros to the output: they are added at the end.
            let most = axis.reach() - 1;
            let within = (padding.0.min(most), padding.1.min(most));
            behind.push((padding.0 - within.0, padding.1 - within.1));
            input.push(match length {
                0 if axis.edge == Edge::Valid => axis.reach().saturating_sub(axis.stride),
                0 => 0,
                _ => {
                    let around = 1 + within.0 as u128 + within.1 as u128;
                    stretched("conv_transpose", length - 1, axis.stride, around)
                        .saturating_sub(most)
                }
            });
            let padding = if length == 0 { (0, 0) } else { (most - within.0, most - within.1) };
            let &AxisWindow { size, stride, dilation, .. } = axis;
            windows.push(Window { size, stride, dilation, padding });
        }
        let lengths = self.dims();
        let windows = Windows::new(&windows);
        let dims =
            ConvDims { windows, input: Dims::new(&input), in_channels, out_channels, groups: 1 };
        let mut y = self.conv_transpose(kernel, dims);
        for (i, (axis, zeros)) in axes.iter().zip(behind).enumerate() {
            let length = lengths[i + 1];
            if length > 0 && zeros != (0, 0) {
                y = y.pad(i + 1, zeros.0, zeros.1);
            }
            if axis.edge == Edge::Circular {
                let period = stretched("conv_transpose", length, axis.stride, 0);
                y = y.wrapped(i + 1, period, transpose_kernel);
            }
        }
        y
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
        let product = |(&n, &factor): (&usize, &usize)| stretched("upsample", n, factor, 0);
        let sizes: Vec<usize> = sizes.iter().zip(factors).map(product).collect();
        let output = image(batch, &sizes, self.last_size());
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

    fn last_size(&self) -> usize {
        self.dims().last().copied().unwrap_or(1)
    }

    /// `count` elements along an axis: output index i is input index `source(i)`. `operation` is for messages.
    #[track_caller]
    pub(super) fn taken(
        self,
        operation: &'static str,
        axis: usize,
        count: usize,
        source: impl Fn(usize) -> usize,
    ) -> Self {
        let (dims, dtype) = (self.dims(), self.dtype());
        let room = check_allocation(operation, dims.with_axis(axis, count), dtype);
        room.unwrap_or_else(|error| panic!("{error}"));
        assert!(
            dims[axis] <= 1 << 31,
            "`{operation}` takes axes of at most 2147483648 elements, found {dims}"
        );
        let indices = Array::build(Dims::new(&[count]), |indices: &mut [i32]| {
            for (place, index) in indices.iter_mut().enumerate() {
                *index = i32::try_from(source(place)).expect("an index within the axis");
            }
        });
        self.swapped_with_first(axis).gather(indices.into()).swapped_with_first(axis)
    }

    fn swapped_with_first(self, axis: usize) -> Self {
        if axis == 0 { self } else { self.swap_axes(0, axis) }
    }

    /// An axis padded by `total` elements, half of them, rounded down, at its start. Output index i is input index
    /// `source(length, i - total / 2)`.
    fn extended(self, axis: usize, total: usize, source: fn(usize, isize) -> usize) -> Self {
        let length = self.dims()[axis];
        if total == 0 || length == 0 {
            return self;
        }
        let front = (total / 2).cast_signed();
        let padded = stretched("conv", length, 1, total as u128);
        self.taken("conv", axis, padded, |place| source(length, place.cast_signed() - front))
    }

    /// `step - 1` zeros between the elements of an axis.
    fn spread_apart(self, axis: usize, step: usize) -> Self {
        let dims = self.dims();
        let length = dims[axis];
        if step == 1 || length == 0 {
            return self;
        }
        let apart = self.reshape(&dims.insert_axis(axis + 1, 1)).pad(axis + 1, 0, step - 1);
        // The padded array has this many elements: the product doesn't overflow.
        apart.reshape(&dims.with_axis(axis, length * step)).slice(axis, 0, (length - 1) * step + 1)
    }

    /// A kernel `(.., I, O)` with its spatial axes reversed and as `(.., O, I)`.
    fn turned(self) -> Self {
        let dims = self.dims();
        let [spatial @ .., input, output] = &*dims else { return self };
        let count = product(spatial.iter().copied());
        let flat = self.reshape(&[count, *input, *output]);
        let turned = flat.taken("conv_transpose", 0, count, |place| count - 1 - place);
        let swapped: Dims = spatial.iter().chain([output, input]).copied().collect();
        turned.swap_axes(1, 2).reshape(&swapped)
    }

    /// Sums the elements of an axis whose indices are equal modulo `period`, up to a shift: `period` elements
    /// remain.
    fn wrapped(self, axis: usize, period: usize, transpose_kernel: bool) -> Self {
        let dims = self.dims();
        if period == 0 {
            return self.slice(axis, 0, 0);
        }
        // Padded to an odd number of periods, as evenly on both sides as possible.
        let rest = (dims[axis] - period) % (2 * period);
        let missing = (2 * period - rest) % (2 * period);
        let (less, more) = (missing / 2, missing - missing / 2);
        let (front, behind) = if transpose_kernel { (less, more) } else { (more, less) };
        let periods = (dims[axis] + missing) / period;
        let apart = dims.with_axis(axis, period).insert_axis(axis, periods);
        self.pad(axis, front, behind).reshape(&apart).sum(&[axis])
    }
}

/// The size `size · step + more` of an axis of an operation's output. Panics if it can't be addressed.
#[track_caller]
fn stretched(operation: &'static str, size: usize, step: usize, more: u128) -> usize {
    axis_length(operation, size as u128 * step as u128 + more)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The index within an axis of `length` for the index `place` of the axis repeated in both directions.
fn circular(length: usize, place: isize) -> usize {
    place.rem_euclid(length.cast_signed()).cast_unsigned()
}

/// The index within an axis of `length` for the index `place` of the axis reflected at its first and last
/// element.
fn reflected(length: usize, place: isize) -> usize {
    let period = (2 * (length - 1)).max(1);
    let at = circular(period, place);
    if at < length { at } else { period - at }
}

/// The zeros before and after the dilated input of a transposed convolution.
fn transposed_padding(axis: &AxisWindow) -> (usize, usize) {
    let (stride, reach) = (axis.stride, axis.reach());
    match axis.edge {
        Edge::Zeros(front, behind) => (front, behind),
        Edge::Same => {
            let total = (reach - 1).saturating_add(stride - 1);
            let front = if stride >= reach { reach - 1 } else { total.div_ceil(2) };
            (front, total - front)
        }
        Edge::Valid | Edge::Symmetric | Edge::Circular | Edge::Causal | Edge::Reflect => {
            (reach - 1, stride - 1 + reach.saturating_sub(stride))
        }
    }
}
