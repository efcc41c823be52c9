//! The transforms of Winograd's F(2 × 2, 3 × 3), on vectors of channels: each is `M x Mᵀ` with a small matrix M.

use crate::kernel::{Kernel, Simd};

/// A matrix M of O rows and I columns, as what it makes of a vector.
pub(super) trait Matrix<const I: usize, const O: usize>: Copy {
    fn times<S: Simd>(self, simd: S, x: [S::Vector; I]) -> [S::Vector; O];
}

/// `Bᵀ`: pixels that a tile sees.
#[derive(Clone, Copy)]
pub(super) struct Pixels;

impl Matrix<4, 4> for Pixels {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b, c, d]: [S::Vector; 4]) -> [S::Vector; 4] {
        [simd.subtract(a, c), simd.add(b, c), simd.subtract(c, b), simd.subtract(b, d)]
    }
}

/// `G`: a kernel.
#[derive(Clone, Copy)]
pub(super) struct Taps;

impl Matrix<3, 4> for Taps {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b, c]: [S::Vector; 3]) -> [S::Vector; 4] {
        let half = |x| simd.multiply_add(simd.splat(0.5), x, simd.splat(0.0));
        let outer = simd.add(a, c);
        [a, half(simd.add(outer, b)), half(simd.subtract(outer, b)), c]
    }
}

/// `Aᵀ`: the outputs of a tile.
#[derive(Clone, Copy)]
pub(super) struct Outputs;

impl Matrix<4, 2> for Outputs {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b, c, d]: [S::Vector; 4]) -> [S::Vector; 2] {
        [simd.add(simd.add(a, b), c), simd.subtract(simd.subtract(b, c), d)]
    }
}

/// `A`: gradients of the outputs of a tile.
#[derive(Clone, Copy)]
pub(super) struct OutputGradients;

impl Matrix<2, 4> for OutputGradients {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b]: [S::Vector; 2]) -> [S::Vector; 4] {
        [a, simd.add(a, b), simd.subtract(a, b), simd.subtract(simd.splat(0.0), b)]
    }
}

/// `Gᵀ`: the gradient of a kernel.
#[derive(Clone, Copy)]
pub(super) struct TapGradients;

impl Matrix<4, 3> for TapGradients {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b, c, d]: [S::Vector; 4]) -> [S::Vector; 3] {
        let half = |x| simd.multiply_add(simd.splat(0.5), x, simd.splat(0.0));
        let (sum, difference) = (half(simd.add(b, c)), half(simd.subtract(b, c)));
        [simd.add(a, sum), difference, simd.add(sum, d)]
    }
}

/// `M x Mᵀ`.
#[inline(always)]
fn both_ways<S: Simd, M: Matrix<I, O>, const I: usize, const O: usize>(
    simd: S,
    matrix: M,
    x: [[S::Vector; I]; I],
) -> [[S::Vector; O]; O] {
    let zero = simd.splat(0.0);
    let mut rows = [[zero; O]; I];
    for (row, x) in rows.iter_mut().zip(x) {
        *row = matrix.times(simd, x);
    }
    let mut y = [[zero; O]; O];
    for j in 0..O {
        let mut column = [zero; I];
        for (element, row) in column.iter_mut().zip(&rows) {
            *element = row[j];
        }
        for (row, element) in y.iter_mut().zip(matrix.times(simd, column)) {
            row[j] = element;
        }
    }
    y
}

/// Where the matrices of some items stand: steps from item to item, from row to row, from column to column,
/// each a run of channels.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    pub(super) item: usize,
    pub(super) row: usize,
    pub(super) column: usize,
}

/// Transforms of `items` matrices of `channels` channels.
pub(super) struct Transform<'a, M, const I: usize, const O: usize> {
    pub(super) matrix: M,
    pub(super) items: usize,
    pub(super) channels: usize,
    pub(super) from: &'a [f32],
    pub(super) from_steps: Steps,
    pub(super) to: &'a mut [f32],
    pub(super) to_steps: Steps,
}

