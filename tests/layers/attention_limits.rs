//! Attention at its limits: queries that attend to nothing, empty sequences, sizes that differ at run time,
//! and models generic in their heads.

use nnx::array::Array;
use nnx::module::ParameterCount;
use nnx::nn::AttentionOptions;
use nnx::prelude::*;
use nnx::random::Key;

use crate::case::panic_of;

fn numbers(count: u16) -> Vec<f64> {
    (0..count).map(|i| f64::from(i * 37 % 101) / 50.0 - 1.0).collect()
}

/// Numbers in a shape whose runtime axes are of these sizes.
fn tensor<S: Shape>(sizes: &[usize]) -> Tensor<S> {
    let count = u16::try_from(sizes.iter().product::<usize>()).expect("few numbers");
    #[allow(clippy::cast_possible_truncation, reason = "small numbers")]
    let numbers = numbers(count).into_iter().map(|x| x as f32).collect();
    Array::new(numbers, sizes).and_then(Tensor::try_from).expect("the shape")
}

#[test]
fn a_query_that_may_attend_to_nothing_gives_zeros_and_no_gradient() {
    type Heads = Tensor<shape![1, 2, 1, 3], f64>;
    let heads = |from: usize| Heads::from_vec(numbers(18)[from..][..6].to_vec()).expect("whole");
    let mask: Tensor![1, 1, 2, 2; bool] =
        Tensor::from_vec(vec![false, false, true, false]).expect("whole");
    let y = dot_product_attention(heads(0), heads(6), heads(12), &mask).to_vec();
    assert_eq!(y[..3], [0.0; 3], "the first query");
    assert_eq!(y[3..], heads(12).to_vec()[..3], "the second attends to the first key alone");

    let sum = |(q, k, v): (Heads, Heads, Heads)| dot_product_attention(q, k, v, &mask).sum();
    let (q, k, v) = gradient(sum, (heads(0), heads(6), heads(12)));
    assert_eq!((q.to_vec(), k.to_vec()), (vec![0.0; 6], vec![0.0; 6]));
    assert_eq!(v.to_vec(), [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);

    // The same with a bias of −∞.
    let bias: Tensor<shape![1, 1, 2, 2], f64> =
        Tensor::from_vec(vec![f64::NEG_INFINITY, f64::NEG_INFINITY, 0.0, f64::NEG_INFINITY])
            .expect("whole");
    assert_eq!(dot_product_attention(heads(0), heads(6), heads(12), bias).to_vec(), y);
}

#[test]
fn a_layer_whose_rows_are_masked_out_stays_finite_in_training() {
    let options = AttentionOptions::default().normalize_qk().dropout(0.5);
    let mut layer = MultiHeadAttention::<U2, U4>::with(&options, &mut Rngs::new(0));
    let x: Tensor![2, 3, 4] = tensor(&[2, 3, 4]);
    let counts = sequence_mask(&Tensor::from([0, 2]), &x);
    let mask = make_attention_mask(&counts, &counts);
    let (loss, gradients) = value_and_grad(&mut layer, |layer, pass| {
        layer.self_attention(x, (&mask, Causal), pass).square().mean()
    })
    .expect("gradients");
    assert!(loss.is_finite());
    for (path, entry) in gradients.iter() {
        let finite = entry.array.to_vec::<f32>().expect("f32").iter().all(|x| x.is_finite());
        assert!(finite, "{path}");
    }
}

#[test]
fn scores_of_any_size_give_finite_weights() {
    let big: Tensor![1, 2, 1, 1] = Tensor::from_vec(vec![1e18, -1e18]).expect("whole");
    let weights = dot_product_attention_weights(big.clone(), big, ());
    assert_eq!(weights.to_vec(), [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn sequences_without_a_step() {
    type Sequence = Tensor![Batch, Time, 8];
    let layer = MultiHeadAttention::<U4, U8>::init(&mut Rngs::new(0));
    let pass = &mut Pass::eval();
    let x: Sequence = tensor(&[2, 3, 8]);
    let none: Sequence = tensor(&[2, 0, 8]);
    assert_eq!(*layer.infer(none.clone()).dims(), [2, 0, 8]);
    assert_eq!(*layer.infer(tensor::<shape![Batch, Time, 8]>(&[0, 3, 8])).dims(), [0, 3, 8]);
    // The query attends to nothing: the output is its bias, which is initialized with zeros.
    axis!(Memory);
    let memory: Tensor![Batch, Memory, 8] = tensor(&[2, 0, 8]);
    assert_eq!(layer.cross_attention(x, memory, (), pass).to_vec(), [0.0; 48]);
}

#[test]
fn every_weight_dropped_or_none() {
    let heads: Tensor![1, 2, 2, 3] = tensor(&[1, 2, 2, 3]);
    let dropped = |rate| {
        let dropout = AttentionDropout::new(rate, Key::new(0));
        let q = heads.clone();
        dot_product_attention_with_dropout(q.clone(), q.clone(), q, (), dropout).to_vec()
    };
    assert_eq!(dropped(1.0), [0.0; 12]);
    let plain = dot_product_attention(heads.clone(), heads.clone(), heads.clone(), ());
    assert_eq!(dropped(0.0), plain.to_vec());
    assert_eq!(
        panic_of(|| AttentionDropout::new(1.5, Key::new(0))),
        "a dropout rate is the probability to drop, within 0 to 1; found 1.5"
    );
    assert_eq!(
        panic_of(|| AttentionOptions::default().dropout(-0.1)),
        "a dropout rate is the probability to drop, within 0 to 1; found -0.1"
    );
}

#[test]
fn runtime_axes_that_differ_are_refused() {
    type Heads = shape![Batch, Time, 2, 3];
    let heads = |batch, time| tensor::<Heads>(&[batch, time, 2, 3]);
    let attention = |k: Tensor<Heads>, v: Tensor<Heads>| {
        panic_of(|| dot_product_attention(heads(2, 4), k, v, ()))
    };
    let text = attention(heads(3, 4), heads(3, 4));
    assert!(text.contains("attention: the batch is"), "{text}");
    let text = attention(heads(2, 4), heads(3, 4));
    assert!(text.contains("attention: the batch is"), "{text}");
    let text = attention(heads(2, 4), heads(2, 5));
    assert!(text.contains("attention: the time of keys and values is"), "{text}");

    let mask: Tensor![Batch, 1, 1, Time; bool] =
        Array::new(vec![true; 10], &[2, 1, 1, 5]).and_then(Tensor::try_from).expect("the shape");
    let text = panic_of(|| dot_product_attention_weights(heads(2, 4), heads(2, 4), &mask));
    assert!(text.contains("the axis `Time` is 4 on one side and 5 on the other"), "{text}");
}

#[test]
fn lengths_that_do_not_fit_are_refused() {
    let tokens: Tensor![Batch, 3; i32] = Tensor::from_vec(vec![0; 6]).expect("whole");
    let lengths = |lengths: &[i32]| {
        let lengths: Tensor![Batch; i32] = Tensor::from_vec(lengths.to_vec()).expect("whole");
        panic_of(|| sequence_mask(&lengths, &tokens))
    };
    let within = "a length is from 0 to 3, the steps of the sequence; found";
    assert_eq!(lengths(&[3, 4]), format!("{within} 4 in row 1"));
    assert_eq!(lengths(&[-1, 3]), format!("{within} -1 in row 0"));
    let text = "3 lengths were given for a batch of 2 sequences: each has one";
    assert_eq!(lengths(&[1, 1, 1]), text);
}

/// A block of any heads and width: `Width: DivisibleBy<Heads>` is all that it asks for.
#[derive(Module)]
struct Block<Heads: Size, Width: DivisibleBy<Heads>> {
    mixer: MultiHeadAttention<Heads, Width>,
    memory: MultiHeadAttention<Heads, Width, ContextFeatures<U5>>,
    norm: LayerNorm<Width>,
}

impl<B: Dim, T: Dim, Heads: Size, Width: DivisibleBy<Heads>> Layer<Tensor![B, T, Width]>
    for Block<Heads, Width>
{
    type Output = Tensor![B, T, Width];
    fn forward(&self, x: Tensor![B, T, Width], pass: &mut Pass) -> Self::Output {
        let mask = make_causal_mask(&x);
        let y = self.mixer.self_attention(self.norm.forward(x.clone(), pass), &mask, pass);
        x + self.mixer.self_attention(y, Causal, pass)
    }
}

/// Attention to a memory, generic in everything.
fn remember<B: Dim, T: Dim, S: Dim, Heads: Size, Width: DivisibleBy<Heads>>(
    block: &Block<Heads, Width>,
    x: Tensor![B, T, Width],
    memory: Tensor![B, S, 5],
    mask: &Tensor![B, 1, T, S; bool],
    pass: &mut Pass,
) -> Tensor![B, T, Width] {
    let x = block.forward(x, pass);
    block.memory.cross_attention(x, memory, mask, pass)
}

/// Four maps of 64 to 64 with biases.
const _: () = assert!(MultiHeadAttention::<U4, U64>::PARAMETERS == 4 * (64 * 64 + 64));

#[test]
fn a_block_generic_in_heads_and_width_needs_one_bound() {
    let block = Block::<U3, U12>::init(&mut Rngs::new(0));
    axis!(Memory);
    let x: Tensor![Batch, Time, 12] = tensor(&[2, 4, 12]);
    let memory: Tensor![Batch, Memory, 5] = tensor(&[2, 3, 5]);
    let counts: Tensor![Batch, Time; bool] =
        Array::new(vec![true; 8], &[2, 4]).and_then(Tensor::try_from).expect("the shape");
    let mask = make_attention_mask(
        &counts,
        &sequence_mask(&Tensor::from_vec(vec![1, 3]).expect("whole"), &memory),
    );
    let y = remember(&block, x, memory, &mask, &mut Pass::eval());
    assert_eq!(*y.dims(), [2, 4, 12]);
}
