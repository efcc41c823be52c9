//! Decompositions of matrices, which are the last two axes, and what is solved by them: the feature `linalg`.
//!
//! Kernels compute in f64, also for f32, and round their results once. Gradients are composed of operations, so those of
//! any order follow.
//!
//! | file | operations |
//! |---|---|
//! | `cholesky`, `qr`, `svd`, `eigh` | the decompositions |
//! | `triangular`, `solve` | equations, and the inverse |
//! | `det`, `det_hessian` | determinants, and their second derivative |
//! | `pinv` | the pseudoinverse, least squares |
//! | `expm` | the matrix exponential |
//! | `matrix_norm` | norms of matrices |

mod cholesky;
mod det;
mod det_hessian;
mod eigh;
mod expm;
mod matrix_norm;
mod pinv;
mod qr;
mod solve;
mod svd;
mod triangular;

pub use matrix_norm::MatrixNormKind;
pub use triangular::MatrixTriangle;

use super::operation::{Signature, expect_float};
use super::registry::{Row, operation};
use super::unary::map_to;
use super::view::refuse;
use super::{Backward, DynTensor};
use crate::array::{Array, DType, Dims, ShapeError, product};
use crate::kernel::linalg::{MatrixWork, for_matrices};

/// The rows of these operations in the table of all.
pub(super) const OPERATIONS: &[Row] = &[
    operation::<cholesky::Cholesky>(),
    operation::<det::Det>(),
    operation::<det::Cofactors>(),
    operation::<det::SignLogDet>(),
    operation::<det_hessian::CofactorsDerivative>(),
    operation::<eigh::Eigh>(),
    operation::<eigh::Eigenvalues>(),
    operation::<expm::Expm>(),
    operation::<pinv::Pinv>(),
    operation::<qr::Qr>(),
    operation::<solve::Solve>(),
    operation::<solve::Inverse>(),
    operation::<svd::Svd>(),
    operation::<svd::SingularValues>(),
    operation::<triangular::TriangularSolve>(),
];

/// Rows and columns of the matrices of an array with these sizes.
fn sizes(dims: &Dims) -> [usize; 2] {
    let [.., rows, columns] = **dims else { unreachable!("matrices were checked") };
    [rows, columns]
}

/// The sizes of the leading axes.
fn leading(dims: &Dims) -> &[usize] {
    &dims[..dims.len() - 2]
}

/// The leading axes of matrices, followed by other axes.
fn with_trailing(dims: &Dims, trailing: &[usize]) -> Dims {
    leading(dims).iter().chain(trailing).copied().collect()
}

/// The signature of the one input, which has to be matrices of a floating-point type.
fn expect_matrices(name: &'static str, inputs: &[Signature]) -> Result<Signature, ShapeError> {
    let input = expect_float(name, inputs)?;
    match input.dims.len() {
        0 | 1 => refuse(name, format!("takes matrices (.., M, N), found {input}")),
        _ => Ok(input),
    }
}

/// The leading axes and the size of square matrices.
fn expect_square(name: &'static str, inputs: &[Signature]) -> Result<Signature, ShapeError> {
    let input = expect_float(name, inputs)?;
    match &*input.dims {
        [.., rows, columns] if rows == columns => Ok(input),
        _ => refuse(name, format!("takes square matrices (.., N, N), found {input}")),
    }
}

/// The signature of the right side of equations `A X = B`: `A` of (.., N, N) and `B` of (.., N, K), with the same leading
/// axes.
fn expect_equations(name: &'static str, inputs: &[Signature]) -> Result<Signature, ShapeError> {
    let [a, b] = inputs else {
        return refuse(name, format!("takes two inputs, found {}", inputs.len()));
    };
    let fits = match (&*a.dims, &*b.dims) {
        ([of_a @ .., m, n], [of_b @ .., k, _]) => of_a == of_b && m == n && n == k,
        _ => false,
    };
    if fits && a.dtype == b.dtype && a.dtype.is_float() {
        return Ok(*b);
    }
    let problem = "takes matrices (.., N, N) and right sides (.., N, K) with the same leading axes and of one floating-point type";
    refuse(name, format!("{problem}, found {a} and {b}"))
}

/// Runs a kernel for each matrix of one or two inputs. `trailing` are the axes of a result.
fn run(inputs: &[Array], trailing: &[usize], work: MatrixWork<'_>) -> Array {
    let dims = with_trailing(&inputs[0].dims(), trailing);
    let dtype = inputs[0].dtype();
    let wide: Vec<Array> = inputs
        .iter()
        .map(
            |x| if dtype == DType::F32 { map_to(x, |x: f32| f64::from(x)) } else { x.contiguous() },
        )
        .collect();
    let matrices = |x: &Array| product(sizes(&x.dims()));
    let slices = [0, 1].map(|i| match wide.get(i) {
        Some(x) => (x.slice::<f64>(), matrices(x)),
        None => (&[][..], 0),
    });
    let length = product(trailing.iter().copied());
    let out = Array::build(dims, |out: &mut [f64]| for_matrices(slices, out, length, work));
    #[allow(clippy::cast_possible_truncation, reason = "the result is of f32, as the input is")]
    let narrow = |x: f64| x as f32;
    if dtype == DType::F32 { map_to(&out, narrow) } else { out }
}

/// The transposes of matrices.
fn transposed(x: DynTensor) -> DynTensor {
    let rank = x.rank();
    x.swap_axes(rank - 2, rank - 1)
}

/// The products of two batches of matrices with the same leading axes.
fn times(a: &DynTensor, b: &DynTensor) -> DynTensor {
    a.clone().matmul(b.clone())
}

/// The mean of matrices and their transposes.
fn symmetrized(x: DynTensor) -> DynTensor {
    (x.clone() + transposed(x)).mul_scalar(0.5)
}

/// A vector as a row: `(.., N)` to `(.., 1, N)`.
fn as_row(x: DynTensor) -> DynTensor {
    let dims = x.dims();
    x.reshape(&dims.insert_axis(dims.len() - 1, 1))
}

/// A vector as a column: `(.., N)` to `(.., N, 1)`.
fn as_column(x: DynTensor) -> DynTensor {
    let dims = x.dims();
    x.reshape(&dims.insert_axis(dims.len(), 1))
}

/// A number for each matrix, to multiply it with: `(..)` to `(.., 1, 1)`.
fn as_factor(x: DynTensor) -> DynTensor {
    as_column(as_column(x))
}

/// `1 / differences` of square matrices, and 0 on the diagonal, where a difference is 0. Elsewhere it is infinite where
/// a difference is 0.
fn reciprocal_off_diagonal(differences: DynTensor) -> DynTensor {
    let [n, _] = sizes(&differences.dims());
    let one = DynTensor::eye(n, differences.dtype());
    1.0 / (differences + one.clone()) - one
}

/// Some rows of each matrix.
fn rows(x: &DynTensor, start: usize, count: usize) -> DynTensor {
    x.clone().slice(x.rank() - 2, start, count)
}

/// The gradients of `X = A⁻¹ B` for the one of `X`, where `solve` multiplies by `A⁻ᵀ` and `part` takes the part of `A` that
/// is read.
fn equation_gradients(
    at: &Backward<'_>,
    wanted: &[bool],
    solve: impl Fn(DynTensor) -> DynTensor,
    part: impl Fn(DynTensor) -> DynTensor,
) -> Vec<Option<DynTensor>> {
    let of_b = solve(at.gradient.clone());
    let of_a = || part(-times(&of_b, &transposed(at.output.clone())));
    vec![wanted[0].then(of_a), wanted[1].then(|| of_b.clone())]
}
