//! The rows of the decompositions of matrices.

use nnx_core::ops::{DynTensor, MatrixNormKind, MatrixTriangle};

use crate::table::{ANY, OFF_KINKS, Row, rows};

/// A matrix far from singular: with 2 added to the diagonal.
fn regular(x: DynTensor) -> DynTensor {
    let n = x.dims()[x.rank() - 1];
    let identity = DynTensor::eye(n, x.dtype());
    x.mul_scalar(0.5) + identity.mul_scalar(2.0)
}

/// A matrix of different singular values: with 1, 2, .. added to the diagonal.
fn spread(x: DynTensor) -> DynTensor {
    let [m, n] = [x.dims()[x.rank() - 2], x.dims()[x.rank() - 1]];
    let k = m.min(n);
    let values = DynTensor::arange(k, 1.0, 1.0, x.dtype()).diag_embed();
    let values = values.pad(0, 0, m - k).pad(1, 0, n - k);
    x.mul_scalar(0.2) + values
}

/// `V f(w) Vᵀ`, which doesn't depend on the signs of eigenvectors.
fn rebuilt(v: DynTensor, values: DynTensor, other: DynTensor) -> DynTensor {
    let dims = values.dims();
    let row = values.sin().reshape(&dims.insert_axis(dims.len() - 1, 1));
    (v * row).matmul(other)
}

pub(crate) fn linalg() -> Vec<Row> {
    rows! {
        "cholesky", x [2, 3, 3] ANY => regular(x.clone().matmul(x.swap_axes(1, 2))).cholesky();
        "solve", a [2, 3, 3] ANY, b [2, 3, 2] ANY => regular(a).solve(b);
        "solve of a vector", a [3, 3] ANY, b [3] ANY => regular(a).solve(b);
        "triangular_solve, lower", a [3, 3] ANY, b [3, 2] ANY => regular(a).triangular_solve(b, MatrixTriangle::Lower);
        "triangular_solve, upper", a [2, 2, 2] ANY, b [2, 2, 1] ANY =>
            regular(a).triangular_solve(b, MatrixTriangle::Upper);
        "inverse", x [2, 3, 3] ANY => regular(x).inverse();
        "det of one row", x [2, 1, 1] ANY => x.det();
        "det of two rows", x [2, 2, 2] ANY => x.det();
        "det of three rows", x [3, 3] ANY => x.det();
        "det of four rows", x [4, 4] ANY => regular(x).det();
        "slogdet", x [2, 3, 3] ANY => regular(x).slogdet().1;
        "qr", x [2, 3, 2] ANY => {
            let (q, r) = spread(x).qr();
            DynTensor::concat(vec![q.sin(), r], 1).expect("rows of two")
        };
        "svd of more rows", x [2, 3, 2] ANY => {
            let (u, s, vt) = spread(x).svd();
            rebuilt(u, s, vt)
        };
        "svd of more columns", x [2, 3] ANY => {
            let (u, s, vt) = spread(x).svd();
            rebuilt(u, s, vt)
        };
        "singular values", x [3, 2] ANY => spread(x).singular_values();
        "eigh", x [3, 3] ANY => {
            let (w, v) = spread(x).eigh();
            rebuilt(v.clone(), w, v.swap_axes(0, 1))
        };
        "eigvalsh", x [2, 2, 2] ANY => spread(x).eigvalsh();
        "pinv of more rows", x [3, 2] ANY => spread(x).pinv();
        "pinv of more columns", x [2, 3] ANY => spread(x).pinv();
        "lstsq", a [3, 2] ANY, b [3, 1] ANY => spread(a).lstsq(b);
        "expm", x [2, 2, 2] ANY => x.expm();
        "norm of columns", x [3, 2] OFF_KINKS => x.matrix_norm(MatrixNormKind::One);
        "spectral norm", x [3, 2] ANY => spread(x).matrix_norm(MatrixNormKind::Spectral);
    }
}
