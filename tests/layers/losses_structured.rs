//! Losses of margins, of few probabilities, of embeddings, lists and segmentations, and their gradients.

use nnx::nn::{
    DiceOptions, TripletOptions, binary_dice_loss, binary_dice_loss_where, ctc_loss,
    ctc_loss_with_forward_probs, dice_loss, dice_loss_where, fenchel_young_loss,
    generalized_kl_divergence, multiclass_generalized_dice_loss, multiclass_hinge_loss,
    multiclass_perceptron_loss, multiclass_sparsemax_loss, ntxent, ntxent_where, perceptron_loss,
    poly_loss_cross_entropy, ranking_softmax_loss, sigmoid_focal_loss, sparsemax_loss,
    triplet_margin_loss,
};
use nnx::prelude::*;
use nnx::size::rules::{LabelSequences, LastAxis};

use crate::case::Case;

type Shape3 = shape![Batch, 2, 5];

/// A loss of two tensors.
fn check<S: Shape, O: Shape>(name: &'static str, loss: fn(Tensor<S>, Tensor<S>) -> Tensor<O>) {
    let case = Case::open("losses", name);
    let inputs = (case.input(0), case.input(1));
    case.check_with(&mut Relu, inputs, |_, (x, y), _| loss(x, y));
}

/// A loss of scores and classes.
fn check_labels<S: Shape, L: Shape, O: Shape>(
    name: &'static str,
    loss: fn(Tensor<S>, Tensor<L, i32>) -> Tensor<O>,
) {
    let case = Case::open("losses", name);
    let labels: Tensor<L, i32> = case.input(1);
    case.check_with(&mut Relu, case.input::<S, f32>(0), |_, x, _| loss(x, labels.clone()));
}

#[test]
fn margins() {
    check::<Shape3, _>("perceptron", |x, y| perceptron_loss(x, y));
    check::<shape![3, 3], _>("perceptron at 0", |x, y| perceptron_loss(x, y));
    check_labels::<Shape3, shape![Batch, 2], _>("multiclass hinge", |x, y| {
        multiclass_hinge_loss(x, y)
    });
    check_labels::<Shape3, shape![Batch, 2], _>("multiclass perceptron", |x, y| {
        multiclass_perceptron_loss(x, y)
    });
    type Small = shape![Batch, 3];
    for name in ["multiclass hinge ties", "multiclass hinge extreme"] {
        check_labels::<Small, shape![Batch], _>(name, |x, y| multiclass_hinge_loss(x, y));
    }
    for name in ["multiclass perceptron ties", "multiclass perceptron extreme"] {
        check_labels::<Small, shape![Batch], _>(name, |x, y| multiclass_perceptron_loss(x, y));
    }
}

#[test]
fn sparse_probabilities() {
    check_labels::<Shape3, Shape3, _>("sparsemax", |x, y| sparsemax_loss(x, y.cast::<f32>()));
    check_labels::<shape![3, 3], shape![3, 3], _>("sparsemax extreme", |x, y| {
        sparsemax_loss(x, y.cast::<f32>())
    });
    check_labels::<shape![Batch, 5], shape![Batch], _>("multiclass sparsemax", |x, y| {
        multiclass_sparsemax_loss(x, y)
    });
    check_labels::<shape![Batch, 5], shape![Batch], _>("multiclass sparsemax sparse", |x, y| {
        multiclass_sparsemax_loss(x, y)
    });
    check_labels::<shape![Batch, 3], shape![Batch], _>("multiclass sparsemax extreme", |x, y| {
        multiclass_sparsemax_loss(x, y)
    });
}