impl<M: Matrix<I, O>, const I: usize, const O: usize> Kernel for Transform<'_, M, I, O> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        for item in 0..self.items {
            let whole = self.channels / S::LANES * S::LANES;
            for channel in (0..whole).step_by(S::LANES) {
                self.vector(simd, item, channel, S::LANES);
            }
            if whole < self.channels {
                self.vector(simd, item, whole, self.channels - whole);
            }
        }
    }
}

impl<M: Matrix<I, O>, const I: usize, const O: usize> Transform<'_, M, I, O> {
    /// `count` channels of an item.
    #[inline(always)]
    fn vector<S: Simd>(&mut self, simd: S, item: usize, channel: usize, count: usize) {
        let x =
            read(simd, &self.from[item * self.from_steps.item + channel..], self.from_steps, count);
        let y = both_ways(simd, self.matrix, x);
        let to = &mut self.to[item * self.to_steps.item + channel..];
        for (i, row) in y.into_iter().enumerate() {
            for (j, y) in row.into_iter().enumerate() {
                let at = i * self.to_steps.row + j * self.to_steps.column;
                simd.write(y, &mut to[at..][..count]);
            }
        }
    }
}

/// A matrix of `count` channels.
#[inline(always)]
fn read<S: Simd, const I: usize>(
    simd: S,
    from: &[f32],
    steps: Steps,
    count: usize,
) -> [[S::Vector; I]; I] {
    let mut x = [[simd.splat(0.0); I]; I];
    for (i, row) in x.iter_mut().enumerate() {
        for (j, x) in row.iter_mut().enumerate() {
            *x = simd.read(&from[i * steps.row + j * steps.column..][..count]);
        }
    }
    x
}

/// The outputs of a band of tiles, with a bias. Gives whether all of them are finite.
pub(super) struct Finish<'a> {
    pub(super) from: &'a [f32],
    pub(super) from_steps: Steps,
    pub(super) bias: Option<&'a [f32]>,
    pub(super) channels: usize,
    /// One line of `width` pixels, or two.
    pub(super) to: &'a mut [f32],
    pub(super) width: usize,
}

impl Kernel for Finish<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> bool {
        // 0 times what isn't finite is NaN.
        let mut check = simd.splat(0.0);
        let whole = self.channels / S::LANES * S::LANES;
        for tile in 0..self.width.div_ceil(2) {
            for channel in (0..whole).step_by(S::LANES) {
                check = self.vector(simd, tile, channel, S::LANES, check);
            }
            if whole < self.channels {
                check = self.vector(simd, tile, whole, self.channels - whole, check);
            }
        }
        let mut lanes = [0.0; 16];
        simd.write(check, &mut lanes[..S::LANES]);
        lanes == [0.0; 16]
    }
}

impl Finish<'_> {
    /// `count` channels of a tile: those of its outputs that the image has.
    #[inline(always)]
    fn vector<S: Simd>(
        &mut self,
        simd: S,
        tile: usize,
        channel: usize,
        count: usize,
        mut check: S::Vector,
    ) -> S::Vector {
        let x =
            read(simd, &self.from[tile * self.from_steps.item + channel..], self.from_steps, count);
        let y = both_ways(simd, Outputs, x);
        let bias = self.bias.map(|bias| simd.read(&bias[channel..][..count]));
        let line = self.width * self.channels;
        let columns = 2.min(self.width - 2 * tile);
        for (to, row) in self.to.chunks_exact_mut(line).zip(y) {
            for (j, mut y) in row.into_iter().enumerate().take(columns) {
                if let Some(bias) = bias {
                    y = simd.add(y, bias);
                }
                check = simd.multiply_add(y, simd.splat(0.0), check);
                simd.write(y, &mut to[(2 * tile + j) * self.channels + channel..][..count]);
            }
        }
        check
    }
}
