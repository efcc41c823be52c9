//! Decompositions against JAX (`tests/goldens/linalg.safetensors`, made by `make_linalg.py` there), against their
//! defining equations, and at their limits.

use nnx_core::array::DType;
use nnx_core::grad::value_and_gradients;
use nnx_core::ops::{DynTensor, MatrixNormKind, MatrixTriangle};
use safetensors::SafeTensors;

use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{elements, tensor};

fn golden(file: &SafeTensors<'_>, name: &str) -> DynTensor {
    let view = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (numbers, _) = view.data().as_chunks::<8>();
    tensor(numbers.iter().map(|x| f64::from_le_bytes(*x)).collect(), view.shape())
}

fn assert_near(found: &DynTensor, expected: &DynTensor, tolerance: f64, name: &str) {
    assert_eq!(found.signature(), expected.signature(), "{name}");
    let expected = elements(expected);
    let scale = expected.iter().fold(1.0f64, |max, x| max.max(x.abs()));
    for (i, (found, expected)) in elements(found).iter().zip(expected).enumerate() {
        let near = (found - expected).abs() <= tolerance * scale;
        assert!(near, "{name}, element {i}: {found} instead of {expected}");
    }
}

type Function = fn(Vec<DynTensor>) -> DynTensor;

fn one(inputs: Vec<DynTensor>, f: impl Fn(DynTensor) -> DynTensor) -> DynTensor {
    f(inputs.into_iter().next().expect("one input"))
}

fn two(inputs: Vec<DynTensor>, f: impl Fn(DynTensor, DynTensor) -> DynTensor) -> DynTensor {
    let [a, b] = inputs.try_into().expect("two inputs");
    f(a, b)
}

fn transposed(x: DynTensor) -> DynTensor {
    let rank = x.rank();
    x.swap_axes(rank - 2, rank - 1)
}

/// A vector as a row or a column of matrices.
fn beside(x: DynTensor, behind: usize) -> DynTensor {
    let dims = x.dims();
    x.reshape(&dims.insert_axis(dims.len() - 1 + behind, 1))
}

/// `Q` and `R` with a diagonal of `R` that isn't negative.
fn qr(x: DynTensor) -> DynTensor {
    let (q, r) = x.qr();
    let signs = r.clone().diagonal().sign().stop_gradient();
    let axis = q.rank() - 2;
    DynTensor::concat(vec![q * beside(signs.clone(), 0), r * beside(signs, 1)], axis)
        .expect("columns")
}

fn svd(x: DynTensor) -> DynTensor {
    let (u, s, vt) = x.svd();
    (u * beside(s.sin(), 0)).matmul(vt)
}

fn eigh(x: DynTensor) -> DynTensor {
    let (w, v) = x.eigh();
    (v.clone() * beside(w.sin(), 0)).matmul(transposed(v))
}

const FUNCTIONS: [(&str, Function); 33] = [
    ("cholesky", |x| one(x, DynTensor::cholesky)),
    ("solve", |x| two(x, DynTensor::solve)),
    ("solve vector", |x| two(x, DynTensor::solve)),
    ("solve lower", |x| two(x, |a, b| a.triangular_solve(b, MatrixTriangle::Lower))),
    ("solve upper", |x| two(x, |a, b| a.triangular_solve(b, MatrixTriangle::Upper))),
    ("inverse", |x| one(x, DynTensor::inverse)),
    ("det 1", |x| one(x, DynTensor::det)),
    ("det 2", |x| one(x, DynTensor::det)),
    ("det 3", |x| one(x, DynTensor::det)),
    ("det 4", |x| one(x, DynTensor::det)),
    ("det 6", |x| one(x, DynTensor::det)),
    ("det singular", |x| one(x, DynTensor::det)),
    ("slogdet", |x| one(x, |x| x.slogdet().1)),
    ("qr", |x| one(x, qr)),
    ("qr square", |x| one(x, qr)),
    ("svd tall", |x| one(x, svd)),
    ("svd wide", |x| one(x, svd)),
    ("singular_values", |x| one(x, DynTensor::singular_values)),
    ("eigh", |x| one(x, eigh)),
    ("eigvalsh", |x| one(x, DynTensor::eigvalsh)),
    ("pinv tall", |x| one(x, DynTensor::pinv)),
    ("pinv wide", |x| one(x, DynTensor::pinv)),
    ("pinv of rank 2", |x| one(x, DynTensor::pinv)),
    ("lstsq", |x| two(x, DynTensor::lstsq)),
    ("expm", |x| one(x, DynTensor::expm)),
    ("expm large", |x| one(x, DynTensor::expm)),
    ("norm fro", |x| one(x, |x| x.matrix_norm(MatrixNormKind::Frobenius))),
    ("norm one", |x| one(x, |x| x.matrix_norm(MatrixNormKind::One))),
    ("norm inf", |x| one(x, |x| x.matrix_norm(MatrixNormKind::Infinity))),
    ("norm spectral", |x| one(x, |x| x.matrix_norm(MatrixNormKind::Spectral))),
    ("norm nuclear", |x| one(x, |x| x.matrix_norm(MatrixNormKind::Nuclear))),
    ("trace", |x| one(x, DynTensor::trace)),
    ("cross", |x| two(x, DynTensor::cross)),
];

