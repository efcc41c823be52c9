//! Orthogonal kernels. Multiplying by one preserves norms, so activations neither grow nor vanish.

use super::{Initializer, filled, rounded};
use crate::random::capacity::element_count;
use crate::random::{Key, continuous, double};

/// A matrix with orthonormal columns (or rows, if these are fewer), times `scale`. Made by
/// [`orthogonal`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orthogonal {
    /// The length of the columns.
    pub scale: f64,
}

/// A convolution that multiplies each pixel by an orthogonal matrix. Made by [`delta_orthogonal`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeltaOrthogonal {
    /// The length of the rows of the matrix.
    pub scale: f64,
}

/// A random matrix with orthonormal columns, times `scale`. Flax: `nnx.initializers.orthogonal(scale)`, with the
/// default 1. Source: Saxe et al. 2014.
///
/// All axes but the last are flattened into the rows of the matrix; the last axis is its columns. The matrix is the
/// Q of the QR decomposition (with a positive diagonal of R) of a matrix of standard normal samples, and so
/// uniformly distributed. If it has more columns than rows, the rows are orthonormal.
///
/// The decomposition is computed in f64, in JAX in f32: the values agree to about 1e-6.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let q = init::orthogonal(1.0).sample(Key::new(0), &[2, 2]);
/// assert!((q[0] * q[1] + q[2] * q[3]).abs() < 1e-6);
/// assert!((q[0] * q[0] + q[2] * q[2] - 1.0).abs() < 1e-6);
/// ```
pub fn orthogonal(scale: f64) -> Orthogonal {
    Orthogonal { scale }
}

/// A convolution kernel that is zero except at the center of its window, where it is a random orthogonal matrix of
/// the last two axes, times `scale`. Flax: `nnx.initializers.delta_orthogonal(scale)`, with the default 1. Source:
/// Xiao et al. 2018.
///
/// ```
/// # use nnx_core::random::{Key, init, init::Initializer};
/// let kernel = init::delta_orthogonal(1.0).sample(Key::new(0), &[3, 1, 1]);
/// assert_eq!([kernel[0], kernel[1].abs(), kernel[2]], [0.0, 1.0, 0.0]);
/// ```
pub fn delta_orthogonal(scale: f64) -> DeltaOrthogonal {
    DeltaOrthogonal { scale }
}

impl Initializer for Orthogonal {
    /// # Panics
    /// If there are fewer than two dimensions.
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        let normal = |n| continuous::normal(key, n).into_iter().map(f64::from).collect();
        let scale = rounded(self.scale);
        self.matrix(dims, normal).into_iter().map(|x| scale * rounded(x)).collect()
    }
    fn sample_f64(&self, key: Key, dims: &[usize]) -> Vec<f64> {
        let matrix = self.matrix(dims, |n| double::normal_f64(key, n));
        matrix.into_iter().map(|x| self.scale * x).collect()
    }
}

impl Orthogonal {
    /// The elements of the orthogonal matrix, of that many samples of the standard normal distribution.
    fn matrix(&self, dims: &[usize], normal: impl Fn(usize) -> Vec<f64>) -> Vec<f64> {
        let [leading @ .., columns] = dims else { refuse_orthogonal(dims) };
        if leading.is_empty() {
            refuse_orthogonal(dims);
        }
        if element_count(dims) == 0 {
            return Vec::new();
        }
        // No dimension is 0, so if the product of all doesn't overflow, neither does the product of some.
        let (rows, columns) = (element_count(leading), *columns);
        let (long, short) = (rows.max(columns), rows.min(columns));

        // The normal matrix has shape (long, short), as in JAX. Its columns are to become orthonormal, so each
        // is copied into a vector.
        let normal = normal(long * short);
        let mut vectors: Vec<Vec<f64>> =
            (0..short).map(|j| normal.iter().skip(j).step_by(short).copied().collect()).collect();
        orthonormalize(&mut vectors);

        let element = |row: usize, column: usize| match rows >= columns {
            true => vectors[column][row],
            false => vectors[row][column],
        };
        (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .map(|(row, column)| element(row, column))
            .collect()
    }
}

impl Initializer for DeltaOrthogonal {
    /// # Panics
    /// If there are not three, four or five dimensions, or there are more inputs than outputs.
    fn sample(&self, key: Key, dims: &[usize]) -> Vec<f32> {
        self.kernel(dims, |rule, dims| rule.sample(key, dims))
    }
    fn sample_f64(&self, key: Key, dims: &[usize]) -> Vec<f64> {
        self.kernel(dims, |rule, dims| rule.sample_f64(key, dims))
    }
}

impl DeltaOrthogonal {
    /// The kernel whose center is the orthogonal matrix that `draw` returns.
    fn kernel<T: Copy + Default>(
        &self,
        dims: &[usize],
        draw: impl Fn(Orthogonal, &[usize]) -> Vec<T>,
    ) -> Vec<T> {
        let (window, [inputs, outputs]) = match dims.split_last_chunk() {
            Some((window @ ([_] | [_, _] | [_, _, _]), matrix)) => (window, *matrix),
            _ => panic!(
                "delta_orthogonal needs the kernel of a convolution, (window.., in, out) with a \
                 window of one to three dimensions, found {dims:?}: for a matrix use orthogonal()"
            ),
        };
        assert!(
            inputs <= outputs,
            "delta_orthogonal needs at least as many outputs as inputs to keep lengths, found \
             {inputs} inputs and {outputs} outputs in {dims:?}: use orthogonal() or he_normal()"
        );
        let mut kernel = filled(dims, T::default());
        if !kernel.is_empty() {
            let matrix = draw(orthogonal(self.scale), &[inputs, outputs]);
            let middle = window.iter().fold(0, |flat, size| flat * size + (size - 1) / 2);
            kernel[middle * matrix.len()..][..matrix.len()].copy_from_slice(&matrix);
        }
        kernel
    }
}

fn refuse_orthogonal(dims: &[usize]) -> ! {
    panic!(
        "orthogonal needs a kernel of at least two dimensions, (.., in, out), found {dims:?}: for \
         biases and scales use zeros(), ones(), constant(value) or normal(std)"
    )
}

/// Gram-Schmidt orthonormalization: subtracts from each vector its projections on the vectors before it, then
/// normalizes it. The result is the Q with a positive diagonal of R.
///
/// The projections are subtracted twice. For nearly parallel vectors the rounding errors of the first pass are
/// large; the second pass removes them.
fn orthonormalize(vectors: &mut [Vec<f64>]) {
    for j in 0..vectors.len() {
        let (done, rest) = vectors.split_at_mut(j);
        let vector = &mut rest[0];
        for _ in 0..2 {
            for unit in &*done {
                let projection = dot(unit, vector);
                vector.iter_mut().zip(unit).for_each(|(x, u)| *x -= projection * u);
            }
        }
        let length = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= length);
    }
}

