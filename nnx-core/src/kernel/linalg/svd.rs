//! Singular value decomposition, and results that are computed from it.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{self as driver, ComputeSvdVectors, svd_scratch};
use faer::{Mat, Par};

use super::lu::Lu;
use super::{all_finite, matrix, write};

/// `A = U diag(s) Vᵀ`, with the singular values in descending order.
struct Svd {
    u: Mat<f64>,
    s: Vec<f64>,
    v: Mat<f64>,
}

impl Svd {
    /// The decomposition of a matrix of `m` rows, with as many vectors as values; `None` if the algorithm doesn't
    /// converge.
    fn new(a: &[f64], [m, n]: [usize; 2], vectors: bool) -> Option<Self> {
        if !all_finite(a) {
            return None;
        }
        let (a, k) = (matrix(a, m), m.min(n));
        let compute = if vectors { ComputeSvdVectors::Thin } else { ComputeSvdVectors::No };
        let (mut u, mut s, mut v) = (Mat::zeros(m, k), Diag::zeros(k), Mat::zeros(n, k));
        let scratch = svd_scratch::<f64>(m, n, compute, compute, Par::Seq, Default::default());
        let mut memory = MemBuffer::new(scratch);
        let done = driver::svd(
            a.as_ref(),
            s.as_mut(),
            vectors.then(|| u.as_mut()),
            vectors.then(|| v.as_mut()),
            Par::Seq,
            MemStack::new(&mut memory),
            Default::default(),
        );
        done.ok()?;
        let s = (0..k).map(|i| s.column_vector()[i]).collect();
        Some(Self { u, s, v })
    }
}

/// Writes singular values and vectors in rows of `k = min(m, n)` elements: `U` of (m, k), the values, and `V` of (n,
/// k).
pub(crate) fn svd(a: &[f64], [m, n]: [usize; 2], out: &mut [f64]) {
    let Some(Svd { u, s, v }) = Svd::new(a, [m, n], true) else { return out.fill(f64::NAN) };
    let (of_u, rest) = out.split_at_mut(m * s.len());
    let (of_s, of_v) = rest.split_at_mut(s.len());
    write(u.as_ref(), of_u);
    of_s.copy_from_slice(&s);
    write(v.as_ref(), of_v);
}

/// Singular values in descending order.
pub(crate) fn singular_values(a: &[f64], dims: [usize; 2], out: &mut [f64]) {
    match Svd::new(a, dims, false) {
        Some(Svd { s, .. }) => out.copy_from_slice(&s),
        None => out.fill(f64::NAN),
    }
}

/// The pseudoinverse (n, m). Singular values of at most `rtol` times the largest count as 0.
pub(crate) fn pinv(a: &[f64], dims: [usize; 2], rtol: f64, out: &mut [f64]) {
    let Some(Svd { u, s, v }) = Svd::new(a, dims, true) else { return out.fill(f64::NAN) };
    let cutoff = rtol * s.first().copied().unwrap_or(0.0);
    let inverse = |s: f64| if s > cutoff { 1.0 / s } else { 0.0 };
    let factors: Vec<f64> = s.into_iter().map(inverse).collect();
    scaled_product(&v, &factors, &u, out);
}

/// The cofactor matrix of a square matrix; it is `det(A) A⁻ᵀ` if `A` has an inverse.
pub(crate) fn cofactors(a: &[f64], n: usize, out: &mut [f64]) {
    let Some(Svd { u, s, v }) = Svd::new(a, [n, n], true) else { return out.fill(f64::NAN) };
    let sign = Lu::new(u.clone()).determinant().0 * Lu::new(v.clone()).determinant().0;
    let others = |i: usize| s.iter().enumerate().filter(move |(j, _)| *j != i);
    let factors: Vec<f64> =
        (0..n).map(|i| sign * others(i).map(|(_, s)| s).product::<f64>()).collect();
    scaled_product(&u, &factors, &v, out);
}

/// The derivative of the cofactors of `A` in the direction `G`. For `A = U diag(s) Vᵀ` and `H = Uᵀ G V` it is
/// `det(U) det(V) U D Vᵀ` with `D[i][j] = -p H[j][i]`, where p is the product of all singular values but those of i and
/// j, and `D[i][i]` the sum of `p H[j][j]` over all other j. Nothing is divided, so that `A` may be singular.
pub(crate) fn cofactors_derivative(a: &[f64], g: &[f64], n: usize, out: &mut [f64]) {
    let svd = if all_finite(g) { Svd::new(a, [n, n], true) } else { None };
    let Some(Svd { u, s, v }) = svd else { return out.fill(f64::NAN) };
    let sign = Lu::new(u.clone()).determinant().0 * Lu::new(v.clone()).determinant().0;
    let h = u.transpose() * matrix(g, n) * &v;
    let mut d = Mat::<f64>::zeros(n, n);
    for i in 0..n {
        // Products of the values before and after each index, without that of i.
        let others: Vec<f64> = (0..n).map(|j| if j == i { 1.0 } else { s[j] }).collect();
        let mut after = vec![1.0; n + 1];
        for j in (0..n).rev() {
            after[j] = after[j + 1] * others[j];
        }
        let mut before = sign;
        for j in 0..n {
            if j != i {
                let p = before * after[j + 1];
                d[(i, j)] = -p * h[(j, i)];
                d[(i, i)] += p * h[(j, j)];
            }
            before *= others[j];
        }
    }
    write((&u * d * v.transpose()).as_ref(), out);
}

/// `L diag(factors) Rᵀ`, summed in the order of the factors.
fn scaled_product(left: &Mat<f64>, factors: &[f64], right: &Mat<f64>, out: &mut [f64]) {
    for (i, row) in out.chunks_exact_mut(right.nrows()).enumerate() {
        row.fill(0.0);
        for (k, factor) in factors.iter().enumerate() {
            let x = left[(i, k)] * factor;
            row.iter_mut().enumerate().for_each(|(j, out)| *out += x * right[(j, k)]);
        }
    }
}
