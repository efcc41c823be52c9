//! NaN in logits.

use nnx_core::metrics::{Accuracy, BinaryAccuracy};
use nnx_core::nn::accuracy;
use nnx_core::random::{Key, categorical};
use nnx_core::size::rules::Axis;
use nnx_core::tensor::Tensor;

const NAN: f32 = f32::NAN;

/// As in NumPy, JAX and PyTorch.
#[test]
fn argmax_gives_the_first_nan_as_the_largest() {
    let logits = || Tensor::from([[1.0, NAN, 9.0], [NAN, 0.0, NAN], [1.0, 3.0, 3.0]]);
    assert_eq!(logits().argmax().to_vec(), [1, 0, 1]);
    assert_eq!(logits().argmax_axis::<0>().to_vec(), [1, 0, 1]);
    assert!(logits().max_axes::<Axis<1>>().to_vec()[..2].iter().all(|x| x.is_nan()));
}

#[test]
fn a_row_with_a_nan_is_never_right() {
    let rows = [[NAN, 0.0], [0.0, NAN], [NAN, NAN], [2.0, 1.0]];
    for label in [0, 1] {
        let labels = Tensor::from([label; 4]);
        let right = if label == 0 { 0.25 } else { 0.0 };
        assert_eq!(accuracy(Tensor::from(rows), &labels), right);
        let mut metric = Accuracy::new();
        metric.update(&Tensor::from(rows), &labels);
        assert_eq!((metric.compute(), metric.count()), (right, 4));
    }
}

#[test]
fn a_nan_is_neither_a_right_yes_nor_a_right_no() {
    for label in [0, 1] {
        let mut metric = BinaryAccuracy::new(0.5);
        metric.update(&Tensor::from([NAN, NAN]), &Tensor::from([label; 2]));
        assert_eq!(metric.compute(), 0.0);
    }
}

/// As in JAX, whose draw is an argmax.
#[test]
fn a_draw_among_logits_gives_the_first_nan() {
    assert_eq!(categorical(Key::new(0), &[9.0, NAN, 0.0, NAN, 1.0, NAN], 3), [1, 0]);
}
