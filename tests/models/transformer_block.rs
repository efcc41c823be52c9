//! `TransformerBlock` and its `SelfAttention`.

use nnx::models::{SelfAttention, TransformerBlock};
use nnx::prelude::*;

use crate::support::{numbers, overfits};

type Sequences<D> = Tensor![Batch, Time, D];

#[cfg(feature = "safetensors")]
#[test]
fn it_is_the_model_of_flax() {
    use crate::reference::{FlaxReference, Tolerances};
    type Block = TransformerBlock<U64, U4, U128>;
    let reference = FlaxReference::<Block, shape![Batch, Time, 64]>::new(
        "transformer_block",
        Tolerances::OF_ROUNDING,
    );
    let target: Sequences<U64> = reference.target();
    reference.check(|y| (y - &target).square().mean());
}

#[test]
fn it_overfits_one_batch() {
    let (x, y): (Sequences<U16>, Sequences<U16>) = (numbers(&[2, 5, 16]), numbers(&[2, 5, 16]));
    let block = TransformerBlock::<U16, U2, U64>::init(&mut Rngs::new(0));
    overfits(block, 150, 1e-2, 1e-3, |block, pass| {
        (block.forward(x.clone(), pass) + &y).square().mean()
    });
}

#[test]
fn attention_overfits_one_batch() {
    // The target at each position is the first element, which only attention can provide.
    let x: Sequences<U8> = numbers(&[3, 4, 8]);
    let mean = x.clone().mean_axes::<Axis<1>>().insert_axis::<1>().broadcast_like(&x);
    let attention = SelfAttention::<U8, U2>::init(&mut Rngs::new(0));
    overfits(attention, 150, 1e-2, 1e-3, |attention, pass| {
        (attention.forward(x.clone(), pass) - &mean).square().mean()
    });
}

#[test]
fn the_parameters_are_counted_by_the_compiler() {
    const _: () = assert!(TransformerBlock::<U64, U4, U128>::PARAMETERS == 33_472);
    const _: () = assert!(SelfAttention::<U64, U4>::PARAMETERS == 16_640);
    let block = TransformerBlock::<U64, U4, U128>::init(&mut Rngs::new(0));
    assert_eq!(parameters(&block), 33_472);
}

/// Computed by hand, and by the layer of the library with the same weights.
#[test]
fn attention_by_hand_is_that_of_the_library() {
    let by_hand = SelfAttention::<U12, U3>::init(&mut Rngs::new(0));
    let x: Sequences<U12> = numbers(&[2, 5, 12]);
    let [kernel, out] = ["qkv/kernel", "out/kernel"].map(|name| {
        let weights = state(&by_hand);
        weights.get(&nnx::module::Path::parse(name)).expect(name).array.clone()
    });
    let kernel: Tensor![12, 36] = kernel.try_into().expect("D and 3 D");
    let out: Tensor![12, 12] = out.try_into().expect("D and D");
    let project = |columns: Tensor![12, 12]| {
        let y: Sequences<U12> = x.clone().matmul(columns);
        y.unflatten::<2, U3>()
    };
    let query = project(kernel.clone().slice::<1, U0, U12>());
    let key = project(kernel.clone().slice::<1, U12, U12>());
    let value = project(kernel.slice::<1, U24, U12>());
    // Biases start with zeros.
    let y =
        dot_product_attention(query, key, value, Causal).flatten_axes_to::<2, U12>().matmul(out);
    let found = by_hand.masked(x.clone(), Causal, &mut Pass::eval());
    for (found, expected) in found.to_vec().iter().zip(y.to_vec()) {
        assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
    }
}

#[test]
fn a_causal_block_does_not_see_what_comes_later() {
    let block = TransformerBlock::<U8, U2, U16>::init(&mut Rngs::new(0));
    let whole: Sequences<U8> = numbers(&[1, 6, 8]);
    let first = |count: usize| -> Sequences<U8> {
        Tensor::from_shape_vec(&[1, count, 8], whole.to_vec()[..count * 8].to_vec()).expect("rows")
    };
    let causal = |x: Sequences<U8>| block.masked(x, Causal, &mut Pass::eval()).to_vec();
    let all = causal(first(6));
    for count in 1..6 {
        for (alone, together) in causal(first(count)).iter().zip(&all) {
            assert!((alone - together).abs() < 1e-5, "of {count}: {alone} and {together}");
        }
    }
    // Without the mask, the output depends on later positions.
    assert!((block.infer(first(1)).to_vec()[0] - block.infer(first(6)).to_vec()[0]).abs() > 1e-3);
}

/// Attention alone has no order: permuted positions give permuted results.
#[test]
fn swapped_positions_swap_the_outputs() {
    let block = TransformerBlock::<U8, U4, U16>::init(&mut Rngs::new(0));
    let x: Sequences<U8> = numbers(&[1, 4, 8]);
    let turned = |x: &Sequences<U8>| -> Sequences<U8> {
        let rows: Vec<f32> = x.to_vec().chunks(8).rev().flatten().copied().collect();
        Tensor::from_shape_vec(&[1, 4, 8], rows).expect("four positions")
    };
    let (a, b) = (turned(&block.infer(x.clone())), block.infer(turned(&x)));
    for (a, b) in a.to_vec().iter().zip(b.to_vec()) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
    }
}

#[test]
fn nothing_in_gives_nothing_out() {
    let block = TransformerBlock::<U8, U2, U16>::init(&mut Rngs::new(0));
    for sizes in [[0, 3, 8], [2, 0, 8]] {
        let y = block.infer(numbers::<shape![Batch, Time, 8]>(&sizes));
        assert_eq!(*y.dims(), sizes);
    }
}

/// Scores of millions: a softmax that doesn't take the largest off first overflows.
#[test]
fn large_inputs_stay_finite() {
    let attention = SelfAttention::<U8, U2>::init(&mut Rngs::new(0));
    let x: Sequences<U8> = numbers(&[1, 5, 8]);
    let y = attention.infer(x * 1e4);
    assert!(y.to_vec().iter().all(|y| y.is_finite()), "{y:?}");
}
