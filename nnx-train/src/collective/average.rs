//! Means of gradients and losses over ranks.

use nnx_core::module::State;

use super::buckets::{Layout, Sending};
use super::{Collective, CollectiveError};

/// The loss and the gradients of a whole batch, of which each rank had a part.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Averaged {
    /// The mean loss of all items.
    pub loss: f32,
    /// The gradients of the mean loss.
    pub gradients: State,
    /// The items of all ranks.
    pub count: usize,
}

impl Averaged {
    /// The means over the ranks, weighted by the number of items that each rank had (`DistributedDataParallel` in PyTorch,
    /// which doesn't weigh; `jax.lax.pmean`). Gradients are fused into messages of 1 MiB or more.
    ///
    /// ```
    /// use nnx_core::{array::Array, module::{Entry, KindId, Path, State, kind}};
    /// use nnx_train::{Averaged, Collective, on_threads};
    ///
    /// let gradient = |x: f32| {
    ///     let entry = Entry { kind: KindId::of::<kind::Param>(), array: Array::scalar(x) };
    ///     State::from_iter([(Path::parse("w"), entry)])
    /// };
    /// // Rank 0 had one item, rank 1 had three.
    /// for mean in on_threads(2, |rank| match rank.rank() {
    ///     0 => Averaged::of(&rank, 4.0, gradient(1.0), 1),
    ///     _ => Averaged::of(&rank, 8.0, gradient(2.0), 3),
    /// }) {
    ///     let mean = mean?;
    ///     assert_eq!((mean.loss, mean.count), (7.0, 4));
    ///     assert_eq!(mean.gradients.iter().next().unwrap().1.array.to_vec::<f32>()?, [1.75]);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a rank has ended, or has another model.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a number of items"
    )]
    pub fn of(
        ranks: &(impl Collective + ?Sized),
        loss: f32,
        gradients: State,
        count: usize,
    ) -> Result<Self, CollectiveError> {
        let weight = count as f64;
        let mut sums = [weight, f64::from(loss) * weight];
        ranks.all_reduce_f64(&mut sums)?;
        let [total, loss] = sums;
        // By their paths: nothing is computed meanwhile, so any order will do.
        let arrays: Vec<_> = gradients.iter().map(|(path, entry)| (path, &entry.array)).collect();
        let layout = Layout::new(arrays.into_iter());
        let mut sending = Sending::new(ranks, &layout, weight / total);
        gradients.iter().for_each(|(path, entry)| sending.put(path, &entry.array));
        let gradients = sending.finish(gradients)?;
        Ok(Self { loss: (loss / total) as f32, gradients, count: total as usize })
    }
}
