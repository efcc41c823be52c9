//! Losses with a mask of what they add up, and reductions with a mask, and their gradients.

use nnx::nn::{
    cosine_distance_where, cosine_similarity_where, generalized_kl_divergence_where,
    kl_divergence_where, kl_divergence_with_log_targets_where, masked_mean, masked_sum,
    poly_loss_cross_entropy_where, ranking_softmax_loss_where, smooth_labels_where,
    softmax_cross_entropy_where, softmax_cross_entropy_with_probabilities_where,
};
use nnx::prelude::*;

use crate::case::Case;

type Shape3 = shape![Batch, 2, 5];
type Mask = Tensor![Batch, 2, 5; bool];
type Pair<S> = (Tensor<S>, Tensor<S>);

/// A loss of two tensors and a mask.
fn check<O: Shape>(
    name: &'static str,
    loss: fn(Tensor<Shape3>, Tensor<Shape3>, Mask) -> Tensor<O>,
) {
    let case = Case::open("losses", name);
    let mask: Mask = case.input(2);
    let inputs = (case.input(0), case.input(1));
    case.check_with(&mut Relu, inputs, |_, (x, y), _| loss(x, y, mask.clone()));
}

#[test]
fn cross_entropy_among_the_classes_of_a_mask() {
    let case = Case::open("losses", "integer labels where");
    let (labels, mask): (Tensor![Batch, 2; i32], Mask) = (case.input(1), case.input(2));
    case.check_with(&mut Relu, case.input::<Shape3, f32>(0), |_, x, _| {
        softmax_cross_entropy_where(x, labels.clone(), mask.clone())
    });
    check("probabilities where", softmax_cross_entropy_with_probabilities_where);
    check("poly where", |x, y, mask| poly_loss_cross_entropy_where(x, y, mask, 2.0));
}

#[test]
fn lists_of_different_lengths() {
    check("ranking where", ranking_softmax_loss_where);
    check("ranking where mean", |x, y, mask| {
        let lists: Tensor![Batch, 2; bool] = Tensor::from_vec(vec![true; 6]).expect("six lists");
        masked_mean(ranking_softmax_loss_where(x, y, mask), lists).reshape::<shape![1]>()
    });
}

#[test]
fn divergences_of_the_elements_of_a_mask() {
    check("kl where", kl_divergence_where);
    check("kl log_targets where", kl_divergence_with_log_targets_where);
    check("generalized kl where", generalized_kl_divergence_where);
}

#[test]
fn directions_of_the_elements_of_a_mask() {
    check("cosine_similarity where epsilon=0.0", |x, y, m| cosine_similarity_where(x, y, m, 0.0));
    check("cosine_similarity where epsilon=2.0", |x, y, m| cosine_similarity_where(x, y, m, 2.0));
    check("cosine_distance where", |x, y, m| cosine_distance_where(x, y, m, 0.0));
}

#[test]
fn labels_are_smoothed_among_the_classes_of_a_mask() {
    let case = Case::open("losses", "smoothed where");
    let mask: Mask = case.input(1);
    case.check_with(&mut Relu, case.input::<Shape3, f32>(0), |_, labels, _| {
        smooth_labels_where(labels, mask.clone(), 0.1)
    });
}

/// Losses with a mask of bools of the shape of two inputs.
type Masked = fn(Tensor![2, 3], Tensor![2, 3], Tensor![2, 3; bool]) -> Tensor![2];
const MASKED: [(&str, Masked); 9] = [
    ("probabilities", softmax_cross_entropy_with_probabilities_where),
    ("poly", |x, y, mask| poly_loss_cross_entropy_where(x, y, mask, 2.0)),
    ("ranking", ranking_softmax_loss_where),
    ("kl", kl_divergence_where),
    ("kl log_targets", kl_divergence_with_log_targets_where),
    ("generalized kl", generalized_kl_divergence_where),
    ("similarity", |x, y, mask| cosine_similarity_where(x, y, mask, 0.0)),
    ("integer labels", |x, _, mask| softmax_cross_entropy_where(x, Tensor::from([0, 1]), mask)),
    ("smoothed", |x, y, mask| {
        squared_error(x, smooth_labels_where(y, mask.clone(), 0.1))
            .weighted(mask.cast::<f32>())
            .sum_axes::<Axis<1>>()
    }),
];

