//! Values and gradients of JAX: `tests/goldens/reductions.safetensors`, made by `make_reductions.py` there.

use nnx_core::ops::{DynTensor, QuantileMethod, SearchSide, SortOrder};
use safetensors::{Dtype, SafeTensors};

use crate::gradcheck::gradients;
use crate::numbers::{elements, tensor};

fn file() -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/goldens/reductions.safetensors");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn golden(file: &SafeTensors<'_>, name: &str) -> DynTensor {
    let view = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (numbers, _) = view.data().as_chunks::<4>();
    match view.dtype() {
        Dtype::F32 => {
            tensor(numbers.iter().map(|x| f32::from_le_bytes(*x)).collect(), view.shape())
        }
        Dtype::I32 => {
            tensor(numbers.iter().map(|x| i32::from_le_bytes(*x)).collect(), view.shape())
        }
        Dtype::BOOL => tensor(view.data().iter().map(|&x| x != 0).collect(), view.shape()),
        other => panic!("{name}: {other:?}"),
    }
}

/// Compares element by element, relative to the largest that is finite; NaN equals NaN.
fn near(name: &str, found: &DynTensor, expected: &DynTensor, tolerance: f64) {
    assert_eq!(found.signature(), expected.signature(), "{name}");
    let expected = elements(expected);
    let finite = expected.iter().filter(|x| x.is_finite());
    let scale = finite.fold(1.0f64, |max, x| max.max(x.abs()));
    for (i, (found, expected)) in elements(found).iter().zip(expected).enumerate() {
        let same = found == &expected || found.is_nan() && expected.is_nan();
        let near = same || (found - expected).abs() <= tolerance * scale;
        assert!(near, "{name}, element {i}: {found} instead of {expected}");
    }
}

type Function = fn(DynTensor) -> DynTensor;

/// Operations with gradients: the input that they have, the name in the file, and the operation.
const DIFFERENTIABLE: [(&str, &str, Function); 31] = [
    ("cube", "min 1", |x| x.min(&[1])),
    ("cube", "max 0 2", |x| x.max(&[0, 2])),
    ("ties", "min ties", |x| x.min(&[1])),
    ("ties", "max ties", |x| x.max(&[1])),
    ("cube", "prod 1", |x| x.prod(&[1])),
    ("zeros", "prod zeros", |x| x.prod(&[1])),
    ("cube", "var 0", |x| x.var(&[0], 1)),
    ("cube", "std 1 2", |x| x.std(&[1, 2], 0)),
    ("cube", "norm 1", |x| x.norm_p(1.0, &[1])),
    ("cube", "norm 2", |x| x.norm_p(2.0, &[1])),
    ("cube", "norm 3", |x| x.norm_p(3.0, &[1])),
    ("cube", "norm 1.5", |x| x.norm_p(1.5, &[2])),
    ("cube", "norm inf", |x| x.norm_p(f64::INFINITY, &[0])),
    ("cube", "logsumexp 0", |x| x.logsumexp_axes(&[0])),
    ("cube", "logsumexp 0 2", |x| x.logsumexp_axes(&[0, 2])),
    ("cube", "softmax 0", |x| x.softmax_axis(0)),
    ("cube", "softmax 1", |x| x.softmax_axis(1)),
    ("cube", "log_softmax 1", |x| x.log_softmax_axis(1)),
    ("cube", "cumsum 1", |x| x.cumsum(1)),
    ("cube", "cumsum 2", |x| x.cumsum(2)),
    ("cube", "cumprod 1", |x| x.cumprod(1)),
    ("zeros", "cumprod zeros", |x| x.cumprod(1)),
    ("cube", "cummax 1", |x| x.cummax(1)),
    ("cube", "cummin 2", |x| x.cummin(2)),
    ("cube", "cumlogsumexp 1", |x| x.cumlogsumexp(1)),
    ("cube", "sort 1", |x| x.sort(1, SortOrder::Ascending)),
    ("ties", "sort ties", |x| x.sort(1, SortOrder::Ascending)),
    ("cube", "top_k", |x| x.top_k(3, 2).0),
    ("cube", "median 1", |x| x.median(&[1])),
    ("cube", "quantile 0.3", |x| x.quantile(0.3, &[0, 2], QuantileMethod::Linear)),
    ("cube", "mean where", |x| {
        let dims = x.dims();
        let positive = x.clone().stop_gradient().compare(
            nnx_core::ops::Comparison::Greater,
            tensor(vec![0.0f32], &[]).broadcast_to(&dims),
        );
        x.mean_where(positive, &[1])
    }),
];