/// The dot product. It adds eight interleaved partial sums, so that the compiler vectorizes it, then these in
/// order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (a.chunks(8), b.chunks(8));
    let mut sums = [0.0; 8];
    for (a, b) in a.zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest deviation of the Gram matrix of the shorter side from the identity.
    fn worst_gram_error(q: &[f32], rows: usize, columns: usize) -> f32 {
        let at = |i: usize, k: usize| {
            if rows >= columns { q[k * columns + i] } else { q[i * columns + k] }
        };
        let (short, long) = (rows.min(columns), rows.max(columns));
        let mut worst = 0.0f32;
        for i in 0..short {
            for j in 0..short {
                let dot: f32 = (0..long).map(|k| at(i, k) * at(j, k)).sum();
                worst = worst.max((dot - f32::from(i == j)).abs());
            }
        }
        worst
    }

    #[test]
    fn the_shorter_side_is_orthonormal() {
        for [rows, columns] in [[1, 1], [1, 5], [9, 2], [16, 16], [7, 30], [33, 8]] {
            let q = orthogonal(1.0).sample(Key::new(1), &[rows, columns]);
            let error = worst_gram_error(&q, rows, columns);
            assert!(error < 1e-6, "({rows}, {columns}): {error}");
        }
    }

    #[test]
    fn nearly_parallel_vectors_become_orthogonal() {
        let mut vectors = vec![vec![1.0, 1e-9, 0.0], vec![1.0, 0.0, 1e-9], vec![1.0, 0.0, 0.0]];
        orthonormalize(&mut vectors);
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            assert!(dot(&vectors[i], &vectors[j]).abs() < 1e-15, "{i} and {j}");
        }
    }

    #[test]
    fn all_axes_but_the_last_are_rows() {
        let kernel = orthogonal(2.0).sample(Key::new(1), &[3, 3, 2, 5]);
        assert_eq!(kernel, orthogonal(2.0).sample(Key::new(1), &[18, 5]));
    }

    #[test]
    fn an_even_window_has_its_middle_on_the_low_side() {
        let kernel = delta_orthogonal(1.0).sample(Key::new(1), &[4, 2, 1, 1]);
        let index = kernel.iter().position(|&x| x != 0.0);
        assert_eq!(index, Some(2)); // row 1 of 4, column 0 of 2
    }

    #[test]
    fn empty_kernels_are_empty() {
        assert!(orthogonal(1.0).sample(Key::new(0), &[0, 3]).is_empty());
        assert!(orthogonal(1.0).sample(Key::new(0), &[3, 0]).is_empty());
        assert!(delta_orthogonal(1.0).sample(Key::new(0), &[0, 2, 3]).is_empty());
    }

    #[test]
    #[should_panic(
        expected = "orthogonal needs a kernel of at least two dimensions, (.., in, out), \
                               found [4]: for biases and scales use zeros(), ones(), \
                               constant(value) or normal(std)"
    )]
    fn orthogonal_refuses_a_bias() {
        orthogonal(1.0).sample(Key::new(0), &[4]);
    }

    #[test]
    #[should_panic(
        expected = "delta_orthogonal needs the kernel of a convolution, (window.., in, \
                               out) with a window of one to three dimensions, found [2, 3]: for a \
                               matrix use orthogonal()"
    )]
    fn delta_orthogonal_refuses_a_matrix() {
        delta_orthogonal(1.0).sample(Key::new(0), &[2, 3]);
    }

    #[test]
    #[should_panic(expected = "found 4 inputs and 3 outputs in [3, 4, 3]: use orthogonal() or \
                               he_normal()")]
    fn delta_orthogonal_refuses_fewer_outputs_than_inputs() {
        delta_orthogonal(1.0).sample(Key::new(0), &[3, 4, 3]);
    }
}