#[test]
fn focal_losses() {
    check::<Shape3, _>("focal gamma=0.5", |x, y| sigmoid_focal_loss(x, y, None, 0.5));
    check::<Shape3, _>("focal gamma=1.0", |x, y| sigmoid_focal_loss(x, y, None, 1.0));
    check::<Shape3, _>("focal gamma=2.0", |x, y| sigmoid_focal_loss(x, y, None, 2.0));
    check::<Shape3, _>("focal alpha=0.25", |x, y| sigmoid_focal_loss(x, y, Some(0.25), 2.0));
    check_labels::<Shape3, shape![Batch, 2], _>("focal hard", |x, y| {
        sigmoid_focal_loss(x, y.one_hot::<2, U5, f32>(), Some(0.25), 2.0)
    });
    let case = Case::open("losses", "focal extreme");
    case.check_with(&mut Relu, case.input::<shape![3, 3], f32>(0), |_, x, _| {
        let labels = Tensor::from([[0.0, 1.0, 0.0], [0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]);
        sigmoid_focal_loss(x, labels, Some(0.25), 2.0)
    });
}

#[test]
fn variants_of_cross_entropy() {
    check::<Shape3, _>("poly epsilon=2.0", |x, y| poly_loss_cross_entropy(x, y, 2.0));
    check::<Shape3, _>("poly epsilon=-1.0", |x, y| poly_loss_cross_entropy(x, y, -1.0));
    check::<shape![3, 3], _>("poly extreme", |x, y| poly_loss_cross_entropy(x, y, 2.0));
    check::<Shape3, _>("safe", |x, y| softmax_cross_entropy_with_probabilities(x, y));
    check::<Shape3, _>("generalized kl", |x, y| generalized_kl_divergence(x, y));
    check::<Shape3, _>("ranking", |x, y| ranking_softmax_loss(x, y));
    check::<Shape3, _>("fenchel young", |x, y| fenchel_young_loss(x, y, |x| x.logsumexp()));
}

#[test]
fn embeddings() {
    type Rows = shape![Batch, 4];
    check_labels::<Rows, shape![Batch], _>("ntxent temperature=0.07", |x, y| {
        ntxent(x, y, 0.07).reshape::<shape![1]>()
    });
    check_labels::<Rows, shape![Batch], _>("ntxent temperature=0.5", |x, y| {
        ntxent(x, y, 0.5).reshape::<shape![1]>()
    });
    check_labels::<Rows, shape![Batch], _>("ntxent groups", |x, y| {
        ntxent(x, y, 0.07).reshape::<shape![1]>()
    });
    check_labels::<shape![Batch, 2], shape![Batch], _>("ntxent extreme", |x, y| {
        ntxent(x, y, 0.07).reshape::<shape![1]>()
    });
}

fn check_triplet<S: LastAxis>(name: &'static str, options: TripletOptions) {
    let case = Case::open("losses", name);
    let inputs = (case.input::<S, f32>(0), case.input::<S, f32>(1), case.input::<S, f32>(2));
    case.check_with(&mut Relu, inputs, |_, (a, p, n), _| triplet_margin_loss(a, p, n, options));
}

#[test]
fn triplets() {
    type Rows = shape![Batch, 2, 4];
    let options = TripletOptions::default();
    check_triplet::<Rows>("triplet margin=1.0 degree=2", options);
    check_triplet::<Rows>("triplet margin=0.1 degree=2", options.margin(0.1));
    check_triplet::<Rows>("triplet margin=0.5 degree=4", options.margin(0.5).norm_degree(4.0));
    check_triplet::<Rows>("triplet same", options);
    check_triplet::<shape![3, 3]>("triplet extreme", options);
}

type Image = shape![Batch, 3, 4, 3];

#[test]
fn segmentations() {
    check::<Image, _>("dice", |x, y| dice_loss(x, y, DiceOptions::default()));
    check::<Image, _>("dice mean", |x, y| {
        dice_loss(x, y, DiceOptions::default()).mean_axes::<Axis<1>>()
    });
    check::<Image, _>("dice tversky", |x, y| {
        let options = DiceOptions::default().smooth(0.1).false_positives(0.3).false_negatives(0.7);
        dice_loss(x, y, options)
    });
    check::<Image, _>("dice weights", |x, y| {
        let losses = dice_loss(x, y, DiceOptions::default()) * Tensor::from([1.0, 2.0, 3.0]);
        losses.slice::<1, U1, U2>().mean_axes::<Axis<1>>()
    });
    check::<shape![Batch, 3, 4, 1], _>("dice of one class", |x, y| {
        dice_loss(x, y, DiceOptions::default())
    });
    check::<Image, _>("dice extreme", |x, y| dice_loss(x, y, DiceOptions::default()));
    check::<Image, _>("dice generalized", |x, y| {
        let losses = multiclass_generalized_dice_loss(x, y, DiceOptions::default());
        losses.mean().reshape::<shape![1]>()
    });
    check::<shape![Batch, 3, 4], _>("dice binary", |x, y| {
        binary_dice_loss(x, y, DiceOptions::default())
    });
}

#[test]
fn pixels_and_examples_that_are_masked_out_are_as_if_they_were_not_there() {
    let options = DiceOptions::default();
    let x = [[0.5f32, -1.0], [2.0, 0.3], [f32::NAN, 7.0]];
    let y = [[1.0f32, 0.0], [0.0, 1.0], [1.0, f32::INFINITY]];
    let whole = dice_loss(Tensor::from([[x[0], x[1]]]), Tensor::from([[y[0], y[1]]]), options);
    let mask = || Tensor::from([[true, true, false]]);
    let (loss, (dx, _)) = value_and_gradient(
        |(x, y): (Tensor![1, 3, 2], Tensor![1, 3, 2])| dice_loss_where(x, y, mask(), options).sum(),
        (Tensor::from([x]), Tensor::from([y])),
    );
    assert!((loss.item() - whole.sum().item()).abs() < 1e-6);
    assert_eq!(dx.to_vec()[4..], [0.0, 0.0]);

    let column = |x: [[f32; 2]; 3]| x.map(|row| row[0]);
    let whole = binary_dice_loss(
        Tensor::from([[x[0][0], x[1][0]]]),
        Tensor::from([[y[0][0], y[1][0]]]),
        options,
    );
    let (x1, y1) = (Tensor::from([column(x)]), Tensor::from([column(y)]));
    let part = binary_dice_loss_where(x1, y1, mask(), options);
    assert!((part.to_vec()[0] - whole.to_vec()[0]).abs() < 1e-6);

    let rows = Tensor::from([x[0], x[1], [1.0, 1.0]]);
    let whole = ntxent(rows, Tensor::from([0, 1, 0]), 0.5);
    let rows = Tensor::from([x[0], x[1], x[2], [1.0, 1.0]]);
    let mask = Tensor::from([true, true, false, true]);
    let (part, slope) = value_and_gradient(
        |x: Tensor![4, 2]| ntxent_where(x, Tensor::from([0, 1, 0, 0]), mask.clone(), 0.5),
        rows,
    );
    assert!((part.item() - whole.item()).abs() < 1e-6);
    assert_eq!(slope.to_vec()[4..6], [0.0, 0.0]);
}

#[test]
fn a_batch_without_pairs_has_a_loss_of_zero() {
    let rows = || Tensor::from([[1.0f32, 2.0], [3.0, 1.0]]);
    let (loss, slope) =
        value_and_gradient(|x: Tensor![2, 2]| ntxent(x, Tensor::from([0, 1]), 0.1), rows());
    assert_eq!((loss.item(), slope.to_vec()), (0.0, vec![0.0; 4]));
    // One pair and no negatives: -ln 1.
    let (loss, slope) =
        value_and_gradient(|x: Tensor![2, 2]| ntxent(x, Tensor::from([4, 4]), 0.1), rows());
    assert_eq!((loss.item(), slope.to_vec()), (0.0, vec![0.0; 4]));
}

fn check_ctc<S, M: Shape>(name: &'static str, blank: usize)
where
    S: Shape + LastAxis<Leading = M>,
    shape![Batch, 4]: LabelSequences<S>,
{
    let case = Case::open("losses", name);
    let frames: Tensor<M, bool> = case.input(1);
    let labels: Tensor![Batch, 4; i32] = case.input(2);
    let mask: Tensor![Batch, 4; bool] = case.input(3);
    case.check_with(&mut Relu, case.input::<S, f32>(0), |_, x, _| {
        ctc_loss(x, frames.clone(), labels.clone(), mask.clone(), blank)
    });
}

#[test]
fn sequences_of_labels() {
    type Short = shape![Batch, 7, 5];
    check_ctc::<Short, _>("ctc", 0);
    check_ctc::<Short, _>("ctc large", 0);
    check_ctc::<Short, _>("ctc extreme", 0);
    check_ctc::<Short, _>("ctc blank=4", 4);
    check_ctc::<shape![Batch, 60, 5], _>("ctc long", 0);
}

#[test]
fn forward_probabilities_of_sequences() {
    let case = Case::open("losses", "ctc long");
    let logits: Tensor![Batch, 60, 5] = case.input(0);
    let labels: Tensor![Batch, 4; i32] = case.input(2);
    let frames: Tensor![Batch, 9; bool] = Tensor::from_vec(vec![true; 36]).expect("four rows");
    let mask: Tensor![Batch, 4; bool] = case.input(3);
    let logits = logits.slice::<1, U0, U9>();
    let (_, blanks, emitted) = ctc_loss_with_forward_probs(logits, frames, labels, mask, 0);
    let expected: (Tensor![Batch, 9, 5], Tensor![Batch, 9, 4]) =
        (case.tensor("blanks"), case.tensor("labels"));
    let mut blanks = blanks.to_vec();
    let emitted = emitted.to_vec();
    // optax adds the label before it to each blank of the last frame.
    for b in 0..4 {
        for n in 0..4 {
            let (blank, label) = (&mut blanks[45 * b + 41 + n], emitted[36 * b + 32 + n]);
            let max = blank.max(label);
            *blank = max + ((*blank - max).exp() + (label - max).exp()).ln();
        }
    }
    let all = blanks.iter().chain(&emitted);
    let mut impossible = 0;
    for (found, expected) in all.zip([expected.0.to_vec(), expected.1.to_vec()].concat()) {
        if *found == f32::NEG_INFINITY {
            impossible += 1;
            assert!(expected < -9e4, "{expected}");
        } else {
            assert!((found - expected).abs() < 2e-5 * expected.abs(), "{found}, not {expected}");
        }
    }
    assert!(impossible > 20, "{impossible} states can't be reached");
}
