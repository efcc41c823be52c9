//! Losses of embeddings: those of like examples shall be near, those of others far away.

use super::{checked_labels, finite_setting, mask_of, only, paired};
use crate::array::{Array, DType, Dims};
use crate::ops::DynTensor;
use crate::size::rules::{LabelsOf, LastAxis, MaskOf, TargetsOf};
use crate::tensor::{Label, Operand, Real, Tensor};

/// NT-Xent, the cross-entropy of normalized embeddings at a temperature: for embeddings `(.., D)` and labels `(..)`,
/// the mean over all positive pairs `(i, j)`, which have the same label, of `-ln (e^s_ij / (e^s_ij + Σ e^s_ik))`
/// (`optax.ntxent`, whose temperature is 0.07 by default; Chen et al., 2020).
///
/// `s` is the cosine of the angle between two embeddings, divided by the temperature, and `k` runs over all examples
/// with a different label than `i`. A squared length below the element type's epsilon is replaced by epsilon. In SimCLR
/// the two views of an image have its index as their label.
///
/// The loss of a batch without positive pairs is 0; optax's is NaN.
///
/// ```
/// use nnx_core::{nn::ntxent, tensor::Tensor};
///
/// let embeddings = Tensor::from([[1.0f32, 0.0], [2.0, 0.0], [0.0, 1.0]]);
/// let loss = ntxent(embeddings, Tensor::from([7, 7, 9]), 1.0);
/// assert!((loss.item() - (1.0 + (-1.0f32).exp()).ln()).abs() < 1e-6);
/// ```
///
/// # Panics
/// If the temperature isn't positive and finite, or a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn ntxent<S, L, E, I>(
    embeddings: Tensor<S, E>,
    labels: Tensor<L, I>,
    temperature: f64,
) -> Tensor<(), E>
where
    S: LastAxis,
    L: LabelsOf<S>,
    E: Real,
    I: Label,
{
    let labels = checked_labels("ntxent", &embeddings.dims(), labels.into_dyn());
    let counts = vec![true; labels.len()];
    Tensor::trusted(mean_of_pairs("ntxent", embeddings.into_dyn(), &labels, &counts, temperature))
}

/// [`ntxent`] of the examples where the mask is true: the others are in no pair, neither positive nor negative.
///
/// ```
/// use nnx_core::{nn::ntxent_where, tensor::Tensor};
///
/// let embeddings = Tensor::from([[1.0f32, 0.0], [2.0, 0.0], [f32::NAN, 1.0]]);
/// let mask = Tensor::from([true, true, false]);
/// assert_eq!(ntxent_where(embeddings, Tensor::from([7, 7, 9]), mask, 1.0).item(), 0.0);
/// ```
///
/// # Panics
/// As [`ntxent`].
#[must_use]
#[track_caller]
pub fn ntxent_where<S, L, M, E, I>(
    embeddings: Tensor<S, E>,
    labels: Tensor<L, I>,
    mask: Tensor<M, bool>,
    temperature: f64,
) -> Tensor<(), E>
where
    S: LastAxis,
    L: LabelsOf<S>,
    M: MaskOf<S::Leading>,
    E: Real,
    I: Label,
{
    const NAME: &str = "ntxent_where";
    let dims = embeddings.dims();
    let labels = checked_labels(NAME, &dims, labels.into_dyn());
    let mask = mask_of(NAME, &dims.without_axis(dims.len() - 1), mask);
    let counts: Vec<bool> = mask.array().to_vec().expect("a mask");
    let ones = mask.dims().insert_axis(mask.rank(), 1);
    let rows = mask.reshape(&ones).broadcast_to(&dims);
    let embeddings = only(&rows, embeddings.into_dyn(), 0.0);
    Tensor::trusted(mean_of_pairs(NAME, embeddings, &labels, &counts, temperature))
}

#[track_caller]
fn mean_of_pairs(
    name: &str,
    embeddings: DynTensor,
    labels: &[i64],
    counts: &[bool],
    temperature: f64,
) -> DynTensor {
    assert!(
        temperature > 0.0 && temperature.is_finite(),
        "{name}: expected a positive, finite temperature, found {temperature}"
    );
    let n = labels.len();
    let pairs = |how: &dyn Fn(usize, usize) -> bool| -> Vec<bool> {
        let each = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        each.map(|(i, j)| counts[i] && counts[j] && how(i, j)).collect()
    };
    let mask = |pairs| DynTensor::from(Array::filled::<bool>(pairs, Dims::new(&[n, n])));
    let positive = pairs(&|i, j| labels[i] == labels[j] && i != j);
    let negative = mask(pairs(&|i, j| labels[i] != labels[j]));
    let number = positive.iter().filter(|positive| **positive).count();

    let width = embeddings.dims()[embeddings.rank() - 1];
    let x = embeddings.reshape(&[n, width]);
    let least = match x.dtype() {
        DType::F32 => f64::from(f32::EPSILON),
        _ => f64::EPSILON,
    };
    let length = x.clone().safe_norm(&[1], least.sqrt()).reshape(&[n, 1]);
    let unit = x / length;
    let similarity = unit.clone().matmul(unit.swap_axes(0, 1)).mul_scalar(1.0 / temperature);
    let others = only(&negative, similarity.clone(), f64::NEG_INFINITY).logsumexp();
    // -ln (e^s / (e^s + e^others)) is softplus(others - s).
    let losses = (others.reshape(&[n, 1]) - similarity).softplus();
    #[allow(clippy::cast_precision_loss, reason = "a count of pairs is far below 2^53")]
    only(&mask(positive), losses, 0.0).sum_all().mul_scalar(1.0 / number.max(1) as f64)
}

