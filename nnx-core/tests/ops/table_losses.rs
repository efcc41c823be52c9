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

/// The same, of elements as the inputs have them.
macro_rules! of {
    ($shape:ty, $loss:expr, $x:ident, $y:ident) => {
        match $x.dtype() {
            DType::F32 => of::<$shape, f32, _>($loss, [$x, $y]),
            _ => of::<$shape, f64, _>($loss, [$x, $y]),
        }
    };
}

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
        "cosine_distance", x [2, 4] ANY, y [2, 4] ANY =>
            of!((U2, U4), |x, y| nn::cosine_distance(x, y, 0.0), x, y);
    }
}
