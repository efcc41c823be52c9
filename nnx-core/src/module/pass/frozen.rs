//! Frozen variables, and which variables a pass may update.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::{Mode, Pass};
use crate::module::{Filter, KindId, Module, Visitor, kind};

impl Pass {
    /// Runs a part of a model frozen (in PyTorch: `requires_grad_(False)` and `eval()` of a submodule).
    ///
    /// Within `run` a training pass is in evaluation mode: normalizations use their running statistics and
    /// don't update them, dropout is off, and variables are constants, so that their gradient is 0. Gradients
    /// still flow to the input of the part. Evaluation and decoding passes are unaffected.
    ///
    /// ```
    /// use nnx_core::{module::{Init, Layer, value_and_grad}, nn::{BatchNorm, Linear}, random::Rngs};
    /// use nnx_core::{size::{U1, U4}, tensor::Tensor, Tensor};
    ///
    /// let mut model = <(BatchNorm<U4>, Linear<U4, U1>)>::init(&mut Rngs::new(0));
    /// let x: Tensor![2, 4] = Tensor::full(3.0);
    /// let (_, grads) = value_and_grad(&mut model, |(body, head), pass| {
    ///     let features = pass.frozen(|pass| body.forward(x, pass));
    ///     head.forward(features, pass).square().mean()
    /// })?;
    /// assert_eq!(model.0.mean.value().to_vec(), [0.0; 4]); // the running mean hasn't moved
    /// for (path, entry) in &grads {
    ///     let frozen = entry.array.to_vec::<f32>()?.iter().all(|&g| g == 0.0);
    ///     assert_eq!(frozen, path.to_string().starts_with("0/"));
    /// }
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// An optimizer with weight decay would still shrink the frozen weights, whose gradient is 0: exclude them
    /// with [`Optimizer::within`](crate::optim::Optimizer::within). [`Filter::freezing`] does both with one
    /// filter.
    pub fn frozen<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        if self.mode != Mode::Train {
            return run(self);
        }
        let outer = (self.mode, self.detached);
        (self.mode, self.detached) = (Mode::Evaluate, true);
        // Restored even after a panic, which a caller may catch.
        let result = catch_unwind(AssertUnwindSafe(|| run(self)));
        (self.mode, self.detached) = outer;
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Freezes the variables of `model` that `filter` selects for the rest of this pass: none of them can
    /// be updated. Layers that would update them run in evaluation mode, since they check
    /// [`Variable::may_set`](crate::module::Variable::may_set) or [`RngStream::may_draw`](crate::module::RngStream::may_draw).
    /// [`value_and_grad_of`](crate::module::value_and_grad_of) does this for [`Filter::freezing`].
    ///
    /// # Panics
    /// If the filter selects no variable of the model: a misspelled path would go unnoticed otherwise.
    #[track_caller]
    pub fn freeze<M: Module + ?Sized>(&mut self, model: &M, filter: &Filter) {
        let selected = self.freeze_selected(model, filter);
        assert!(
            selected > 0,
            "nothing to freeze: the filter ({filter:?}) selects no variable of this model"
        );
    }

    /// Freezes the variables that `filter` selects, which may be none. Returns how many there are.
    pub(in crate::module) fn freeze_selected<M: Module + ?Sized>(
        &mut self,
        model: &M,
        filter: &Filter,
    ) -> usize {
        let mut selected = 0;
        model.visit(&mut Visitor::new(&mut |path, variable| {
            if filter.selects(path, variable) {
                self.frozen.insert(variable.id());
                selected += 1;
            }
        }));
        selected
    }

    /// As [`freeze`](Self::freeze), by the ids of the variables.
    pub(in crate::module) fn freeze_ids(&mut self, ids: impl Iterator<Item = u64>) {
        self.frozen.extend(ids);
    }

    /// Whether this pass may update the variable `id`, which is of kind `kind`.
    pub(in crate::module) fn may_write(&self, id: u64, kind: KindId) -> bool {
        let is_cache = kind.is(KindId::of::<kind::Cache>());
        let in_this_mode = self.mode == Mode::Train || self.mode == Mode::Decode && is_cache;
        in_this_mode && !self.frozen.contains(&id)
    }

    #[track_caller]
    pub(super) fn check_may_write(&self, id: u64, kind: KindId) {
        assert!(
            !self.frozen.contains(&id),
            "a variable of kind `{kind:?}` is frozen in this pass, and can't be updated: ask \
             `variable.may_set(pass)`, or `stream.may_draw(pass)` of a random stream, first"
        );
        let is_cache = kind.is(KindId::of::<kind::Cache>());
        match self.mode {
            Mode::Train => {}
            Mode::Decode => assert!(
                is_cache,
                "a decoding pass updates variables of kind `Cache` alone, not of kind `{kind:?}`, and can't \
                 draw from random streams: ask `pass.is_training()` first, or run a training pass"
            ),
            Mode::Evaluate => {
                assert!(
                    !is_cache,
                    "an evaluation pass can't update variables of kind `{kind:?}`: run the model in a \
                     `Pass::decode()`, and commit that"
                );
                panic!(
                    "an evaluation pass can't update variables or draw from random streams: \
                     ask `pass.is_training()` first, or run a training pass"
                );
            }
        }
    }
}