/// The options of [`triplet_margin_loss`], with the defaults of optax and PyTorch.
///
/// ```
/// use nnx_core::nn::TripletOptions;
///
/// let options = TripletOptions::default().margin(0.2).norm_degree(1.0).epsilon(1e-8);
/// assert_ne!(options, TripletOptions::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TripletOptions {
    margin: f64,
    norm_degree: f64,
    epsilon: f64,
}

impl Default for TripletOptions {
    fn default() -> Self {
        Self { margin: 1.0, norm_degree: 2.0, epsilon: 1e-6 }
    }
}

impl TripletOptions {
    /// By how much the negative shall be further away than the positive: 1 by default.
    ///
    /// # Panics
    /// If it is infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn margin(self, margin: f64) -> Self {
        Self { margin: finite_setting("TripletOptions", "margin", margin), ..self }
    }

    /// The `p` of the distance `(Σ |x|^p + epsilon)^(1/p)`: 2 by default.
    ///
    /// # Panics
    /// If it is below 1, infinite or NaN.
    #[must_use]
    #[track_caller]
    pub fn norm_degree(self, norm_degree: f64) -> Self {
        assert!(
            norm_degree >= 1.0 && norm_degree.is_finite(),
            "TripletOptions: expected a `norm_degree` of 1 or more, and finite, found {norm_degree}"
        );
        Self { norm_degree, ..self }
    }

    /// The constant in the square root of a distance, which keeps the gradient of a distance of 0 finite: 1e-6 by
    /// default.
    ///
    /// # Panics
    /// If it isn't positive and finite.
    #[must_use]
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> Self {
        assert!(
            epsilon > 0.0 && epsilon.is_finite(),
            "TripletOptions: expected a positive, finite `epsilon`, found {epsilon}"
        );
        Self { epsilon, ..self }
    }

    /// The distance of rows with the difference `x`.
    fn distance(self, x: DynTensor) -> DynTensor {
        let last = x.rank() - 1;
        if self.norm_degree == 2.0 {
            // The norm of the row with √epsilon appended as one more element: its squares can't overflow.
            let ones = x.dims().with_axis(last, 1);
            let more = Array::full_float(self.epsilon.sqrt(), x.dtype(), &ones).into();
            return DynTensor::concat(vec![x, more], last).expect("one more column").norm(&[last]);
        }
        let total = x.abs_power(self.norm_degree).sum(&[last]).add_scalar(self.epsilon);
        total.abs_power(1.0 / self.norm_degree)
    }
}

/// The triplet loss of each example: `max(0, d(anchor, positive) - d(anchor, negative) + margin)` for embeddings
/// `(.., D)` and the distance `d(x, y) = (Σ |x - y|^p + epsilon)^(1/p)` (`optax.triplet_margin_loss`; Balntas et
/// al., 2016). `margin` is 1, `p` 2 and `epsilon` 1e-6 by default.
///
/// PyTorch's `F.triplet_margin_loss` adds epsilon to each difference instead. Optax's distance has no absolute value,
/// so that an odd `p` gives others, or NaN. Where the loss begins, at 0, the derivative is half, as in JAX.
///
/// ```
/// use nnx_core::{nn::{TripletOptions, triplet_margin_loss}, tensor::Tensor};
///
/// let anchors = Tensor::from([[0.0f32, 0.0], [1.0, 1.0]]);
/// let positives = Tensor::from([[0.1, 0.1], [1.1, 1.1]]);
/// let negatives = Tensor::from([[1.0, 0.0], [9.0, 9.0]]);
/// let loss = triplet_margin_loss(anchors, positives, negatives, TripletOptions::default()).to_vec();
/// assert!((loss[0] - 0.1414).abs() < 1e-4 && loss[1] == 0.0);
/// ```
///
/// # Panics
/// If a runtime axis has different sizes in the arguments.
#[must_use]
#[track_caller]
pub fn triplet_margin_loss<S, P, N, E, F, G>(
    anchors: Tensor<S, E>,
    positives: Tensor<P, F>,
    negatives: Tensor<N, G>,
    options: TripletOptions,
) -> Tensor<S::Leading, E>
where
    S: LastAxis,
    P: TargetsOf<S>,
    N: TargetsOf<S>,
    E: Real,
    F: Operand<E>,
    G: Operand<E>,
{
    let [x, near] = paired("triplet_margin_loss", anchors.clone(), positives);
    let [_, far] = paired("triplet_margin_loss", anchors, negatives);
    let [near, far] = [near, far].map(|other| options.distance(&x - &other));
    Tensor::trusted((near - far).add_scalar(options.margin).hinge_loss())
}
