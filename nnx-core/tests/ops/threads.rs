//! The same bits on one thread and on four.

use nnx_core::array::DType;
use nnx_core::ops::{BagMode, DynTensor, SortOrder};
use nnx_core::threads::with_threads;

use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{indices, tensor, windows};
use crate::table::Function;

/// The value and all gradients, as bits.
fn bits(function: Function, inputs: &[DynTensor]) -> Vec<Vec<u32>> {
    let (value, gradients) = gradients(function, inputs.to_vec());
    let of = |x: &DynTensor| {
        x.array().to_vec::<f32>().expect("f32").iter().map(|x| x.to_bits()).collect()
    };
    [value].iter().chain(&gradients).map(of).collect()
}

fn numbers(dims: &[usize], seed: usize) -> DynTensor {
    tensor(Between(-1.0, 1.0).take(dims.iter().product(), seed), dims).cast(DType::F32)
}

/// Large enough to be cut into several parts.
fn compare<const N: usize>(name: &str, function: Function, inputs: [DynTensor; N]) {
    let one = with_threads(1, || bits(function, &inputs));
    for threads in [2, 4] {
        // Run twice, because the assignment of work to threads is random.
        for _ in 0..2 {
            let several = with_threads(threads, || bits(function, &inputs));
            assert!(one == several, "{name} differs on {threads} threads");
        }
    }
}

#[test]
fn products_give_the_same_bits_on_any_number_of_threads() {
    let product: Function = |x| {
        let y = x[0].clone().matmul(x[1].clone());
        &y * &y
    };
    compare("matmul", product, [numbers(&[300, 200], 0), numbers(&[200, 170], 1)]);
    compare("leading axes", product, [numbers(&[3, 100, 200], 0), numbers(&[200, 170], 1)]);
    compare("batched", product, [numbers(&[9, 100, 90], 0), numbers(&[9, 90, 100], 1)]);
}

#[test]
fn convolutions_give_the_same_bits_on_any_number_of_threads() {
    let conv: Function = |x| {
        let y = x[0].clone().conv(
            x[1].clone(),
            Some(x[2].clone()),
            windows([3, 1, 1, 1, 1], [3, 2, 1, 1, 1]),
            1,
        );
        &y * &y
    };
    let inputs = [numbers(&[37, 14, 14, 8], 0), numbers(&[3, 3, 8, 16], 1), numbers(&[16], 2)];
    compare("conv", conv, inputs);
    let tiles: Function = |x| {
        let windows = windows([3, 1, 1, 1, 1], [3, 1, 1, 1, 1]);
        let y = x[0].clone().conv(x[1].clone(), None, windows, 1);
        &y * &y
    };
    compare("conv by tiles", tiles, [numbers(&[9, 16, 16, 16], 0), numbers(&[3, 3, 16, 16], 1)]);
    let pools: Function = |x| {
        let windows = windows([3, 1, 1, 1, 1], [3, 2, 1, 1, 1]);
        &x[0].clone().max_pool(windows) * &x[0].clone().sum_pool(windows)
    };
    compare("pools", pools, [numbers(&[19, 30, 30, 8], 0)]);
    let there_and_back: Function = |x| {
        let windows = windows([3, 2, 1, 1, 1], [3, 1, 1, 1, 1]);
        let (y, indices) = x[0].clone().max_pool_with_indices(windows);
        y.powf(2.0).max_unpool(indices, &[30, 30])
    };
    compare("maxima with indices", there_and_back, [numbers(&[19, 30, 30, 8], 0)]);
}

#[test]
fn reductions_give_the_same_bits_on_any_number_of_threads() {
    let x = numbers(&[700, 500], 0);
    compare("sum of rows", |x| x[0].clone().exp().sum(&[1]), [x.clone()]);
    compare("sum of columns", |x| x[0].clone().exp().sum(&[0]), [numbers(&[9000, 40], 0)]);
    compare("sum of all", |x| x[0].clone().exp().sum_all(), [x.clone()]);
    compare("mean and maximum", |x| x[0].clone().mean(&[1]) * x[0].clone().max(&[1]), [x]);
}

