//! The rows of the losses.

use nnx_core::array::DType;
use nnx_core::nn;
use nnx_core::ops::DynTensor;
use nnx_core::size::{Shape, U2, U3, U4, U5};
use nnx_core::tensor::{Real, Tensor};

use crate::numbers::Values::{Between, Steps};
use crate::table::{ANY, Row, rows};

/// A loss of two tensors of a shape `S`.
fn of<S: Shape, E: Real, O>(
    loss: impl Fn(Tensor<S, E>, Tensor<S, E>) -> Tensor<O, E>,
    [x, y]: [DynTensor; 2],
) -> DynTensor {
    let [x, y] = [x, y].map(|x| Tensor::try_from(x).expect("the row says the shape"));
    loss(x, y).into_dyn()
}

/// Calls `of` with the element type of the inputs.
macro_rules! of {
    ($shape:ty, $loss:expr, $x:ident, $y:ident) => {
        match $x.dtype() {
            DType::F32 => of::<$shape, f32, _>($loss, [$x, $y]),
            _ => of::<$shape, f64, _>($loss, [$x, $y]),
        }
    };
}

const DICE: fn() -> nn::DiceOptions = nn::DiceOptions::default;

type Small = (U2, U3);
/// Inputs of the Huber loss: no difference is near the kink at 1.
type Many = (U3, U5);