#[test]
fn decompositions_and_their_gradients_are_those_of_jax() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/goldens/linalg.safetensors");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SafeTensors::deserialize(&bytes).expect("the file of goldens");
    let stored = file.names().iter().filter(|name| name.ends_with("/output")).count();
    assert_eq!(stored, FUNCTIONS.len());
    for (name, function) in FUNCTIONS {
        let inputs: Vec<DynTensor> = (0..2)
            .map(|i| format!("{name}/input {i}"))
            .filter(|name| file.tensor(name).is_ok())
            .map(|name| golden(&file, &name))
            .collect();
        let output = golden(&file, &format!("{name}/output"));
        assert_near(&function(inputs.clone()), &output, 1e-11, name);
        let cotangent = golden(&file, &format!("{name}/cotangent"));
        let (_, found) = gradients(|x| function(x) * cotangent.clone(), inputs.clone());
        for (i, found) in found.iter().enumerate() {
            let name = format!("{name}/gradient {i}");
            assert_near(found, &golden(&file, &name), 1e-9, &name);
        }
        // In f32, the result in f64 is rounded once.
        let narrow = inputs.into_iter().map(|x| x.cast(DType::F32)).collect();
        let scale = if name == "expm large" { 1e-4 } else { 1e-5 };
        assert_near(&function(narrow).cast(DType::F64), &output, scale, name);
    }
}

fn numbers(dims: &[usize], seed: usize) -> DynTensor {
    tensor(Between(-1.0, 1.0).take(dims.iter().product(), seed), dims)
}

#[test]
fn factors_of_all_small_sizes_multiply_to_the_matrix() {
    for (m, n) in [(1, 1), (2, 2), (3, 1), (5, 3), (17, 17), (40, 9), (70, 70)] {
        for batch in [1, 3] {
            let x = numbers(&[batch, m, n], m + n);
            let what = format!("{batch} of {m} by {n}");
            let (q, r) = x.clone().qr();
            assert_near(&q.clone().matmul(r.clone()), &x, 1e-13, &what);
            assert_near(&transposed(q.clone()).matmul(q), &identity(batch, n), 1e-13, &what);
            assert_near(&r.clone().triu(0), &r, 0.0, &what);
            let (u, s, vt) = x.clone().svd();
            assert_near(&(u * beside(s.clone(), 0)).matmul(vt), &x, 1e-13, &what);
            assert_near(&x.clone().singular_values(), &s, 1e-13, &what);
            let wide = transposed(x.clone());
            let (u, s, vt) = wide.clone().svd();
            assert_near(&(u * beside(s, 0)).matmul(vt), &wide, 1e-13, &what);
            let square = transposed(x.clone()).matmul(x);
            let (w, v) = square.clone().eigh();
            let rebuilt = (v.clone() * beside(w.clone(), 0)).matmul(transposed(v));
            assert_near(&rebuilt, &square, 1e-13, &what);
            assert_near(&square.clone().eigvalsh(), &w, 1e-13, &what);
            let definite = square + identity(batch, n);
            let l = definite.clone().cholesky();
            assert_near(&l.clone().matmul(transposed(l)), &definite, 1e-13, &what);
            assert_near(
                &definite.clone().matmul(definite.inverse()),
                &identity(batch, n),
                1e-12,
                &what,
            );
        }
    }
}

fn identity(batch: usize, n: usize) -> DynTensor {
    DynTensor::eye(n, DType::F64).broadcast_to(&[batch, n, n])
}

