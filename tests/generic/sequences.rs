//! Attention and a language model, generic in width, heads and vocabulary, over a batch and a time whose
//! lengths are known when the program runs.

use nnx::prelude::*;
use nnx::size::rules::MergedAxes;

/// Attention written by hand: splits the width into heads and merges them again, for any time.
#[derive(Module)]
struct SelfAttention<D: DivisibleBy<Heads>, Heads: Size> {
    query: Linear<D, D>,
    key: Linear<D, D>,
    value: Linear<D, D>,
    out: Linear<D, D>,
    heads: std::marker::PhantomData<Heads>,
}

impl<B: Dim, T: Dim, D: DivisibleBy<Heads>, Heads: Size> Layer<Tensor![B, T, D]>
    for SelfAttention<D, Heads>
{
    type Output = Tensor![B, T, D];

    fn forward(&self, x: Tensor![B, T, D], pass: &mut Pass) -> Self::Output {
        type HeadsFirst = (Axis<0>, Axis<2>, Axis<1>, Axis<3>);
        // (B, T, D) to (B, Heads, T, D / Heads)
        let [q, k, v] = [&self.query, &self.key, &self.value].map(|projection| {
            let y: Tensor![B, T, D] = projection.forward(x.clone(), pass);
            y.unflatten::<2, Heads>().permute::<HeadsFirst>()
        });
        // (B, Heads, T, T)
        let scale = 1.0 / (Quotient::<D, Heads>::USIZE as f32).sqrt();
        let weights = (q * scale).matmul(k.transpose()).softmax();
        let y = weights.matmul(v).permute::<HeadsFirst>().flatten_axes_to::<2, D>();
        self.out.forward(y, pass)
    }
}

/// Tokens to logits for the next one.
#[derive(Module)]
struct LanguageModel<Vocabulary: Size, D: DivisibleBy<Heads>, Heads: Size> {
    #[module(init = Param::new(Tensor::ones()))]
    table: Param<(Vocabulary, D)>,
    norm: LayerNorm<D>,
    attention: SelfAttention<D, Heads>,
    head: Linear<D, Vocabulary>,
}

impl<B: Dim, T: Dim, Vocabulary: Size, D: DivisibleBy<Heads>, Heads: Size> Layer<Tensor![B, T; i32]>
    for LanguageModel<Vocabulary, D, Heads>
{
    type Output = Tensor![B, T, Vocabulary];

    fn forward(&self, tokens: Tensor![B, T; i32], pass: &mut Pass) -> Self::Output {
        let x: Tensor![B, T, D] =
            self.table.get(pass).gather(tokens).expect("tokens of the vocabulary");
        let x = x.clone() + self.attention.forward(self.norm.forward(x, pass), pass);
        // The head works on rows: one for each position of each sequence.
        let rows: Tensor![MergedAxes<B, T>, D] = x.clone().merge_axes();
        let logits: Tensor![MergedAxes<B, T>, Vocabulary] = self.head.forward(rows, pass);
        logits.unmerge_axes(&x)
    }
}

fn tokens(batch: usize, time: usize) -> Tensor![Batch, Time; i32] {
    Tensor::from_shape_vec(&[batch, time], vec![1; batch * time]).expect("whole sequences")
}

#[test]
fn one_model_takes_batches_and_sequences_of_any_length() {
    let model = LanguageModel::<U65, U24, U4>::init(&mut Rngs::new(0));
    for (batch, time) in [(1, 1), (3, 5), (2, 17)] {
        let logits: Tensor![Batch, Time, 65] = model.infer(tokens(batch, time));
        assert_eq!(*logits.dims(), [batch, time, 65]);
    }
    let logits: Tensor![2, 9, 65] =
        model.infer(<Tensor![2, 9; i32]>::from_vec(vec![1; 18]).expect("whole"));
    assert_eq!(*logits.dims(), [2, 9, 65]);
}

#[test]
fn labels_over_both_axes_give_one_loss() {
    let mut model = LanguageModel::<U65, U24, U4>::init(&mut Rngs::new(0));
    let (loss, _) = value_and_grad(&mut model, |model, pass| {
        softmax_cross_entropy(model.forward(tokens(3, 5), pass), tokens(3, 5)).mean()
    })
    .expect("gradients");
    assert!(loss.is_finite());
}

#[test]
fn joining_and_separating_keep_the_order_of_elements() {
    let numbers: Vec<f32> = (0..24u8).map(f32::from).collect();
    let x: Tensor![Batch, Time, 4] =
        Tensor::from_shape_vec(&[2, 3, 4], numbers.clone()).expect("whole");
    let rows = x.clone().merge_axes();
    assert_eq!((*rows.dims()).to_vec(), [6, 4]);
    let back: Tensor![Batch, Time, 4] = rows.unmerge_axes(&x);
    assert_eq!(back.to_vec(), numbers);
}

#[test]
#[should_panic(
    expected = "`unmerge_axes`: the joined axis is 6, but the axes to separate it into are 2 and 4"
)]
fn axes_of_another_batch_are_refused_by_name_and_size() {
    let x: Tensor![Batch, Time, 1] =
        Tensor::from_shape_vec(&[2, 3, 1], vec![0.0; 6]).expect("whole");
    let other: Tensor![Batch, Time, 1] =
        Tensor::from_shape_vec(&[2, 4, 1], vec![0.0; 8]).expect("whole");
    let _ = x.merge_axes().unmerge_axes(&other);
}

#[test]
#[should_panic(expected = "the axis `Time` is 5 on one side and 4 on the other")]
fn a_mismatch_of_one_axis_names_it() {
    let row = |time: usize| -> Tensor![Batch, Time] {
        Tensor::from_shape_vec(&[2, time], vec![0.0; 2 * time]).expect("whole")
    };
    let _ = row(5) + row(4);
}
