//! Averages of a model's weights over the steps of its training.

use super::domain;
use super::rules::Ema;
use super::slot::{Count, count, entry, increment};
use super::{Slot, Updates};
use crate::array::Array;
use crate::array::dtype::for_float;
use crate::kernel::{Float, elementwise};
use crate::module::{
    Entry, Filter, KindId, Module, Pass, State, StateError, compare, kind, state_of,
};

/// The moving average of a model's parameters, `a = decay a + (1 - decay) p`, whose start at 0 is
/// corrected: `a / (1 - decay^t)` (`optax.ema` of parameters; in PyTorch `AveragedModel` with
/// `get_ema_multi_avg_fn`; Polyak and Juditsky, 1992).
///
/// Averaged weights often do better than the last ones. The model trains on as it is; an evaluation reads
/// the averages through a pass of their own, and nothing is copied or swapped.
///
/// ```
/// use nnx_core::module::{Init, Layer};
/// use nnx_core::{nn::Linear, optim::AveragedWeights, random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let mut average = AveragedWeights::new(&model, 0.99);
/// for step in 0..3 {
///     // An update of the model, and then:
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
    rule: Ema,
    ema: Slot,
    count: Count,
    #[module(skip)]
    filter: Filter,
}

impl AveragedWeights {
    /// No average yet, of a model's floating-point variables of kind `Param`.
    ///
    /// # Panics
    /// If `decay` isn't within 0 to 1, 1 excluded.
    #[must_use]
    #[track_caller]
    pub fn new<M: Module + ?Sized>(model: &M, decay: f64) -> Self {
        let decay = domain::decay("AveragedWeights", "decay", decay);
        let float = Filter::predicate(|_, variable| variable.array().dtype().is_float());
        let filter = Filter::kind::<kind::Param>() & float;
        let mut ema = Slot::new(0.0);
        ema.init(&state_of(&filter, model));
        Self { rule: Ema { decay, debias: false }, ema, count: count(), filter }
    }

    /// Takes the model's weights in.
    ///
    /// # Errors
    /// If the model isn't the one that this was made for: what is missing, unexpected or of another shape
    /// is named, and nothing is changed.
    pub fn update<M: Module + ?Sized>(&mut self, model: &M) -> Result<(), StateError> {
        let params = state_of(&self.filter, model);
        let outline = self.ema.iter().map(|(path, array)| (path.clone(), entry(array.clone())));
        compare(&outline.collect(), &params)?;
        let step = increment(&mut self.count).into();
        let mut updates = Updates::new(&params, params.clone(), step);
        updates.each(self.rule, [&mut self.ema]);
        updates.set_to_zero();
        Ok(())
    }

    /// The averages, by the paths of the parameters; zeros before the first update.
    #[must_use]
    pub fn averages(&self) -> State {
        let count = self.count.value().item();
        let share = 1.0 - self.rule.decay.powf(count.into());
        let corrected = |array: &Array| {
            let mut array = array.clone();
            for_float!(array.dtype(), E => {
                let factor = E::from_f64(if count == 0 { 1.0 } else { share });
                elementwise::map_in_place(array.make_mut::<E>(), |x: E| x / factor);
            });
            Entry { kind: KindId::of::<kind::Param>(), array }
        };
        self.ema.iter().map(|(path, array)| (path.clone(), corrected(array))).collect()
    }

    /// An evaluation pass over the model in which its parameters are the averages. Before the first
    /// update they are the model's own.
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
