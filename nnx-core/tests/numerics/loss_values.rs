//! Losses of single extreme inputs.

use nnx_core::nn::{
    DiceOptions, TripletOptions, accuracy, cosine_distance, cosine_similarity, ctc_loss, dice_loss,
    huber_loss, kl_divergence, kl_divergence_where, kl_divergence_with_log_targets, l2_loss,
    log_cosh, multiclass_hinge_loss, multiclass_perceptron_loss, multiclass_sparsemax_loss, ntxent,
    poly_loss_cross_entropy, sigmoid_binary_cross_entropy, sigmoid_focal_loss, smooth_labels,
    softmax_cross_entropy, softmax_cross_entropy_with_probabilities,
};
use nnx_core::tensor::{Tensor, gradient, value_and_gradient};

const INFINITY: f32 = f32::INFINITY;

#[track_caller]
fn near(found: f32, expected: f32) {
    let allowed = 6e-7 * expected.abs().max(1e-30);
    assert!(found == expected || (found - expected).abs() <= allowed, "{found}, not {expected}");
}

#[test]
fn a_target_of_probability_zero_at_a_masked_logit_adds_nothing() {
    let logits = || Tensor::from([[-INFINITY, 0.0, 1.0]]);
    let (loss, (slope, _)) = value_and_gradient(
        |(x, p): (Tensor<_>, Tensor<_>)| kl_divergence(x.log_softmax(), p).sum(),
        (logits(), Tensor::from([[0.0, 0.5, 0.5]])),
    );
    near(loss.item(), 0.120_114_5);
    assert!(slope.to_vec().iter().all(|x| x.is_finite()) && slope.to_vec()[0] == 0.0);

    let (loss, (slope, _)) = value_and_gradient(
        |(x, p): (Tensor<_>, Tensor<_>)| softmax_cross_entropy_with_probabilities(x, p).sum(),
        (logits(), Tensor::from([[0.0, 1.0, 0.0]])),
    );
    near(loss.item(), 1.313_261_7);
    let p = 1.0 / (1.0 + 1f32.exp());
    for (found, expected) in slope.to_vec().into_iter().zip([0.0, p - 1.0, 1.0 - p]) {
        near(found, expected);
    }
}

#[test]
fn a_log_target_of_minus_infinity_adds_nothing() {
    let half = Tensor::from([[0.5f32.ln(), 0.5f32.ln()]]);
    let (loss, (dx, dy)) = value_and_gradient(
        |(x, y): (Tensor<_>, Tensor<_>)| kl_divergence_with_log_targets(x, y).sum(),
        (half, Tensor::from([[0.0, -INFINITY]])),
    );
    near(loss.item(), std::f32::consts::LN_2);
    assert_eq!(dx.to_vec(), [-1.0, 0.0]);
    near(dy.to_vec()[0], 1.693_147_2);
    assert_eq!(dy.to_vec()[1], 0.0);
}

#[test]
fn binary_cross_entropy_at_infinite_logits_is_zero_or_infinite() {
    let logits = Tensor::from([INFINITY, -INFINITY, INFINITY, -INFINITY]);
    let (loss, slope) = {
        let of = |x: Tensor<_>| sigmoid_binary_cross_entropy(x, Tensor::from([1.0, 0.0, 0.0, 1.0]));
        (of(logits.clone()), gradient(|x| of(x).sum(), logits))
    };
    assert_eq!(loss.to_vec(), [0.0, 0.0, INFINITY, INFINITY]);
    assert_eq!(slope.to_vec(), [0.0, 0.0, 1.0, -1.0]);
}

#[test]
fn log_cosh_of_small_and_huge_errors() {
    let errors = Tensor::from([1e-4f32, 3e-4, 2e38, INFINITY, -1e-4, -2e38, 0.0, f32::MAX]);
    let zeros = Tensor::from([0.0f32; 8]);
    let (_, (slope, _)) = value_and_gradient(
        |(x, y): (Tensor<_>, Tensor<_>)| log_cosh(x, y).sum(),
        (errors.clone(), zeros.clone()),
    );
    let found = log_cosh(errors, zeros).to_vec();
    let expected = [5e-9, 4.5e-8, 2e38, INFINITY, 5e-9, 2e38, 0.0, f32::MAX];
    found.iter().zip(expected).for_each(|(found, expected)| near(*found, expected));
    for (found, expected) in
        slope.to_vec().into_iter().zip([1e-4, 3e-4, 1.0, 1.0, -1e-4, -1.0, 0.0, 1.0])
    {
        near(found, expected);
    }
}

