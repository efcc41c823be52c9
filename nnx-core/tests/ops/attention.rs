//! Attention in tiles: the same values and gradients as with the matrix of all scores, without its memory.

use nnx_core::array::{Array, peak_bytes};
use nnx_core::nn::{AttentionMask, ScoreFn, dot_product_attention};
use nnx_core::size::{Batch, Causal, Time};
use nnx_core::tensor::{Tensor, value_and_gradient};
use nnx_core::{Tensor, shape};

use crate::numbers::Values::Between;

type Queries = Tensor![2, 50, 6, 4; f64];
type Keys = Tensor![2, 131, 3, 4; f64];
type Scores = Tensor![2, 6, 50, 131; f64];

fn filled<T: TryFrom<Array, Error: std::fmt::Debug>>(sizes: &[usize], seed: usize) -> T {
    let elements = Between(-2.0, 2.0).take(sizes.iter().product(), seed);
    T::try_from(Array::new(elements, sizes).expect("these sizes")).expect("the shape")
}

/// The output and the gradients of all inputs.
fn all<M>(mask: M) -> [Vec<f64>; 4]
where
    M: AttentionMask<shape![2, 6, 50, 131], f64> + Clone,
{
    let query: Queries = filled(&[2, 50, 6, 4], 1);
    let [key, value]: [Keys; 2] = [2, 3].map(|seed| filled(&[2, 131, 3, 4], seed));
    let weights: Queries = filled(&[2, 50, 6, 4], 4);
    let inputs = (query, key, value);
    let run = |(query, key, value): (Queries, Keys, Keys)| -> Queries {
        dot_product_attention(query, key, value, mask.clone())
    };
    let y = run(inputs.clone());
    let (_, (query, key, value)) = value_and_gradient(
        |inputs: (Queries, Keys, Keys)| (run(inputs) * weights.clone()).sum(),
        inputs,
    );
    [y.to_vec(), query.to_vec(), key.to_vec(), value.to_vec()]
}

#[test]
fn tiles_give_what_the_matrix_of_all_scores_gives() {
    let open: Vec<bool> = (0..50 * 131).map(|i| i / 131 != 7 && i % 5 != i / 131 % 5).collect();
    let open: Tensor![1, 1, 50, 131; bool] = Tensor::from_vec(open).expect("each pair");
    let added: Tensor![1, 6, 1, 131; f64] = filled(&[1, 6, 1, 131], 5);
    fn compare<M>(what: &str, mask: M)
    where
        M: AttentionMask<shape![2, 6, 50, 131], f64> + Clone,
    {
        let as_they_are = ScoreFn(|scores: Scores| scores);
        for (found, expected) in all(mask.clone()).iter().zip(&all((mask, as_they_are))) {
            let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
            assert!(found.iter().zip(expected).all(close), "{what}");
        }
    }
    compare("no mask", ());
    compare("causal", Causal);
    compare("bool", open.clone());
    compare("added", &added);
    compare("pairs", ((Causal, Some(open)), added));
}

#[test]
fn memory_grows_with_the_length_and_not_with_its_square() {
    type Heads = Tensor![Batch, Time, 2, 4];
    let bytes = |time: usize| {
        let x = Heads::from_shape_vec(&[1, time, 2, 4], vec![0.5; time * 8]).expect("these sizes");
        let loss = |(query, key, value): (Heads, Heads, Heads)| -> Tensor<(), f32> {
            let y: Heads = dot_product_attention(query, key, value, Causal);
            y.square().sum()
        };
        let inputs = (x.clone(), x.clone(), x);
        peak_bytes(|| drop(value_and_gradient(loss, inputs))).1
    };
    let [short, long] = [256, 1024].map(bytes);
    assert!(long <= 4 * short + 1024, "{short} bytes for 256 steps, {long} for 1,024");
    assert!(long < 1024 * 1024 * 4 / 8, "{long} bytes, a fraction of a matrix of scores");
}

#[test]
fn sequences_of_8192_steps() {
    type Heads = Tensor![Batch, Time, 1, 2];
    let x = Heads::from_shape_vec(&[1, 8192, 1, 2], vec![1.0; 8192 * 2]).expect("these sizes");
    let (y, bytes) =
        peak_bytes(|| -> Heads { dot_product_attention(x.clone(), x.clone(), x, Causal) });
    assert!(y.to_vec().iter().all(|y| (y - 1.0).abs() < 1e-5));
    assert!(bytes < 1 << 20, "{bytes} bytes");
}
