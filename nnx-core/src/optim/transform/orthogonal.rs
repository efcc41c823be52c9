//! Matrices with their singular values brought near 1.

use super::{Transform, Updates, factor, number_functions};
use crate::array::Array;
use crate::module::State;
use crate::ops::{DynTensor, euclidean_norm, numbers_of};

/// How [`muon`](crate::optim::muon) scales a matrix before the Newton-Schulz iterations, so that its singular values are at most 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preconditioning {
    /// By the Frobenius norm: `X / (‖X‖ + eps)`.
    #[default]
    Frobenius,
    /// Each row by `1 / √(Σ |X Xᵀ|)`, the sum of its row of `|X Xᵀ|` (almost orthogonal layers; Boissin et al., 2025).
    Aol,
    /// By the Schatten norm `‖X Xᵀ‖^½` (Grishina et al., 2025).
    Schatten,
}

/// Orthogonalizes matrices by Newton-Schulz iterations: the singular values become about 1, the singular vectors stay.
#[derive(Debug, Clone, Copy, crate::Module)]
pub(in crate::optim) struct Orthogonal {
    /// The coefficients of the polynomial of an iteration: of `X`, `X Xᵀ X` and `(X Xᵀ)² X`.
    #[module(skip)]
    pub(in crate::optim) coefficients: [f64; 3],
    /// The number of iterations.
    pub(in crate::optim) steps: u32,
    /// Added to the Frobenius norm.
    pub(in crate::optim) eps: f64,
    #[module(skip)]
    pub(in crate::optim) preconditioning: Preconditioning,
    /// Whether to multiply the result by its inner product with the matrix.
    pub(in crate::optim) adaptive: bool,
}

impl Default for Orthogonal {
    /// The defaults of optax.
    fn default() -> Self {
        Self {
            coefficients: [3.4445, -4.775, 2.0315],
            steps: 5,
            eps: 1e-8,
            preconditioning: Preconditioning::Frobenius,
            adaptive: false,
        }
    }
}

impl Transform for Orthogonal {
    fn init(&mut self, _: &State) {}
    fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
        updates.map_arrays(|_, _, m| {
            let update = self.orthogonalize(m.clone());
            if !self.adaptive {
                return update;
            }
            let product = (&m * &update).sum_all().broadcast_to(&m.dims());
            product * update
        });
    }
}

impl Orthogonal {
    /// The Frobenius norm plus `eps`, without axes.
    fn norm(self, m: &DynTensor, eps: f64) -> DynTensor {
        let norm = numbers_of(FrobeniusNorm { eps }, vec![m.array().clone()], 1);
        factor(&norm, 0, m.dtype())
    }

    fn orthogonalize(self, m: DynTensor) -> DynTensor {
        let dims = m.dims();
        if dims[0] > dims[1] {
            return self.orthogonalize(m.swap_axes(0, 1)).swap_axes(0, 1);
        }
        let [a, b, c] = self.coefficients;
        let mut x = if self.preconditioning == Preconditioning::Frobenius {
            let norm = self.norm(&m, self.eps);
            m / norm.broadcast_to(&dims)
        } else {
            m
        };
        for step in 0..self.steps {
            let mut gram = x.clone().matmul(x.clone().swap_axes(0, 1));
            if step == 0 {
                (x, gram) = self.scaled(x, gram);
            }
            let polynomial = gram.clone().mul_scalar(b) + gram.clone().matmul(gram).mul_scalar(c);
            x = x.clone().mul_scalar(a) + polynomial.matmul(x);
        }
        x
    }

    /// The preconditioning that reads `A = X Xᵀ`, of both.
    fn scaled(self, x: DynTensor, gram: DynTensor) -> (DynTensor, DynTensor) {
        let least = |x: DynTensor| {
            let least = Array::full_float(1e-8, x.dtype(), &x.dims());
            x.maximum(least.into()).powf(-0.5)
        };
        match self.preconditioning {
            Preconditioning::Frobenius => (x, gram),
            Preconditioning::Aol => {
                let rows = least(gram.clone().abs().sum(&[1]));
                let column = rows.clone().reshape(&[rows.dims()[0], 1]);
                let row = rows.reshape(&[1, column.dims()[0]]);
                (x * column.clone(), gram * column * row)
            }
            Preconditioning::Schatten => {
                let scale = least(self.norm(&gram, 0.0).reshape(&[1, 1]));
                (x * scale.clone(), gram * scale.square())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;

    /// `U diag(s) Vᵀ`, where `U` and `V` are rotations.
    fn matrix(singular_values: [f64; 2]) -> DynTensor {
        let rotation = |angle: f64| {
            let (sin, cos) = angle.sin_cos();
            let array = Array::new(vec![cos, -sin, sin, cos], &[2, 2]).expect("four");
            DynTensor::from(array)
        };
        let [s, t] = singular_values;
        let diagonal = Array::new(vec![s, 0.0, 0.0, t], &[2, 2]).expect("four");
        rotation(0.7).matmul(diagonal.into()).matmul(rotation(-0.3))
    }

    #[test]
    fn singular_values_follow_the_polynomial_and_singular_vectors_stay() {
        for preconditioning in
            [Preconditioning::Frobenius, Preconditioning::Schatten, Preconditioning::Aol]
        {
            let orthogonal = Orthogonal { preconditioning, ..Orthogonal::default() };
            let [s, t] = [3.0, 0.4];
            let found = orthogonal.orthogonalize(matrix([s, t]));
            // `Aol` scales the rows, which changes the singular vectors: there is no closed form to compare with.
            let norm = match preconditioning {
                Preconditioning::Frobenius => f64::hypot(s, t) + 1e-8,
                Preconditioning::Schatten => (s.powi(4) + t.powi(4)).powf(0.25),
                Preconditioning::Aol => continue,
            };
            let iterated = [s, t].map(|s| {
                (0..5).fold(s / norm, |x, _| 3.4445 * x - 4.775 * x.powi(3) + 2.0315 * x.powi(5))
            });
            let expected = matrix(iterated);
            let [found, expected] = [found, expected].map(|x| x.array().to_vec::<f64>());
            for (found, expected) in found.expect("f64").iter().zip(expected.expect("f64")) {
                assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
            }
        }
    }

    #[test]
    fn a_matrix_of_zeros_stays_and_a_tall_one_is_the_transpose_of_a_wide_one() {
        for preconditioning in
            [Preconditioning::Frobenius, Preconditioning::Schatten, Preconditioning::Aol]
        {
            let orthogonal = Orthogonal { preconditioning, ..Orthogonal::default() };
            let zeros = DynTensor::from(Array::full_float(0.0, DType::F64, &[2, 3]));
            let found = orthogonal.orthogonalize(zeros).array().to_vec::<f64>();
            assert_eq!(found.expect("f64"), [0.0; 6]);
            let wide = Array::new((1..=6).map(f64::from).collect(), &[2, 3]).expect("six");
            let tall = DynTensor::from(wide.transpose(0, 1));
            let a = orthogonal.orthogonalize(wide.into()).array().to_vec::<f64>();
            let b = orthogonal.orthogonalize(tall).swap_axes(0, 1).array().to_vec::<f64>();
            assert_eq!(a, b);
        }
    }
}

number_functions! {
    /// The norm of a matrix, plus `eps`.
    pub(in crate::optim) struct FrobeniusNorm { eps: f64 } "frobenius_norm"
    takes |inputs| [(Takes::Array, 1)] gives 1;
    |m, out| {
        out[0] = euclidean_norm(&m[0]).value() + eps;
    }
}