#[test]
fn a_batch_has_the_bits_of_its_matrices_and_of_any_number_of_threads() {
    let all = |x: &DynTensor| {
        let (q, r) = x.clone().qr();
        let (u, s, vt) = x.clone().svd();
        let (w, v) = x.clone().eigh();
        let solved = x.clone().solve(x.clone().cross(x.clone().flip(1)));
        vec![q, r, u, s, vt, w, v, solved, x.clone().inverse(), x.clone().expm(), x.clone().pinv()]
    };
    let bits = |x: &DynTensor| elements(x).iter().map(|x| x.to_bits()).collect::<Vec<u64>>();
    let run = |threads: usize, x: &DynTensor| -> Vec<Vec<u64>> {
        nnx_core::threads::with_threads(threads, || all(x).iter().map(bits).collect())
    };
    let x = numbers(&[400, 3, 3], 5);
    let expected = run(1, &x);
    for threads in [2, 4] {
        assert!(run(threads, &x) == expected, "other bits on {threads} threads");
    }
    let alone = all(&x.clone().slice(0, 399, 1));
    for (alone, expected) in alone.iter().zip(&expected) {
        assert!(expected.ends_with(&bits(alone)), "a matrix alone has other bits");
    }
    let large = numbers(&[150, 150], 7);
    let factors = |x: &DynTensor| {
        let (q, _) = x.clone().qr();
        let (u, ..) = x.clone().svd();
        vec![bits(&q), bits(&u), bits(&x.clone().inverse()), bits(&x.clone().eigh().1)]
    };
    let on = |threads: usize| nnx_core::threads::with_threads(threads, || factors(&large));
    assert!(on(1) == on(4), "other bits of a large matrix on 4 threads");
}

/// What the page of `qr` says of `mode="complete"`.
#[test]
fn eigenvectors_complete_the_columns_of_q() {
    let (m, n) = (6, 2);
    let (q, _) = numbers(&[m, n], 11).qr();
    let rest = DynTensor::eye(m, DType::F64) - q.clone().matmul(q.clone().permute(&[1, 0]));
    let (_, vectors) = rest.eigh();
    let complete = DynTensor::concat(vec![q, vectors.slice(1, n, m - n)], 1).expect("columns");
    let product = complete.clone().permute(&[1, 0]).matmul(complete);
    let error = (product - DynTensor::eye(m, DType::F64)).abs();
    assert!(elements(&error).iter().all(|error| *error < 1e-12), "{error:?}");
}

fn is_all(x: &DynTensor, wanted: impl Fn(f64) -> bool) -> bool {
    elements(x).into_iter().all(wanted)
}

/// The minor without some rows and columns, by Laplace's expansion: sums of products, which no matrix makes singular.
fn minor(a: &[Vec<f64>], rows: &[usize], columns: &[usize]) -> f64 {
    let Some((&row, rows)) = rows.split_first() else { return 1.0 };
    let term = |(k, &column): (usize, &usize)| {
        let rest: Vec<usize> = columns.iter().copied().filter(|&c| c != column).collect();
        (if k.is_multiple_of(2) { 1.0 } else { -1.0 }) * a[row][column] * minor(a, rows, &rest)
    };
    columns.iter().enumerate().map(term).sum()
}