pub(crate) fn losses() -> Vec<Row> {
    rows! {
        "squared_error", x [2, 3] ANY, y [2, 3] ANY => of!(Small, nn::squared_error, x, y);
        "l2_loss", x [2, 3] ANY, y [2, 3] ANY => of!(Small, nn::l2_loss, x, y);
        "huber_loss", x [3, 5] Steps(0.0), y [3, 5] Steps(0.02) =>
            of!(Many, |x, y| nn::huber_loss(x, y, 1.0), x, y);
        "log_cosh", x [2, 3] ANY, y [2, 3] ANY => of!(Small, nn::log_cosh, x, y);
        "log_cosh of large errors", x [2, 3] Between(4.2, 9.0), y [2, 3] Between(-0.1, 0.1) =>
            of!(Small, nn::log_cosh, x, y);
        "hinge_loss", x [2, 3] ANY, y [2, 3] ANY => of!(Small, nn::hinge_loss, x, y);
        "sigmoid_binary_cross_entropy", x [2, 3] ANY, y [2, 3] Between(0.05, 0.95) =>
            of!(Small, nn::sigmoid_binary_cross_entropy, x, y);
        "softmax_cross_entropy_with_probabilities", x [2, 3] ANY, y [2, 3] Between(0.05, 0.95) =>
            of!(Small, nn::softmax_cross_entropy_with_probabilities, x, y);
        "kl_divergence", x [2, 3] ANY, y [2, 3] Between(0.05, 0.95) =>
            of!(Small, nn::kl_divergence, x, y);
        "kl_divergence_with_log_targets", x [2, 3] ANY, y [2, 3] ANY =>
            of!(Small, nn::kl_divergence_with_log_targets, x, y);
        "cosine_similarity", x [2, 4] ANY, y [2, 4] ANY =>
            of!((U2, U4), |x, y| nn::cosine_similarity(x, y, 0.0), x, y);
        "cosine_similarity, lengths above and below the least", x [5, 2] ANY, y [5, 2] ANY =>
            of!((U5, U2), |x, y| nn::cosine_similarity(x, y, 3.0), x, y);
        "perceptron_loss", x [2, 3] ANY, y [2, 3] ANY => of!(Small, nn::perceptron_loss, x, y);
        "sparsemax_loss", x [2, 3] Between(-1.6, 1.6), y [2, 3] Between(0.05, 0.95) =>
            of!(Small, nn::sparsemax_loss, x, y);
        "sigmoid_focal_loss", x [2, 3] ANY, y [2, 3] Between(0.05, 0.95) =>
            of!(Small, |x, y| nn::sigmoid_focal_loss(x, y, None, 2.0), x, y);
        "sigmoid_focal_loss, a small gamma and an alpha", x [2, 3] ANY, y [2, 3] Between(0.05, 0.95) =>
            of!(Small, |x, y| nn::sigmoid_focal_loss(x, y, Some(0.25), 0.3), x, y);
        "poly_loss_cross_entropy", x [2, 3] ANY, y [2, 3] Between(0.05, 0.95) =>
            of!(Small, |x, y| nn::poly_loss_cross_entropy(x, y, 2.0), x, y);
        "generalized_kl_divergence", x [2, 3] ANY, y [2, 3] Between(0.05, 0.95) =>
            of!(Small, nn::generalized_kl_divergence, x, y);
        "ranking_softmax_loss", x [2, 3] ANY, y [2, 3] ANY => of!(Small, nn::ranking_softmax_loss, x, y);
        "fenchel_young_loss", x [2, 3] ANY, y [2, 3] ANY =>
            of!(Small, |x, y| nn::fenchel_young_loss(x, y, |x| x.logsumexp()), x, y);
        "multiclass_hinge_loss", x [2, 3] Steps(0.01), y [2, 3] Steps(0.0) =>
            of!(Small, |x, y| nn::multiclass_hinge_loss(x * y, Tensor::from([2, 0])), x, y);
        "multiclass_perceptron_loss", x [2, 3] Steps(0.01), y [2, 3] Steps(0.0) =>
            of!(Small, |x, y| nn::multiclass_perceptron_loss(x * y, Tensor::from([2, 0])), x, y);
        "multiclass_sparsemax_loss", x [3, 5] ANY, y [3, 5] Between(0.5, 0.9) =>
            of!(Many, |x, y| nn::multiclass_sparsemax_loss(x * y, Tensor::from([2, 0, 4])), x, y);
        "dice_loss", x [2, 4] ANY, y [2, 4] Between(0.05, 0.95) =>
            of!((U2, U4), |x, y| nn::dice_loss(x.insert_axis::<0>(), y.insert_axis::<0>(), DICE()), x, y);
        "multiclass_generalized_dice_loss", x [2, 4] ANY, y [2, 4] Between(0.05, 0.95) =>
            of!((U2, U4), |x, y| nn::multiclass_generalized_dice_loss(x.insert_axis::<0>(), y.insert_axis::<0>(), DICE()), x, y);
        "binary_dice_loss", x [2, 4] ANY, y [2, 4] Between(0.05, 0.95) =>
            of!((U2, U4), |x, y| nn::binary_dice_loss(x, y, DICE()), x, y);
        "ntxent", x [3, 5] ANY, y [3, 5] ANY =>
            of!(Many, |x, y| nn::ntxent(x.concat::<0, _>(y), Tensor::from([0, 1, 0, 1, 1, 2]), 0.5), x, y);
        "triplet_margin_loss", x [3, 5] ANY, y [3, 5] ANY =>
            of!(Many, |x, y| nn::triplet_margin_loss(x.clone(), y.clone(), (x * y).sin(), nn::TripletOptions::default().margin(9.0)), x, y);
        "triplet_margin_loss of another degree", x [3, 5] Between(0.1, 2.0), y [3, 5] Between(-2.0, -0.1) =>
            of!(Many, |x, y| nn::triplet_margin_loss(x.clone(), y.clone(), y.square() + x, nn::TripletOptions::default().margin(9.0).norm_degree(3.0)), x, y);
        // Few frames: the composed gradient has many operations. `values_loss` has more frames.
        "ctc_loss", x [2, 3] ANY, y [2, 3] ANY => of!(Small, |x, y| {
            let logits = x.insert_axis::<0>().concat::<0, _>(y.insert_axis::<0>());
            let labels = Tensor::from([[1], [2]]);
            nn::ctc_loss(logits, Tensor::from([[true; 2]; 2]), labels, Tensor::from([[true]; 2]), 0)
        }, x, y);
        "cosine_distance", x [2, 4] ANY, y [2, 4] ANY =>
            of!((U2, U4), |x, y| nn::cosine_distance(x, y, 0.0), x, y);
    }
}
