//! The moving average of a model's weights.

use super::transform::{Count, count, entry, increment};
use super::{Ema, Slot, Updates, settings};
use crate::array::Array;
use crate::module::{
    Entry, Filter, KindId, Module, Pass, State, StateError, compare, kind, state_of,
};
use crate::ops::DynTensor;

/// The exponential moving average of a model's parameters: `a ← decay a + (1 - decay) p`, with bias correction
/// `a / (1 - decay^t)` (`optax.ema` of parameters; in PyTorch `AveragedModel` with `get_ema_multi_avg_fn`;
/// Polyak and Juditsky, 1992).
///
/// Averaged weights often generalize better than the last ones. Training continues on the model itself. For
/// evaluation, [`pass`](Self::pass) gives a pass that reads the averages in place of the parameters; nothing is
/// copied or swapped.
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{nn::Linear, optim::AveragedWeights, random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let mut average = AveragedWeights::new(&model, 0.99);
/// for step in 0..3 {
///     // A step of the optimizer, and then:
///     model.kernel.replace(Tensor::from([[step as f32], [1.0]]));
///     average.update(&model)?;
/// }
/// let y = model.forward(Tensor::from([1.0, 0.0]), &mut average.pass(&model)?);
/// assert!((y.to_vec()[0] - 1.0067).abs() < 1e-4); // (0.99 · 1 + 2) / (0.99² + 0.99 + 1)
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, crate::Module)]
pub struct AveragedWeights {
    #[module(skip)]
    transform: Ema,
    ema: Slot,
    count: Count,
    #[module(skip)]
    filter: Filter,
}

impl AveragedWeights {
    /// An average without values yet, of the model's floating-point variables of kind `Param`. Those that are stored
    /// as bf16 aren't trained, and so they aren't averaged: [`averages`](Self::averages) lacks them, and a
    /// [`pass`](Self::pass) reads them from the model. To average them widen them before, by
    /// [`to_f32`](crate::module::to_f32).
    ///
    /// # Panics
    /// If `decay` isn't in [0, 1).
    #[must_use]
    #[track_caller]
    pub fn new<M: Module + ?Sized>(model: &M, decay: f64) -> Self {
        let decay = settings::decay("AveragedWeights", "decay", decay);
        let float = Filter::predicate(|_, variable| variable.array().dtype().is_float());
        let filter = Filter::kind::<kind::Param>() & float;
        let mut ema = Slot::new(0.0);
        ema.init(&state_of(&filter, model));
        Self { transform: Ema { decay, debias: false }, ema, count: count(), filter }
    }

    /// Adds the current weights of the model to the average.
    ///
    /// # Errors
    /// If the model isn't the one that this was made for. The error names every variable that is missing,
    /// unexpected or of a different shape, and the average doesn't change.
    pub fn update<M: Module + ?Sized>(&mut self, model: &M) -> Result<(), StateError> {
        let params = state_of(&self.filter, model);
        let outline = self.ema.iter().map(|(path, array)| (path.clone(), entry(array.clone())));
        compare(&outline.collect(), &params)?;
        let step = increment(&mut self.count);
        let mut updates = Updates::new(&params, params.clone(), step);
        updates.apply_elementwise(self.transform, [&mut self.ema]);
        updates.set_to_zero();
        Ok(())
    }

    /// The averages, by the paths of the parameters. They are zeros before the first update.
    #[must_use]
    pub fn averages(&self) -> State {
        let count = self.count.value().item();
        let share = 1.0 - self.transform.decay.powf(count.into());
        let divisor = if count == 0 { 1.0 } else { share };
        let corrected = |array: &Array| {
            let average = DynTensor::from(array.clone());
            let divisor = average.full_like(divisor);
            let array = (average / divisor).into_array();
            Entry { kind: KindId::of::<kind::Param>(), array }
        };
        self.ema.iter().map(|(path, array)| (path.clone(), corrected(array))).collect()
    }

    /// An evaluation pass in which the parameters of the model are replaced by the averages. Before the first
    /// update it reads the model's own parameters. (PyTorch's `AveragedModel` is called itself instead.)
    ///
    /// # Errors
    /// If the model isn't the one that this was made for.
    pub fn pass<M: Module + ?Sized>(&self, model: &M) -> Result<Pass, StateError> {
        if self.count.value().item() == 0 {
            return Ok(Pass::eval());
        }
        Pass::eval_with(model, &self.averages())
    }
}
