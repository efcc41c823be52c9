//! The transform matrices of F(2 × 2, 3 × 3), in the letters of Lavin and Gray, applied to SIMD vectors of
//! channels.

use crate::kernel::Simd;

/// A matrix M of O rows and I columns, as the function `x -> M x`.
pub(super) trait Matrix<const I: usize, const O: usize>: Copy {
    fn times<S: Simd>(self, simd: S, x: [S::Vector; I]) -> [S::Vector; O];
}

/// `Bᵀ`: the input transform.
#[derive(Clone, Copy)]
pub(super) struct InputTransform;

impl Matrix<4, 4> for InputTransform {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b, c, d]: [S::Vector; 4]) -> [S::Vector; 4] {
        [simd.subtract(a, c), simd.add(b, c), simd.subtract(c, b), simd.subtract(b, d)]
    }
}

/// `G`: the kernel transform.
#[derive(Clone, Copy)]
pub(super) struct KernelTransform;

impl Matrix<3, 4> for KernelTransform {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b, c]: [S::Vector; 3]) -> [S::Vector; 4] {
        let half = |x| simd.multiply_add(simd.splat(0.5), x, simd.splat(0.0));
        let outer = simd.add(a, c);
        [a, half(simd.add(outer, b)), half(simd.subtract(outer, b)), c]
    }
}

/// `Aᵀ`: the output transform.
#[derive(Clone, Copy)]
pub(super) struct OutputTransform;

impl Matrix<4, 2> for OutputTransform {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b, c, d]: [S::Vector; 4]) -> [S::Vector; 2] {
        [simd.add(simd.add(a, b), c), simd.subtract(simd.subtract(b, c), d)]
    }
}

/// `A`: the transform of the output's gradient.
#[derive(Clone, Copy)]
pub(super) struct OutputGradTransform;

impl Matrix<2, 4> for OutputGradTransform {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b]: [S::Vector; 2]) -> [S::Vector; 4] {
        [a, simd.add(a, b), simd.subtract(a, b), simd.subtract(simd.splat(0.0), b)]
    }
}

/// `Gᵀ`: the transform to the kernel's gradient.
#[derive(Clone, Copy)]
pub(super) struct KernelGradTransform;

impl Matrix<4, 3> for KernelGradTransform {
    #[inline(always)]
    fn times<S: Simd>(self, simd: S, [a, b, c, d]: [S::Vector; 4]) -> [S::Vector; 3] {
        let half = |x| simd.multiply_add(simd.splat(0.5), x, simd.splat(0.0));
        let (sum, difference) = (half(simd.add(b, c)), half(simd.subtract(b, c)));
        [simd.add(a, sum), difference, simd.add(sum, d)]
    }
}

/// `M x Mᵀ`.
#[inline(always)]
pub(super) fn two_sided<S: Simd, M: Matrix<I, O>, const I: usize, const O: usize>(
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