/// The first and second derivatives of `det` at matrices of all ranks are minors, which are finite: JAX has NaN for the
/// second where elimination meets a pivot of 0.
#[test]
fn derivatives_of_determinants_of_singular_matrices_are_minors() {
    for n in [2, 3, 4, 5] {
        for rank in 0..=n {
            // Sums of `rank` outer products.
            let factor = |offset| numbers(&[n, n], offset).slice(1, 0, rank);
            let x = match rank {
                0 => numbers(&[n, n], 0).mul_scalar(0.0),
                _ => factor(0).matmul(factor(100).swap_axes(0, 1)),
            };
            let a: Vec<Vec<f64>> = elements(&x).chunks(n).map(<[f64]>::to_vec).collect();
            let without =
                |gone: &[usize]| -> Vec<usize> { (0..n).filter(|i| !gone.contains(i)).collect() };
            let sign = |k: usize| if k.is_multiple_of(2) { 1.0 } else { -1.0 };
            let cofactor = |i, j| sign(i + j) * minor(&a, &without(&[i]), &without(&[j]));
            let first = |x: DynTensor| value_and_gradients(|[x]| x.det(), [x]).1[0].clone();
            let close = |found: &DynTensor, expected: &[f64]| {
                let near = |(x, y): (&f64, &f64)| (x - y).abs() < 1e-12;
                let found = elements(found);
                assert!(
                    found.iter().zip(expected).all(near),
                    "{n} rows, rank {rank}: {found:?} {expected:?}"
                );
            };
            let pairs = || (0..n * n).map(|k| (k / n, k % n));
            let expected: Vec<f64> = pairs().map(|(i, j)| cofactor(i, j)).collect();
            close(&first(x.clone()), &expected);

            // The derivative of the cofactor (i, j) by the element (k, l) is a minor without both rows and columns.
            let g = numbers(&[n, n], 300);
            let direction = elements(&g);
            let second = value_and_gradients(|[x]| first(x) * g.clone(), [x.clone()]).1;
            let derivative = |(k, l): (usize, usize)| -> f64 {
                let others = pairs().filter(|&(i, j)| i != k && j != l);
                let turned = |(i, j)| sign(i + j + k + l + usize::from(i > k) + usize::from(j > l));
                others
                    .map(|(i, j)| {
                        let rest = minor(&a, &without(&[i, k]), &without(&[j, l]));
                        direction[i * n + j] * turned((i, j)) * rest
                    })
                    .sum()
            };
            close(&second[0], &pairs().map(derivative).collect::<Vec<_>>());
        }
    }
}

#[test]
fn singular_and_indefinite_matrices_give_nan_or_zero_as_written() {
    let nan = |x: &DynTensor| is_all(x, f64::is_nan);
    let singular = tensor(vec![1.0, 2.0, 2.0, 4.0], &[2, 2]);
    assert!(nan(&singular.clone().inverse()) && nan(&singular.clone().solve(numbers(&[2, 1], 0))));
    assert!(nan(&tensor(vec![0.0; 9], &[3, 3]).inverse()));
    assert!(nan(&tensor(vec![1.0, 2.0, 2.0, 1.0], &[2, 2]).cholesky()), "indefinite");
    assert!(nan(&tensor(vec![0.0], &[1, 1]).cholesky()), "positive semidefinite");
    for n in [2, 3, 4, 5] {
        let x = DynTensor::eye(n, DType::F64).slice(0, 0, n - 1).pad(0, 1, 0);
        assert_eq!(elements(&x.clone().det()), [0.0], "{n} rows, the first one 0");
        let (sign, log) = x.slogdet();
        assert_eq!((elements(&sign), elements(&log)), (vec![0.0], vec![f64::NEG_INFINITY]));
    }
    assert_eq!(elements(&tensor(vec![0.0; 6], &[2, 3]).pinv()), [0.0; 6]);
    assert_eq!(elements(&tensor(vec![0.0; 4], &[2, 2]).expm()), [1.0, 0.0, 0.0, 1.0]);
    let zero = tensor(vec![0.0, 0.0, 1.0, 1.0], &[2, 2]);
    let x = zero.triangular_solve(tensor(vec![1.0, 1.0], &[2, 1]), MatrixTriangle::Lower);
    assert!(is_all(&x, |x| !x.is_finite()), "a 0 on the diagonal");
    // The other matrix of the batch is regular.
    let both = DynTensor::concat(vec![singular, tensor(vec![2.0, 0.0, 0.0, 2.0], &[2, 2])], 0);
    let both = both.expect("rows of two").reshape(&[2, 2, 2]).inverse();
    assert_eq!(elements(&both)[4..], [0.5, 0.0, 0.0, 0.5]);
}

#[test]
fn elements_that_are_not_finite_give_nan() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let x = tensor(vec![2.0, 1.0, 0.5, 1.0, 3.0, 0.0, 0.5, bad, 4.0], &[3, 3]);
        let ((q, r), (u, s, vt), (w, v)) = (x.clone().qr(), x.clone().svd(), x.clone().eigh());
        let more = [x.clone().inverse(), x.clone().pinv(), x.clone().expm(), x.clone().cholesky()];
        let last = [x.clone().eigvalsh(), x.clone().singular_values(), x.clone().slogdet().1];
        let solved = x.clone().solve(numbers(&[3, 1], 0));
        for y in [q, r, u, s, vt, w, v, solved].iter().chain(&more).chain(&last) {
            assert!(is_all(y, f64::is_nan), "{bad} gives {y:?}");
        }
    }
    // The other triangle isn't read.
    let x = tensor(vec![2.0, f64::NAN, 1.0, 1.0], &[2, 2]);
    let b = tensor(vec![4.0, 5.0], &[2, 1]);
    assert_eq!(elements(&x.triangular_solve(b, MatrixTriangle::Lower)), [2.0, 3.0]);
}

