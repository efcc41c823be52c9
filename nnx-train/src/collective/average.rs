//! Means of gradients and losses over ranks, in one message.

use nnx_core::array::{Array, DType};
use nnx_core::module::{Entry, State};

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
    /// which doesn't weigh; `jax.lax.pmean`). All gradients and the loss are one message. Arrays that aren't f32 are
    /// rounded to f32 on the way.
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
    /// If a rank has ended, or has a different model.
    pub fn of(
        ranks: &(impl Collective + ?Sized),
        loss: f32,
        gradients: State,
        count: usize,
    ) -> Result<Self, CollectiveError> {
        let weight = count as f32;
        let mut message = vec![weight, loss * weight];
        for (_, Entry { array, .. }) in gradients.iter() {
            message.extend(numbers(array).into_iter().map(|x| x * weight));
        }
        ranks.all_reduce(&mut message)?;
        let total = message[0];
        let mut rest = &message[2..];
        let mean = |(path, entry): (_, Entry)| {
            let (own, others) = rest.split_at(entry.array.elements());
            rest = others;
            let array = of_numbers(own.iter().map(|x| x / total).collect(), &entry.array);
            (path, Entry { array, ..entry })
        };
        let gradients = gradients.into_iter().map(mean).collect();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number"
        )]
        let count = total as usize;
        Ok(Self { loss: message[1] / total, gradients, count })
    }
}

fn numbers(array: &Array) -> Vec<f32> {
    match array.dtype() {
        DType::F64 => {
            array.to_vec::<f64>().map(|numbers| numbers.iter().map(|&x| x as f32).collect())
        }
        _ => array.to_vec(),
    }
    .expect("gradients are f32 or f64")
}

/// Numbers as an array with the shape and type of `like`.
fn of_numbers(numbers: Vec<f32>, like: &Array) -> Array {
    match like.dtype() {
        DType::F64 => Array::new(numbers.into_iter().map(f64::from).collect(), &like.dims()),
        _ => Array::new(numbers, &like.dims()),
    }
    .expect("as many numbers")
}
