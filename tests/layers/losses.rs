//! Losses, and their gradients with respect to predictions and targets.

use nnx::prelude::*;

use crate::case::Case;

type Shape3 = shape![Batch, 2, 5];
type Pair<S> = (Tensor<S>, Tensor<S>);

/// A loss of two tensors.
fn check<S: Shape, O: Shape>(name: &'static str, loss: fn(Pair<S>) -> Tensor<O>) {
    let case = Case::open("losses", name);
    let inputs = (case.input(0), case.input(1));
    case.check_with(&mut Relu, inputs, |_, inputs, _| loss(inputs));
}

#[test]
fn cross_entropy_of_classes() {
    let case = Case::open("losses", "integer labels");
    let labels: Tensor![Batch, 2; i32] = case.input(1);
    case.check_with(&mut Relu, case.input::<Shape3, f32>(0), |_, x, _| {
        softmax_cross_entropy(x, labels.clone())
    });
}

#[test]
fn cross_entropy_of_probabilities() {
    let loss = |(x, y)| softmax_cross_entropy_with_probabilities(x, y);
    check::<Shape3, _>("probabilities", loss);
    check::<Shape3, _>("probabilities one_hot", loss);
    let smoothed = |(x, y)| softmax_cross_entropy_with_probabilities(x, smooth_labels(y, 0.1));
    check::<Shape3, _>("smoothed", smoothed);
    check::<shape![3, 3], _>("probabilities extreme", |(x, y)| {
        softmax_cross_entropy_with_probabilities(x, y)
    });
}

#[test]
fn binary_cross_entropy() {
    check::<Shape3, _>("binary", |(x, y)| sigmoid_binary_cross_entropy(x, y));
    check::<Shape3, _>("binary hard", |(x, y)| sigmoid_binary_cross_entropy(x, y));
    check::<shape![3, 3], _>("binary extreme", |(x, y)| sigmoid_binary_cross_entropy(x, y));
}

#[test]
fn margins() {
    check::<Shape3, _>("hinge", |(x, y)| hinge_loss(x, y));
}

#[test]
fn squares() {
    check::<Shape3, _>("squared_error", |(x, y)| squared_error(x, y));
    check::<Shape3, _>("l2", |(x, y)| l2_loss(x, y));
}

#[test]
fn robust_errors() {
    check::<Shape3, _>("huber delta=1.0", |(x, y)| huber_loss(x, y, 1.0));
    check::<Shape3, _>("huber delta=0.3", |(x, y)| huber_loss(x, y, 0.3));
    check::<Shape3, _>("huber delta=2.5", |(x, y)| huber_loss(x, y, 2.5));
    check::<Shape3, _>("log_cosh", |(x, y)| log_cosh(x, y));
    check::<shape![3, 3], _>("log_cosh extreme", |(x, y)| log_cosh(x, y));
}

#[test]
fn divergences() {
    check::<Shape3, _>("kl", |(x, y)| kl_divergence(x, y));
    check::<Shape3, _>("kl log_targets", |(x, y)| kl_divergence_with_log_targets(x, y));
}

#[test]
fn directions() {
    check::<Shape3, _>("cosine_similarity epsilon=0.0", |(x, y)| cosine_similarity(x, y, 0.0));
    check::<Shape3, _>("cosine_similarity epsilon=2.0", |(x, y)| cosine_similarity(x, y, 2.0));
    check::<Shape3, _>("cosine_distance", |(x, y)| cosine_distance(x, y, 0.0));
}

/// Every loss at every pair of ±1e4 and 0, with its gradients.
#[test]
fn extreme_predictions_give_finite_losses_and_gradients() {
    let extremes = [-1e4f32, 0.0, 1e4];
    let losses: [(&str, fn(Pair<shape![1, 3]>) -> Tensor<()>); 10] = [
        ("probabilities", |(x, y)| softmax_cross_entropy_with_probabilities(x, y).sum()),
        ("binary", |(x, y)| sigmoid_binary_cross_entropy(x, y).sum()),
        ("hinge", |(x, y)| hinge_loss(x, y).sum()),
        ("squared", |(x, y)| squared_error(x, y).sum()),
        ("l2", |(x, y)| l2_loss(x, y).sum()),
        ("huber", |(x, y)| huber_loss(x, y, 1.0).sum()),
        ("log_cosh", |(x, y)| log_cosh(x, y).sum()),
        ("kl", |(x, y)| kl_divergence(x, y).sum()),
        ("similarity", |(x, y)| cosine_similarity(x, y, 0.0).sum()),
        ("distance", |(x, y)| cosine_distance(x, y, 0.0).sum()),
    ];
    for x in extremes {
        for y in [0.0, 1.0] {
            for (name, loss) in losses {
                let pair = (Tensor::from([[x, -x, x]]), Tensor::from([[y, 1.0 - y, y]]));
                let (value, (dx, dy)) = value_and_gradient(loss, pair);
                let numbers = [value.to_vec(), dx.to_vec(), dy.to_vec()].concat();
                assert!(numbers.iter().all(|x| x.is_finite()), "{name} at {x}, {y}: {numbers:?}");
            }
        }
    }
}

#[test]
fn a_row_of_zeros_is_like_nothing() {
    let zeros = || Tensor::from([[0.0f32, 0.0]]);
    let (value, (dx, dy)) = value_and_gradient(
        |(x, y): Pair<shape![1, 2]>| cosine_similarity(x, y, 0.0).sum(),
        (zeros(), Tensor::from([[3.0, 4.0]])),
    );
    assert_eq!((value.item(), dx.to_vec(), dy.to_vec()), (0.0, vec![0.6, 0.8], vec![0.0, 0.0]));
}

fn of(elements: Vec<f32>) -> Tensor![Batch] {
    Tensor::from_vec(elements).expect("a batch")
}

#[test]
#[should_panic(
    expected = "`huber_loss`: predictions of shape (3,) and targets of shape (1,); both \
                           must come from the same batch"
)]
fn a_batch_of_one_does_not_broadcast() {
    let _ = huber_loss(of(vec![1.0, 2.0, 3.0]), of(vec![1.0]), 1.0);
}

#[test]
#[should_panic(expected = "3")]
fn a_label_outside_the_classes_is_named() {
    let _ = softmax_cross_entropy(Tensor::from([[1.0, 2.0, 3.0]]), Tensor::from([3]));
}
