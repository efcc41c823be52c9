//! Gradients that add up many rows: as accurate as sums over an axis, and the same bits on any number of
//! threads.

use nnx_core::array::{Array, DType};
use nnx_core::grad::value_and_gradients;
use nnx_core::module::{Init, Layer, value_and_grad};
use nnx_core::nn::Embed;
use nnx_core::ops::DynTensor;
use nnx_core::random::Rngs;
use nnx_core::size::{Batch, U1, U3};
use nnx_core::tensor::Tensor;

use crate::numbers::{FLOATS, SplitMix64, assert_near, elements, epsilon, tensor};

/// The gradient of a table of `size` rows: `x` is added to the rows of these indices.
fn added(x: &DynTensor, rows: &[i32], size: usize) -> DynTensor {
    let index = DynTensor::from(Array::new(rows.to_vec(), &[rows.len()]).expect("a batch"));
    let dims: Vec<usize> = [size].into_iter().chain(x.dims()[1..].iter().copied()).collect();
    let table = tensor(vec![0.0; dims.iter().product()], &dims, x.dtype());
    let total = |[table]: [DynTensor; 1]| (table.gather(index.clone()) * x.clone()).sum_all();
    let (_, [gradient]) = value_and_gradients(total, [table]);
    gradient
}

#[test]
fn twenty_million_equal_indices_into_embed_give_twenty_million() {
    let mut model = Embed::<U3, U1>::init(&mut Rngs::new(0));
    let indices: Tensor<(Batch,), i32> = Tensor::from_vec(vec![1; 20_000_000]).expect("a batch");
    let (_, gradients) =
        value_and_grad(&mut model, |model, pass| model.forward(indices.clone(), pass).sum())
            .expect("gradients");
    let (_, entry) = gradients.iter().next().expect("the table");
    assert_eq!(entry.array.to_vec::<f32>().expect("f32"), [0.0, 20_000_000.0, 0.0]);
}

#[test]
fn ten_million_of_a_tenth_are_a_million_within_rounding() {
    let n = 10_000_000;
    let tenth = f64::from(0.1f32);
    let x = DynTensor::from(Array::full(0.1f32, &[1, 1])).broadcast_to(&[n, 1]);
    let found = elements(&added(&x, &vec![0; n], 2));
    assert_near(found[0], tenth * 1e7, tenth * 1e7 * 6e-8, "10^7 of 0.1");
    assert_eq!(found[1], 0.0);
}

#[test]
fn random_rows_add_up_within_rounding_of_their_sizes() {
    let mut random = SplitMix64(11);
    for dtype in FLOATS {
        for (n, size, width) in [(1, 1, 1), (64, 3, 2), (65, 1, 3), (3000, 5, 4), (20_000, 700, 2)]
        {
            // A few indices occur thousands of times.
            let mut index = |_| {
                let below = if random.below(2) == 0 { size } else { size.min(3) };
                random.below(below) as i32
            };
            let rows: Vec<i32> = (0..n).map(&mut index).collect();
            let x: Vec<f64> = (0..n * width).map(|_| random.spread(-20, 20)).collect();
            let (mut exact, mut sizes) = (vec![0.0; size * width], vec![0.0; size * width]);
            for (i, &row) in rows.iter().enumerate() {
                for c in 0..width {
                    let at = usize::try_from(row).expect("an index") * width + c;
                    exact[at] += x[i * width + c];
                    sizes[at] += x[i * width + c].abs();
                }
            }
            let found = added(&tensor(x, &[n, width], dtype), &rows, size);
            for (i, found) in elements(&found).into_iter().enumerate() {
                let allowed = 20.0 * epsilon(dtype) * sizes[i];
                assert_near(
                    found,
                    exact[i],
                    allowed,
                    format!("element {i} of {n} rows in {dtype}"),
                );
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let mut random = SplitMix64(5);
    let (n, size, width) = (30_000, 40, 16);
    let rows: Vec<i32> = (0..n).map(|i| random.below(1 + i % size) as i32).collect();
    let x = tensor((0..n * width).map(|_| random.unit()).collect(), &[n, width], DType::F32);
    let on = |threads: usize| {
        nnx_core::threads::with_threads(threads, || elements(&added(&x, &rows, size)))
    };
    let one = on(1);
    assert!(on(3) == one && on(7) == one);
}