#[test]
fn folds_scans_and_sorts_give_the_same_bits_on_any_number_of_threads() {
    let (x, cube) = (numbers(&[700, 300], 0), numbers(&[70, 60, 50], 1));
    compare("prod of rows", |x| x[0].clone().prod(&[1]), [x.clone()]);
    compare("prod of columns", |x| x[0].clone().exp().prod(&[0]), [numbers(&[900, 200], 0)]);
    compare("sums of the middle axis", |x| x[0].clone().sum(&[1]).powf(2.0), [cube.clone()]);
    compare("means of the middle axis", |x| x[0].clone().mean(&[1]).powf(2.0), [cube.clone()]);
    compare("minimum of all", |x| x[0].clone().min(&[0, 1]), [x.clone()]);
    compare("norms of columns", |x| x[0].clone().norm_p(1.0, &[0]), [x.clone()]);
    compare("norms of order 3", |x| x[0].clone().norm_p(3.0, &[1]), [x.clone()]);
    compare("softmax of columns", |x| x[0].clone().softmax_axis(0).powf(2.0), [x.clone()]);
    compare("logsumexp of columns", |x| x[0].clone().logsumexp_axes(&[0]), [x.clone()]);
    compare("cumsum of rows", |x| x[0].clone().cumsum(1).powf(2.0), [x.clone()]);
    compare("cumsum of columns", |x| x[0].clone().cumsum(0).powf(2.0), [x.clone()]);
    compare("cumprod of columns", |x| x[0].clone().exp().cumprod(0).sin(), [cube]);
    compare("cumlogsumexp", |x| x[0].clone().cumlogsumexp(1).powf(2.0), [x.clone()]);
    compare("sort", |x| x[0].clone().sort(1, SortOrder::Ascending).cumsum(1), [x.clone()]);
    compare("top_k", |x| x[0].clone().top_k(20, 1).0.powf(2.0), [x.clone()]);
    compare("median", |x| x[0].clone().median(&[0]).powf(2.0), [x]);
}

#[test]
fn softmax_gives_the_same_bits_on_any_number_of_threads() {
    let x = numbers(&[300, 400], 0);
    compare("softmax", |x| x[0].clone().softmax().powf(2.0), [x.clone()]);
    compare("log_softmax", |x| x[0].clone().log_softmax().powf(2.0), [x.clone()]);
    compare("logsumexp", |x| x[0].clone().logsumexp().powf(2.0), [x]);
}

#[test]
fn elementwise_work_and_copies_give_the_same_bits_on_any_number_of_threads() {
    let (x, row) = (numbers(&[400, 300], 0), numbers(&[300], 1));
    compare("gelu", |x| x[0].clone().gelu(), [x.clone()]);
    compare("a row added", |x| (&x[0] + &x[1]).tanh(), [x.clone(), row]);
    compare("a transpose", |x| x[0].clone().swap_axes(0, 1).reshape(&[120_000]).exp(), [x.clone()]);
    let rows: Function = |x| {
        let chosen: Vec<i32> = (0..1000).map(|i| i * 7 % 400).collect();
        x[0].clone().gather(indices(&chosen, &[1000])).powf(2.0)
    };
    compare("gather", rows, [x.clone()]);
    fn bags(x: &[DynTensor], mode: BagMode) -> DynTensor {
        let chosen: Vec<i32> = (0..3000).map(|i| i * i % 397).collect();
        let bounds = [0, 30].map(|at| DynTensor::arange_whole(100, at, 30, DType::I64));
        x[0].clone().embedding_bag(indices(&chosen, &[3000]), bounds, mode).powf(2.0)
    }
    compare("means of bags", |x| bags(&x, BagMode::Mean), [x.clone()]);
    compare("maxima of bags", |x| bags(&x, BagMode::Max), [x]);
}

#[test]
fn a_tensor_is_differentiated_on_many_threads_at_once() {
    let x = numbers(&[50, 40], 0);
    let alone = bits(|x| x[0].clone().softmax().powf(2.0), std::slice::from_ref(&x));
    std::thread::scope(|scope| {
        let work = || bits(|x| x[0].clone().softmax().powf(2.0), std::slice::from_ref(&x));
        let all: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        all.into_iter().for_each(|one| assert!(one.join().expect("no panic") == alone));
    });
}
