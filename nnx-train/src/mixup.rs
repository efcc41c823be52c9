//! Mixup: batches of convex combinations of their items.

use nnx_core::size::rules::HasAxis;
use nnx_core::size::{Batch, Dim};
use nnx_core::tensor::Tensor;

use crate::Random;

/// Mixes each item of a batch with another one (Zhang et al., 2018): λ xᵢ + (1 − λ) xⱼ, and the same of the targets, which
/// are probabilities `(B, Classes)`. λ is one number for the batch, from the distribution Beta(α, α); j is a random
/// permutation of the items. The loss is `softmax_cross_entropy_with_probabilities`. An `alpha` that isn't a finite number
/// above 0 changes nothing.
///
/// ```
/// use nnx_core::{Tensor, size::{Batch, U2}, tensor::Tensor};
/// use nnx_train::{Dataset, Items, Label, mixup};
///
/// let set: Items<([f32; 1], Label<U2>)> =
///     [0, 1].into_iter().map(|class| ([class as f32], Label::new(class).unwrap())).collect();
/// let train = set.loader(2)?.augment_batch(|(x, labels), random| {
///     mixup(x, labels.one_hot::<1, U2, f32>(), 0.2, random)
/// });
/// let (x, targets): (Tensor![Batch, 1], Tensor![Batch, 2]) = train.epoch(0).next().unwrap()?;
/// let (x, targets) = (x.to_vec(), targets.to_vec());
/// assert_eq!([x[0], x[1]], [targets[1], targets[3]]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
pub fn mixup<S, C: Dim>(
    inputs: Tensor<S>,
    targets: Tensor<(Batch, C)>,
    alpha: f64,
    random: &mut Random,
) -> (Tensor<S>, Tensor<(Batch, C)>)
where
    S: HasAxis<0, Axis = Batch>,
{
    if !(alpha > 0.0 && alpha.is_finite()) {
        return (inputs, targets);
    }
    let share = random.beta(alpha) as f32;
    let mut others: Vec<usize> = (0..targets.dims()[0]).collect();
    random.shuffle(&mut others);
    (mixed(&inputs, share, &others), mixed(&targets, share, &others))
}

/// Mixes rows: each is multiplied by `share`, and another row by `1 - share` is added.
fn mixed<S: HasAxis<0, Axis = Batch>>(rows: &Tensor<S>, share: f32, others: &[usize]) -> Tensor<S> {
    let dims = rows.dims();
    let elements = rows.to_vec();
    let length = dims[1..].iter().product::<usize>();
    let mut result = Vec::with_capacity(elements.len());
    for (row, &other) in others.iter().enumerate() {
        let (row, other) = (&elements[row * length..], &elements[other * length..]);
        let pairs = row[..length].iter().zip(&other[..length]);
        result.extend(pairs.map(|(x, y)| share * x + (1.0 - share) * y));
    }
    Tensor::from_shape_vec(&dims, result).expect("the sizes are those of the rows")
}