#[test]
fn log_cosh_is_never_negative_and_keeps_its_digits() {
    let errors: Vec<f32> = (-400..=400).map(|i| (i as f32 / 20.0).exp2() * 1e-3).collect();
    let n = errors.len();
    let batch = |x: Vec<f32>| Tensor::<(nnx_core::size::Batch,)>::from_vec(x).expect("a batch");
    let (x, y) = (batch(errors.clone()), batch(vec![0.0; n]));
    for (e, found) in errors.into_iter().zip(log_cosh(x, y).to_vec()) {
        let sinh = (f64::from(e) / 2.0).sinh();
        let exact = match e > 30.0 {
            true => f64::from(e) - std::f64::consts::LN_2,
            false => (2.0 * sinh * sinh).ln_1p(),
        };
        assert!(found >= 0.0 && (f64::from(found) / exact - 1.0).abs() < 1e-6, "of {e}: {found}");
    }
}

#[test]
fn cosine_similarity_of_huge_and_tiny_rows_is_that_of_moderate_ones() {
    // The last are below the smallest normal number.
    for scale in [1e20f32, 1e-23, 1.0, 5e37, 1e-30, 1e-38, f32::from_bits(1)] {
        let x = Tensor::from([[3.0 * scale, 4.0 * scale]]);
        let (value, (dx, dy)) = value_and_gradient(
            |(x, y): (Tensor<_>, Tensor<_>)| cosine_similarity(x, y, 0.0).sum(),
            (x, Tensor::from([[3.0f32, 4.0]])),
        );
        near(value.item(), 1.0);
        let slopes = [dx.to_vec(), dy.to_vec()].concat();
        assert!(slopes.iter().all(|x| x.is_finite()), "at {scale}: {slopes:?}");
    }
}

#[test]
fn half_a_square_is_finite_where_the_square_is_not() {
    let loss = l2_loss(Tensor::from([2.5e19f32, 2.0]), Tensor::from([0.0, 0.0]));
    near(loss.to_vec()[0], 3.125e38);
    assert_eq!(loss.to_vec()[1], 2.0);
}

#[test]
fn a_masked_example_is_left_out_with_its_gradient() {
    let logits = Tensor::from([[0.0f32, 0.0], [f32::NAN, INFINITY]]);
    let labels = Tensor::from([1, 0]);
    let (loss, slope) = value_and_gradient(
        |x: Tensor<_>| {
            softmax_cross_entropy(x, labels.clone()).weighted(Tensor::from([1.0, 0.0])).sum()
        },
        logits,
    );
    assert_eq!((loss.item(), slope.to_vec()), (2f32.ln(), vec![0.5, -0.5, 0.0, 0.0]));
}

/// The message of a refusal.
fn refusal(work: impl FnOnce()) -> String {
    let work = std::panic::AssertUnwindSafe(work);
    let panic = std::panic::catch_unwind(work).expect_err("a refusal");
    panic.downcast_ref::<String>().cloned().expect("a message")
}

#[test]
fn settings_of_losses_that_make_no_sense_are_refused() {
    let pair = || (Tensor::from([[1.0f32, 2.0]]), Tensor::from([[1.0f32, 2.0]]));
    let huber = |delta: f64| refusal(move || drop(huber_loss(pair().0, pair().1, delta)));
    assert_eq!(huber(-1.0), "huber_loss: expected a `delta` of 0 or more, and finite, found -1");
    assert_eq!(
        huber(f64::NAN),
        "huber_loss: expected a `delta` of 0 or more, and finite, found NaN"
    );
    assert_eq!(
        refusal(|| drop(cosine_similarity(pair().0, pair().1, f64::NAN))),
        "cosine_similarity: expected an `epsilon` of 0 or more, and finite, found NaN"
    );
    assert_eq!(
        refusal(|| drop(cosine_distance(pair().0, pair().1, -1.0))),
        "cosine_distance: expected an `epsilon` of 0 or more, and finite, found -1"
    );
    assert_eq!(
        refusal(|| drop(smooth_labels(pair().0, 1.5))),
        "smooth_labels: `alpha` is the share of the even probabilities, from 0 to 1; found 1.5"
    );
}

#[test]
fn settings_of_the_other_losses_that_make_no_sense_are_refused() {
    let pair = || (Tensor::from([[1.0f32, 2.0]]), Tensor::from([[1.0f32, 2.0]]));
    let labels = || Tensor::from([1]);
    let found = [
        refusal(|| drop(sigmoid_focal_loss(pair().0, pair().1, None, -1.0))),
        refusal(|| drop(sigmoid_focal_loss(pair().0, pair().1, Some(f64::NAN), 2.0))),
        refusal(|| drop(poly_loss_cross_entropy(pair().0, pair().1, f64::INFINITY))),
        refusal(|| drop(ntxent(pair().0, labels(), 0.0))),
        refusal(|| {
            let _ = TripletOptions::default().margin(f64::NAN);
        }),
        refusal(|| {
            let _ = TripletOptions::default().norm_degree(0.5);
        }),
        refusal(|| {
            let _ = TripletOptions::default().epsilon(0.0);
        }),
        refusal(|| {
            let _ = DiceOptions::default().smooth(f64::NAN);
        }),
        refusal(|| {
            let _ = DiceOptions::default().false_positives(f64::NAN);
        }),
        refusal(|| {
            let _ = DiceOptions::default().false_negatives(f64::INFINITY);
        }),
    ];
    assert_eq!(
        found,
        [
            "sigmoid_focal_loss: expected a `gamma` of 0 or more, and finite, found -1",
            "sigmoid_focal_loss: expected a finite `alpha`, found NaN",
            "poly_loss_cross_entropy: expected a finite `epsilon`, found inf",
            "ntxent: expected a positive, finite temperature, found 0",
            "TripletOptions: expected a finite `margin`, found NaN",
            "TripletOptions: expected a `norm_degree` of 1 or more, and finite, found 0.5",
            "TripletOptions: expected a positive, finite `epsilon`, found 0",
            "DiceOptions: expected a finite `smooth`, found NaN",
            "DiceOptions: expected a finite `false_positives`, found NaN",
            "DiceOptions: expected a finite `false_negatives`, found inf",
        ]
    );
}