#[test]
fn reductions_cumulative_operations_and_sorts_are_those_of_jax_with_their_gradients() {
    let bytes = file();
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    for (input, name, operation) in DIFFERENTIABLE {
        let x = golden(&file, &format!("input/{input}"));
        let part = |part: &str| golden(&file, &format!("{name}/{part}"));
        near(name, &operation(x.clone()), &part("output"), 2e-6);
        let cotangent = part("cotangent");
        let (_, found) = gradients(|x| operation(x[0].clone()) * cotangent.clone(), vec![x]);
        near(&format!("gradient of {name}"), &found[0], &part("gradient 0"), 5e-6);
    }
}

/// Operations without gradients, and those of special values.
const VALUES: [(&str, &str, Function); 20] = [
    ("special", "argmin special", |x| x.argmin(1)),
    ("special", "argmax special", |x| x.argmax(1)),
    ("special", "min special", |x| x.min(&[1])),
    ("special", "max special", |x| x.max(&[0])),
    ("special", "prod special", |x| x.prod(&[1])),
    ("special", "any special", |x| x.any(&[0])),
    ("special", "all special", |x| x.all(&[1])),
    ("special", "count_nonzero special", |x| x.count_nonzero(&[1])),
    ("special", "sort special", |x| x.sort(1, SortOrder::Ascending)),
    ("special", "argsort special", |x| x.argsort(1, SortOrder::Ascending)),
    ("special", "argsort descending special", |x| x.argsort(1, SortOrder::Descending)),
    ("special", "median special", |x| x.median(&[1])),
    ("special", "cummax special", |x| x.cummax(1)),
    ("special", "cumsum special", |x| x.cumsum(1)),
    ("special", "cumlogsumexp special", |x| x.cumlogsumexp(1)),
    ("cube", "argsort", |x| x.argsort(2, SortOrder::Ascending)),
    ("cube", "indices of top_k", |x| x.top_k(3, 2).1),
    ("cube", "histogram", |x| x.histogram(5, -3.0, 2.0)),
    ("integers", "bincount", |x| x.bincount(9)),
    ("integers", "counts of unique", |x| x.unique().counts),
];

#[test]
fn positions_counts_and_special_values_are_those_of_jax() {
    let bytes = file();
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    for (input, name, operation) in VALUES {
        let x = golden(&file, &format!("input/{input}"));
        near(name, &operation(x), &golden(&file, name), 2e-6);
    }
    let sorted = || golden(&file, "input/sorted");
    for (side, name) in
        [(SearchSide::Left, "searchsorted left"), (SearchSide::Right, "searchsorted right")]
    {
        let found = sorted().searchsorted(golden(&file, "input/special"), side);
        near(name, &found, &golden(&file, name), 0.0);
    }
    for (how, name) in [
        (QuantileMethod::Lower, "lower"),
        (QuantileMethod::Higher, "higher"),
        (QuantileMethod::Midpoint, "midpoint"),
        (QuantileMethod::Nearest, "nearest"),
    ] {
        let name = format!("quantile {name}");
        let found = golden(&file, "input/cube").quantile(0.3, &[2], how);
        near(&name, &found, &golden(&file, &name), 1e-6);
    }
}
