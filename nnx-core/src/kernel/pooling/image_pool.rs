//! A pool of images as a value, and the part of an image that some of its positions read.

use std::ops::Range;

use super::{Coverage, max, mean, sum};
use crate::kernel::fold::Block;
use crate::kernel::{means, reduce};

/// A pool of images (batch, depth, height, width, channels).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImagePool {
    /// The maximum of each window.
    Max(Coverage),
    /// The sum of each window.
    Sum(Coverage),
    /// The mean of each window: its sum divided by a number, or by that of its elements in the image.
    Mean(Coverage, Option<usize>),
    /// The sum of all pixels.
    SumOfAll([usize; 3]),
    /// The mean of all pixels.
    MeanOfAll([usize; 3]),
}

impl ImagePool {
    /// The sizes of an image.
    pub(crate) fn input(&self) -> [usize; 3] {
        match self {
            Self::Max(coverage) | Self::Sum(coverage) | Self::Mean(coverage, _) => coverage.input(),
            Self::SumOfAll(input) | Self::MeanOfAll(input) => *input,
        }
    }

    /// The number of positions along each axis.
    pub(crate) fn output(&self) -> [usize; 3] {
        match self {
            Self::Max(coverage) | Self::Sum(coverage) | Self::Mean(coverage, _) => {
                coverage.output()
            }
            Self::SumOfAll(_) | Self::MeanOfAll(_) => [1; 3],
        }
    }

    /// Pools images.
    pub(crate) fn apply(&self, channels: usize, x: &[f32], out: &mut [f32]) {
        let of_all = |rows: fn(&[f32], usize, &mut [f32]), columns, out: &mut [f32]| {
            let length = self.input().iter().product();
            match channels {
                1 => rows(x, length, out),
                _ => {
                    let block = Block { outer: out.len() / channels, length, inner: channels };
                    reduce::for_blocks(x, block, out, columns);
                }
            }
        };
        match self {
            Self::Max(coverage) => max(coverage, channels, x, out),
            Self::Sum(coverage) => sum(coverage, channels, x, out),
            Self::Mean(coverage, count) => mean(coverage, channels, *count, x, out),
            Self::SumOfAll(_) => of_all(reduce::sum_rows, reduce::sum_columns, out),
            Self::MeanOfAll(_) => of_all(means::mean_rows, means::mean_columns, out),
        }
    }

    /// The indices along an axis that these positions read, and the pool of that part of an image to them. `None` if it
    /// can't be cut: it isn't one of windows that move by a stride, or one of these lies in the padding.
    pub(crate) fn part(
        &self,
        axis: usize,
        positions: Range<usize>,
    ) -> Option<(Range<usize>, Self)> {
        let (Self::Max(coverage) | Self::Sum(coverage) | Self::Mean(coverage, _)) = self else {
            return None;
        };
        let Coverage::Window(g) = coverage else { return None };
        let read = g.reads(axis, positions.clone())?;
        let coverage = Coverage::Window(g.part(axis, positions, read.clone()));
        let pool = match self {
            Self::Max(_) => Self::Max(coverage),
            Self::Sum(_) => Self::Sum(coverage),
            Self::Mean(_, count) => Self::Mean(coverage, *count),
            Self::SumOfAll(_) | Self::MeanOfAll(_) => return None,
        };
        Some((read, pool))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::convolution::Geometry;

    /// Windows of 3 along a height of `input`, with padding, and of 2 along a width of 4.
    fn windows(input: usize, stride: usize, pad: usize) -> Coverage {
        Coverage::Window(Geometry {
            rank: 2,
            input: [1, input, 4],
            output: [1, (input + 2 * pad - 3) / stride + 1, 3],
            kernel_size: [1, 3, 2],
            stride: [1, stride, 1],
            dilation: [1; 3],
            pad_before: [0, pad, 0],
        })
    }

    #[test]
    fn the_pools_of_parts_are_those_of_the_whole() {
        const CHANNELS: usize = 3;
        for (input, stride, pad) in
            [(3, 1, 0), (5, 1, 1), (7, 2, 1), (8, 2, 2), (9, 3, 0), (6, 4, 1)]
        {
            let coverage = windows(input, stride, pad);
            let pools = [
                ImagePool::Max(coverage),
                ImagePool::Sum(coverage),
                ImagePool::Mean(coverage, None),
            ];
            for pool in pools.into_iter().chain([ImagePool::Mean(coverage, Some(6))]) {
                let line = 4 * CHANNELS;
                let x: Vec<f32> = (0..input * line).map(|i| (i * 37 % 101) as f32 - 50.0).collect();
                let (rows, out_line) = (pool.output()[1], pool.output()[2] * CHANNELS);
                let mut whole = vec![f32::NAN; rows * out_line];
                pool.apply(CHANNELS, &x, &mut whole);
                for (first, last) in (0..rows).flat_map(|a| (a..rows).map(move |b| (a, b))) {
                    let Some((read, part)) = pool.part(1, first..last + 1) else { continue };
                    let mut found = vec![f32::NAN; (last + 1 - first) * out_line];
                    part.apply(CHANNELS, &x[read.start * line..read.end * line], &mut found);
                    let expected = &whole[first * out_line..(last + 1) * out_line];
                    assert_eq!(found, expected, "{pool:?}, rows {first} to {last}");
                }
            }
        }
    }

    #[test]
    fn windows_in_the_padding_alone_are_not_cut_off() {
        let pool = ImagePool::Max(windows(4, 1, 3));
        assert_eq!(pool.part(1, 0..1), None);
        assert_eq!(pool.part(1, 1..2).map(|(read, _)| read), Some(0..1));
    }
}