#[test]
fn equal_values_have_gradients_of_values_and_infinite_ones_of_vectors() {
    let x = DynTensor::eye(3, DType::F64);
    let gradient = |f: &dyn Fn(DynTensor) -> DynTensor| {
        let (_, mut gradients) = gradients(|x| one(x, f), vec![x.clone()]);
        gradients.remove(0)
    };
    let values = gradient(&|x| x.singular_values().sum(&[0]));
    assert_near(&values, &x, 1e-15, "the sum of singular values");
    assert_near(&gradient(&|x| x.eigvalsh().sum(&[0])), &x, 1e-15, "the sum of eigenvalues");
    let infinite = |x: &DynTensor| elements(x).iter().any(|x| !x.is_finite());
    assert!(infinite(&gradient(&|x| x.eigh().1)) && infinite(&gradient(&|x| x.svd().0)));
}

#[test]
fn empty_batches_and_matrices_without_elements_have_shapes() {
    let empty = tensor::<f64>(vec![], &[0, 3, 3]);
    assert_eq!(*empty.clone().inverse().dims(), [0, 3, 3]);
    assert_eq!(*empty.clone().det().dims(), [0]);
    assert_eq!(*empty.svd().1.dims(), [0, 3]);
    let none = tensor::<f64>(vec![], &[0, 0]);
    assert_eq!(elements(&none.clone().det()), [1.0]);
    assert_eq!(elements(&none.clone().slogdet().1), [0.0]);
    assert_eq!(*none.cholesky().dims(), [0, 0]);
    let flat = tensor::<f64>(vec![], &[3, 0]);
    let (q, r) = flat.clone().qr();
    assert_eq!((&*q.dims(), &*r.dims()), (&[3, 0][..], &[0, 0][..]));
    assert_eq!(*flat.pinv().dims(), [0, 3]);
}

#[test]
fn shapes_that_do_not_fit_are_refused_with_numbers() {
    let text = |call: &dyn Fn() -> DynTensor| {
        let payload =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).expect_err("wrong");
        payload.downcast_ref::<String>().expect("a text").clone()
    };
    let x = |dims: &[usize]| numbers(dims, 0);
    for name in ["cholesky", "inverse", "det", "slogdet", "eigh", "eigvalsh", "expm"] {
        let call = || match name {
            "cholesky" => x(&[2, 3]).cholesky(),
            "inverse" => x(&[2, 3]).inverse(),
            "det" => x(&[2, 3]).det(),
            "slogdet" => x(&[2, 3]).slogdet().0,
            "eigh" => x(&[2, 3]).eigh().0,
            "eigvalsh" => x(&[2, 3]).eigvalsh(),
            _ => x(&[2, 3]).expm(),
        };
        let expected = format!("`{name}` takes square matrices (.., N, N), found (2, 3) of f64");
        assert_eq!(text(&call), expected);
    }
    let vector = || x(&[3]).svd().0;
    assert_eq!(text(&vector), "`svd` takes matrices (.., M, N), found (3,) of f64");
    let right = "matrices (.., N, N) and right sides (.., N, K) with the same leading axes and of one floating-point type";
    let found = "found (2, 3, 3) of f64 and (3, 1) of f64";
    let call = || x(&[2, 3, 3]).solve(x(&[3, 1]));
    assert_eq!(text(&call), format!("`solve` takes {right}, {found}"));
    let call = || x(&[2, 3, 3]).triangular_solve(x(&[3, 1]), MatrixTriangle::Upper);
    assert_eq!(text(&call), format!("`triangular_solve` takes {right}, {found}"));
    assert_eq!(
        text(&|| x(&[2, 3]).qr().0),
        "`qr` takes matrices with at least as many rows as columns, found (2, 3) of f64: transpose them for rows"
    );
    let call = || tensor(vec![1, 2, 3, 4], &[2, 2]).inverse();
    assert_eq!(text(&call), "`inverse` takes f32 or f64, found i32");
}