#[test]
fn labels_that_a_loss_cannot_take_are_named() {
    let scores = || Tensor::from([[1.0f32, 2.0], [3.0, 4.0]]);
    let index = |loss: &str| {
        format!(
            "`{loss}` was given index 2 at position 1, outside 0..2: check the labels or tokens"
        )
    };
    let labels = || Tensor::from([0, 2]);
    assert_eq!(
        refusal(|| drop(multiclass_hinge_loss(scores(), labels()))),
        index("multiclass_hinge_loss")
    );
    assert_eq!(
        refusal(|| drop(multiclass_perceptron_loss(scores(), labels()))),
        index("multiclass_perceptron_loss")
    );
    assert_eq!(
        refusal(|| drop(multiclass_sparsemax_loss(scores(), labels()))),
        index("multiclass_sparsemax_loss")
    );
    // What PyTorch's losses ignore.
    assert_eq!(
        refusal(|| drop(softmax_cross_entropy(scores(), Tensor::from([0, -100])))),
        "`softmax_cross_entropy` was given index -100 at position 1, outside 0..2: check the labels or tokens; labels to \
         ignore are left out by a mask, see `nn::masked_mean`"
    );
    let ctc = |labels: [[i32; 2]; 2], mask: [[bool; 2]; 2], blank| {
        refusal(|| {
            let logits = Tensor::from([[[0.0f32; 3]; 4]; 2]);
            let frames = Tensor::from([[true; 4]; 2]);
            drop(ctc_loss(logits, frames, Tensor::from(labels), Tensor::from(mask), blank));
        })
    };
    let all = [[true, true], [true, true]];
    assert_eq!(
        ctc([[1, 2], [1, 3]], all, 0),
        "`ctc_loss` was given index 3 at position 3, outside 0..3: check the labels or tokens"
    );
    assert_eq!(
        ctc([[1, 2], [1, 0]], all, 0),
        "`ctc_loss` found label 0 at position 1 of row 1, which is the class of blanks: blanks aren't among the \
         labels, and padding is false in their mask"
    );
    assert_eq!(
        ctc([[1, 2], [1, 2]], [[true, true], [false, true]], 0),
        "`ctc_loss` takes labels first and padding after them, but the mask of labels is false at position 0 of \
         row 1 and true at 1"
    );
    assert_eq!(ctc([[1, 2], [1, 2]], all, 3), "`ctc_loss` has its blanks in class 3, outside 0..3");
}

#[test]
fn arguments_of_another_batch_are_refused() {
    type Rows = nnx_core::Tensor![nnx_core::size::Batch, 2];
    let rows = |n: usize| Rows::from_vec(vec![0.0; 2 * n]).expect("rows");
    let labels: Tensor<(nnx_core::size::Batch,), i32> = Tensor::from_vec(vec![0; 2]).expect("two");
    assert_eq!(
        refusal(|| drop(ntxent(rows(3), labels, 1.0))),
        "`ntxent`: labels of shape (2,) for rows of shape (3, 2); both must come from the same batch"
    );
    assert_eq!(
        refusal(|| drop(dice_loss(rows(3), rows(1), DiceOptions::default()))),
        "`dice_loss`: predictions of shape (3, 2) and targets of shape (1, 2); both must come from the same batch"
    );
    let mask: Tensor<(nnx_core::size::Batch, nnx_core::size::U2), bool> =
        Tensor::from_vec(vec![true; 4]).expect("two rows");
    assert_eq!(
        refusal(|| drop(kl_divergence_where(rows(3), rows(3), mask))),
        "`kl_divergence_where`: a mask of shape (2, 2) for shape (3, 2); both must come from the same batch"
    );
}

#[test]
fn accuracy_of_other_labels_than_rows_is_refused() {
    type Logits = nnx_core::Tensor![nnx_core::size::Batch, 2];
    let logits: Logits = Tensor::from_vec(vec![0.0; 6]).expect("three rows");
    let labels: Tensor<(nnx_core::size::Batch,), i32> = Tensor::from_vec(vec![0; 2]).expect("two");
    let message = refusal(move || drop(accuracy(logits, &labels).to_string()));
    assert!(message.contains("accuracy: expected one label for each row of logits"), "{message}");
}
