//! Benchmarks of operations along an axis: reductions, scans, orders, reads and writes at indices, movement; and of layers
//! without a kernel of their own.

use std::hint::black_box;

use nnx::array::ShapeError;
use nnx::prelude::*;

use crate::work::{Work, mixed, sizes_in};

axis!(Outer, Length, Inner);

/// A block whose middle axis is the one that is reduced: rows, columns and inner axes are special cases.
type Block<E = f32> = Tensor<(Outer, Length, Inner), E>;
type Matrix<E = f32> = Tensor<(U1024, U1024), E>;

/// `sum_`, `64x128x128`: along the middle axis. `transpose_`, `1024x1024`: of a matrix. `lp_pool_`, `32x28x28x64`: of images.
/// `bilinear_`, `1024x64`: of pairs of 64 features.
pub(crate) fn named(operation: &str, sizes: &str) -> Option<Work> {
    let operation = operation.strip_suffix('_')?;
    if let Some(sizes) = sizes_in::<4>(sizes) {
        return (sizes[3] == 64).then(|| of_images(operation, sizes))?;
    }
    if let Some(sizes) = sizes_in::<3>(sizes) {
        return along(operation, sizes);
    }
    if let ("bilinear", Some([batch, 64])) = (operation, sizes_in(sizes)) {
        return Some(bilinear(batch));
    }
    let [1024, 1024] = sizes_in(sizes)? else { return None };
    of_matrix(operation)
}

/// Random elements in [-0.5, 0.5).
fn block([outer, length, inner]: [usize; 3]) -> Block {
    let x = mixed(outer * length * inner).map(|bits| bits as f32 / 2f32.powi(32) - 0.5).collect();
    Tensor::from_shape_vec(&[outer, length, inner], x).expect("the sizes of the block")
}

fn along(operation: &str, sizes: [usize; 3]) -> Option<Work> {
    macro_rules! operations {
        ($($name:literal => |$x:ident| $result:expr;)*) => {
            match operation {
                $($name => |$x: Block| drop(black_box($result)),)*
                _ => return at_indices(operation, sizes),
            }
        };
    }
    let f: fn(Block) = operations! {
        "sum" => |x| x.sum_axes::<Axis<1>>();
        "mean" => |x| x.mean_axes::<Axis<1>>();
        "max" => |x| x.max_axes::<Axis<1>>();
        "argmax" => |x| x.argmax_axis::<1>();
        "prod" => |x| x.prod_axes::<Axis<1>>();
        "var" => |x| x.var_axes::<Axis<1>>(1);
        "norm" => |x| x.norm_axes::<Axis<1>>();
        "norm1" => |x| x.norm_p_axes::<Axis<1>>(1.0);
        "logsumexp" => |x| x.logsumexp_axes::<Axis<1>>();
        "any" => |x| x.any_axes::<Axis<1>>();
        "count_nonzero" => |x| x.count_nonzero_axes::<Axis<1>>();
        "median" => |x| x.median_axes::<Axis<1>>();
        "softmax" => |x| x.softmax_axis::<1>();
        "cumsum" => |x| x.cumsum::<1>();
        "cumprod" => |x| x.cumprod::<1>();
        "cummax" => |x| x.cummax::<1>();
        "cumlogsumexp" => |x| x.cumlogsumexp::<1>();
        "sort" => |x| x.sort::<1>(SortOrder::Ascending);
        "argsort" => |x| x.argsort::<1>(SortOrder::Ascending);
        "flip" => |x| x.flip::<1>();
        "roll" => |x| x.roll::<1>(5);
    };
    let x = block(sizes);
    Some(Work::new(move || f(x.clone())))
}

/// Reads and writes at as many indices as there are elements.
fn at_indices(operation: &str, sizes: [usize; 3]) -> Option<Work> {
    type AtIndices = fn(Block, Block<i32>, Block) -> Result<Block, ShapeError>;
    let f: AtIndices = match operation {
        "gather" => |x, indices, _| x.take_along::<1, _, _>(indices),
        "scatter_set" => |x, indices, values| x.scatter_set::<1, _, _, _>(indices, values),
        "scatter_add" => |x, indices, values| x.scatter_add::<1, _, _, _>(indices, values),
        "scatter_max" => |x, indices, values| x.scatter_max::<1, _, _, _>(indices, values),
        _ => return None,
    };
    let x = block(sizes);
    let [outer, length, inner] = sizes;
    let indices =
        mixed(outer * length * inner).map(|bits| (bits as usize % length) as i32).collect();
    let indices = Block::<i32>::from_shape_vec(&sizes, indices).expect("the sizes of the block");
    let values = x.clone().flip::<0>();
    Some(Work::new(move || {
        drop(black_box(f(x.clone(), indices.clone(), values.clone()).expect("indices in range")));
    }))
}

fn of_matrix(operation: &str) -> Option<Work> {
    let x = Matrix::from_vec(block([1024, 1024, 1]).to_vec()).expect("a matrix");
    let mask: Matrix<bool> = x.clone().gt(0.0);
    macro_rules! operations {
        ($($name:literal => $result:expr;)*) => {
            match operation {
                $($name => Some(Work::new(move || drop(black_box($result)))),)*
                _ => None,
            }
        };
    }
    operations! {
        "sum_all" => x.clone().sum();
        "max_all" => x.clone().max();
        "norm_all" => x.clone().norm();
        "top_k" => x.clone().top_k::<16>();
        "unique" => x.clone().unique::<Outer>();
        "histogram" => x.clone().histogram::<U64>(-0.5, 0.5);
        "transpose" => x.clone().transpose().flatten_axes::<0>();
        "masked_fill" => x.clone().masked_fill(&mask, 1.0);
        "masked_select" => x.clone().masked_select::<Outer, _>(&mask);
        "concat" => x.clone().concat::<1, _>(x.clone());
        "pad" => x.clone().pad::<1, U1, U1>(PadMode::Edge);
        "tril" => x.clone().tril(0);
    }
}

type Images = Tensor<(Batch, U28, U28, U64)>;

fn of_images(operation: &str, sizes: [usize; 4]) -> Option<Work> {
    let count = sizes.iter().product();
    let x = mixed(count).map(|bits| bits as f32 / 2f32.powi(32)).collect();
    let x = Images::from_shape_vec(&sizes, x).ok()?;
    let (maxima, indices) = x.clone().max_pool_with_indices::<(U2, U2), ()>();
    macro_rules! operations {
        ($($name:literal => $result:expr;)*) => {
            match operation {
                $($name => Some(Work::new(move || drop(black_box($result)))),)*
                _ => None,
            }
        };
    }
    let (norm, pad) = (LocalResponseNorm::<U5>::new(), Pad::<(U1, U1), (U1, U1)>::new());
    let pool = LpPool::<(U2, U2)>::new(2.0);
    operations! {
        "max_pool_with_indices" => x.clone().max_pool_with_indices::<(U2, U2), ()>();
        "max_unpool" => maxima.clone().max_unpool::<(U28, U28), _>(indices.clone());
        "lp_pool" => pool.infer(x.clone());
        "local_response_norm" => norm.infer(x.clone());
        "pad_zeros" => pad.infer(x.clone());
    }
}

fn bilinear(batch: usize) -> Work {
    let layer = Bilinear::<U64, U64, U64>::init(&mut Rngs::new(0));
    let x = mixed(batch * 64).map(|bits| bits as f32 / 2f32.powi(32) - 0.5).collect();
    let x: Tensor![Batch, 64] = Tensor::from_vec(x).expect("rows of 64");
    Work::new(move || drop(black_box(layer.infer((x.clone(), x.clone())))))
}