#[test]
fn what_is_masked_out_has_no_effect_whatever_it_is() {
    let mask = Tensor::from([[true, true, false], [true, true, false]]);
    for (name, loss) in MASKED {
        let of = |anything: [f32; 2]| {
            let x = Tensor::from([[0.5, -1.0, anything[0]], [2.0, 20.0, anything[0]]]);
            let y = Tensor::from([[0.25, 0.75, anything[1]], [0.0, 1.0, anything[1]]]);
            let (value, (dx, dy)) = value_and_gradient(
                |(x, y): Pair<shape![2, 3]>| loss(x, y, mask.clone()).sum(),
                (x, y),
            );
            [value.to_vec(), dx.to_vec(), dy.to_vec()].concat()
        };
        let plain = of([0.0, 0.0]);
        assert!(plain.iter().all(|x| x.is_finite()), "{name}: {plain:?}");
        for anything in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3.0] {
            assert_eq!(of([anything, 0.5]), plain, "{name}: a prediction of {anything}");
            assert_eq!(of([0.0, anything]), plain, "{name}: a target of {anything}");
        }
    }
}

#[test]
fn the_loss_of_an_empty_row_is_zero_with_its_gradients() {
    for (name, loss) in MASKED {
        let pair =
            (Tensor::from([[1.0, f32::NAN, 3.0]; 2]), Tensor::from([[f32::NAN, 0.5, 0.5]; 2]));
        let (value, (dx, dy)) = value_and_gradient(
            |(x, y): Pair<shape![2, 3]>| loss(x, y, Tensor::from([[false; 3]; 2])).sum(),
            pair,
        );
        let all = [value.to_vec(), dx.to_vec(), dy.to_vec()].concat();
        assert!(all.iter().all(|x| *x == 0.0), "{name}: {all:?}");
    }
}

#[test]
fn a_mask_that_is_true_everywhere_changes_nothing() {
    let mask = || Tensor::from([[true; 3]; 2]);
    let x = || Tensor::from([[0.5f32, -1.0, 2.0], [1e4, 0.0, -1e4]]);
    let y = || Tensor::from([[0.25f32, 0.5, 0.25], [0.0, 1.0, 0.0]]);
    let same = |a: Tensor![2], b: Tensor![2]| assert_eq!(a.to_vec(), b.to_vec());
    let labels = || Tensor::from([2, 1]);
    same(softmax_cross_entropy_where(x(), labels(), mask()), softmax_cross_entropy(x(), labels()));
    same(
        softmax_cross_entropy_with_probabilities_where(x(), y(), mask()),
        softmax_cross_entropy_with_probabilities(x(), y()),
    );
    same(kl_divergence_where(x(), y(), mask()), kl_divergence(x(), y()));
    same(cosine_distance_where(x(), y(), mask(), 0.0), cosine_distance(x(), y(), 0.0));
    let losses = || huber_loss(x(), y(), 1.0);
    assert_eq!(masked_mean(losses(), mask()).item(), losses().mean().item());
    assert_eq!(masked_sum(losses(), mask()).item(), losses().sum().item());
}

#[test]
fn reductions_of_a_mask_leave_out_what_is_not_finite() {
    let losses = || Tensor::from([f32::MAX, f32::NAN, f32::MAX, f32::INFINITY]);
    let mask = || Tensor::from([true, false, true, false]);
    let (mean, slope) = value_and_gradient(|x: Tensor![4]| masked_mean(x, mask()), losses());
    // The sum of both losses is infinite.
    assert_eq!((mean.item(), slope.to_vec()), (f32::MAX, vec![0.5, 0.0, 0.5, 0.0]));
    assert_eq!(masked_sum(losses(), mask()).item(), f32::INFINITY);
    let none = || Tensor::from([false; 4]);
    let (mean, slope) = value_and_gradient(|x: Tensor![4]| masked_mean(x, none()), losses());
    assert_eq!((mean.item(), slope.to_vec()), (0.0, vec![0.0; 4]));
    let empty: Tensor![Batch] = Tensor::from_vec(vec![]).expect("an empty batch");
    let mask: Tensor![Batch; bool] = Tensor::from_vec(vec![]).expect("an empty batch");
    assert_eq!(masked_mean(empty, mask).item(), 0.0);
}

#[test]
#[should_panic(
    expected = "`masked_mean`: a mask of shape (2,) for shape (3,); both must come from the same batch"
)]
fn a_mask_of_another_batch_is_refused() {
    let losses: Tensor![Batch] = Tensor::from_vec(vec![1.0; 3]).expect("a batch");
    let mask: Tensor![Batch; bool] = Tensor::from_vec(vec![true; 2]).expect("a batch");
    let _ = masked_mean(losses, mask);
}
