//! An optimizer for a model.

use super::transform::{Count, LEARNING_RATE, Objective, count, increment};
use super::{Chain, Transform, Updates, settings};
use crate::Error;
use crate::array::Array;
use crate::module::{
    Entry, Evaluation, Filter, Key, Loss, Module, ModuleVisitor, Pass, Path, State, Trainable,
    Visitor, VisitorMut, compare, evaluate, kind, state_of, stored_as_bf16,
};

/// An optimizer with its state for one model (`nnx.Optimizer`).
///
/// ```
/// use nnx_core::{module::{Init, Layer, value_and_grad}, nn::Linear, optim::{Optimizer, adam}};
/// use nnx_core::{random::Rngs, size::{U1, U2}, tensor::Tensor};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let mut optimizer = Optimizer::new(&model, adam(0.1));
/// let mut losses = Vec::new();
/// for _ in 0..20 {
///     let (loss, grads) = value_and_grad(&mut model, |model, pass| {
///         let y = model.forward(Tensor::from([[1.0, 2.0]]), pass);
///         (y - Tensor::from([3.0])).square().mean()
///     })?;
///     optimizer.update(&mut model, grads)?;
///     losses.push(loss);
/// }
/// assert!(losses[19] < losses[0] / 10.0);
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// An optimizer is a module. Its slots and the number of steps are variables of kind `OptState`, at the paths
/// that Flax has (`opt_state/0/mu/dense/kernel`, `step`). So `state(&optimizer)` and `summary(&optimizer)` show
/// them, and `io::save` and `io::load` keep them. A run that is resumed from the files of the model and of the
/// optimizer continues bit for bit. Where optax has several step counters (`opt_state/0/count`), there is one
/// `step` here.
///
/// Finite gradients of any size leave all slots finite. In optax one gradient of 2e19 makes Adam's moving
/// average of squares infinite in `f32`, and the parameter never moves again. Here a formula that squares
/// gradients clamps them to ±4.6e18 first.
///
/// A gradient that is NaN or infinite makes the slots and the parameter NaN for good, so that the error shows.
/// To avoid this, use [`ZeroNans`](super::ZeroNans) or [`apply_if_finite`](super::apply_if_finite).
#[derive(Debug)]
pub struct Optimizer {
    opt_state: Chain,
    step: Count,
    filter: Filter,
    /// The paths, shapes and element types of the parameters, with zeros for their values.
    outline: State,
}

impl Module for Optimizer {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        visitor.field("opt_state", &self.opt_state);
        visitor.field("step", &self.step);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        visitor.field("opt_state", &mut self.opt_state);
        visitor.field("step", &mut self.step);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        visitor.field("opt_state", &mut self.opt_state);
        visitor.field("step", &mut self.step);
    }
}

impl Optimizer {
    /// An optimizer for the variables of kind `Param`.
    ///
    /// # Panics
    /// If the model has none.
    #[must_use]
    #[track_caller]
    pub fn new<M: Module + ?Sized>(model: &M, optimizer: impl Into<Chain>) -> Self {
        Self::of_kind::<kind::Param, M>(model, optimizer)
    }

    /// An optimizer for the variables of another trainable kind.
    ///
    /// # Panics
    /// If the model has none.
    #[must_use]
    #[track_caller]
    pub fn of_kind<K: Trainable, M: Module + ?Sized>(
        model: &M,
        optimizer: impl Into<Chain>,
    ) -> Self {
        Self::within::<K, M>(&Filter::everything(), model, optimizer)
    }

    /// An optimizer for the variables of a trainable kind that a filter selects. All others are frozen. Compute
    /// the gradients with respect to the same variables, by
    /// [`value_and_grad_of`](crate::module::value_and_grad_of). Running statistics of the frozen part are still
    /// updated, and its dropout is active, unless the filter is made by [`Filter::freezing`].
    ///
    /// # Panics
    /// If the filter selects none of the model's floating-point variables of that kind, or
    /// [freezes](Filter::freezing) a part that the model doesn't have.
    #[must_use]
    #[track_caller]
    pub fn within<K: Trainable, M: Module + ?Sized>(
        filter: &Filter,
        model: &M,
        optimizer: impl Into<Chain>,
    ) -> Self {
        let mut opt_state = optimizer.into();
        if let Some(part) = filter.missing_frozen(model) {
            panic!("nothing to freeze: the filter ({part:?}) selects no variable of this model");
        }
        if let Some(path) = stored_as_bf16(&(Filter::kind::<K>() & filter.clone()), model) {
            panic!(
                "`{path}` is stored as bf16, and such weights aren't trained: widen them by `to_f32(&mut model)`, or train \
                 other variables by `Optimizer::within`"
            );
        }
        // Integers have no gradient, as in `value_and_grad`.
        let float = Filter::predicate(|_, variable| variable.array().dtype().is_float());
        let trained = filter;
        let filter = Filter::kind::<K>() & trained.clone() & float;
        let params = state_of(&filter, model);
        assert!(
            !params.is_empty(),
            "an optimizer would have nothing to train: the filter ({trained:?}) selects no floating-point \
             variable of kind `{}` in this model",
            K::NAME,
        );
        opt_state.init(&params);
        let outline = |(path, Entry { kind, array }): (Path, Entry)| {
            let array = Array::full_float(0.0, array.dtype(), &array.dims());
            (path, Entry { kind, array })
        };
        let outline = params.into_iter().map(outline).collect();
        Self { opt_state, step: count(), filter, outline }
    }

    /// The number of updates so far.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step.value().item().into()
    }

    /// The number of updates so far, as an array.
    fn count(&self) -> Array {
        self.step.value().array().clone()
    }

    /// The learning rate of the next step: the first in the order of the chain, where groups have several. None for an
    /// optimizer without one. An optimizer that scales it, such as [`prodigy`](super::prodigy), gives it before that.
    ///
    /// ```
    /// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adam, cosine_decay}};
    /// use nnx_core::{random::Rngs, size::U3};
    ///
    /// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
    /// let optimizer = Optimizer::new(&model, adam(cosine_decay(1e-3, 100, 0.0)));
    /// assert_eq!(optimizer.learning_rate(), Some(1e-3));
    /// ```
    #[must_use]
    #[doc(alias = "get_last_lr")]
    pub fn learning_rate(&self) -> Option<f64> {
        self.opt_state.learning_rate(self.step())
    }

    /// Sets an [`injected`](super::injected) learning rate, from the next step on, in every group that has
    /// one.
    ///
    /// ```
    /// use nnx_core::{module::Init, nn::Linear, optim::{Optimizer, adam, injected}};
    /// use nnx_core::{random::Rngs, size::U3};
    ///
    /// let model = Linear::<U3, U3>::init(&mut Rngs::new(0));
    /// let mut optimizer = Optimizer::new(&model, adam(injected(1e-3)));
    /// optimizer.set_learning_rate(5e-4);
    /// ```
    ///
    /// # Panics
    /// If the rate is negative, infinite or NaN, or if the rate of this optimizer is a constant or a schedule
    /// instead of injected.
    #[track_caller]
    pub fn set_learning_rate(&mut self, rate: f64) {
        settings::learning_rate(format_args!("set_learning_rate"), rate);
        let mut found = false;
        let name = Key::Name(LEARNING_RATE.into());
        self.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
            if path.keys().last() == Some(&name) {
                found |= variable.set_array(Array::scalar(rate)).is_ok();
            }
        }));
        assert!(
            found,
            "this optimizer's learning rate is fixed when it is made: make it with an injected one, such as \
             `adam(injected(1e-3))`, to set it between steps"
        );
    }

    /// Performs one step: turns gradients into updates and adds them to the model's variables.
    ///
    /// # Errors
    /// If the gradients aren't those of all the variables that this optimizer trains, or the model isn't the
    /// one that it was made for. The error names every variable that is missing, unexpected or of another
    /// shape, and nothing is changed.
    ///
    /// # Panics
    /// If a custom schedule returns a rate that is negative, infinite or NaN, or if the optimizer evaluates the
    /// loss again, as [`lbfgs`](super::lbfgs): call [`step_on`](Self::step_on) then.
    pub fn update<M: Module + ?Sized>(
        &mut self,
        model: &mut M,
        gradients: State,
    ) -> Result<(), Error> {
        let params = state_of(&self.filter, model);
        compare(&self.outline, &params).map_err(|error| error.with_header(OTHER_MODEL))?;
        compare(&params, &gradients).map_err(|error| error.with_header(OTHER_GRADIENTS))?;
        let mut updates = Updates::new(&params, gradients, self.count());
        self.opt_state.update(&mut updates);
        let new = updates.into_params();
        self.finish(model, new);
        Ok(())
    }
}

impl Optimizer {
    /// Performs one step on a loss, and returns the loss before it. This is
    /// [`value_and_grad_of`](crate::module::value_and_grad_of) and [`update`](Self::update) in one call, for
    /// optimizers that evaluate the loss several times in a step, such as [`lbfgs`](super::lbfgs); other optimizers
    /// evaluate it once.
    ///
    /// All evaluations of a step run from the same running statistics and random streams. The updates of the first one
    /// are written to the model, as if there were no others.
    ///
    /// ```
    /// use nnx_core::{module::Param, optim::{Optimizer, lbfgs}, size::U2, tensor::Tensor};
    ///
    /// let mut model = Param::<(U2,)>::new(Tensor::from([3.0, -1.0]));
    /// let mut optimizer = Optimizer::new(&model, lbfgs());
    /// for _ in 0..8 {
    ///     let scale = || Tensor::from([1.0, 10.0]);
    ///     optimizer.step_on(&mut model, |p, pass| (p.get(pass).square() * scale()).sum())?;
    /// }
    /// assert!(model.value().to_vec().iter().all(|p| p.abs() < 1e-3));
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`value_and_grad_of`](crate::module::value_and_grad_of) in any evaluation, or if the model
    /// isn't the one that this optimizer was made for. The model is unchanged then. If a later evaluation than the
    /// first failed, the slots of the optimizer are those after a step of length 0.
    ///
    /// # Panics
    /// If a custom schedule returns a rate that is negative, infinite or NaN; and while [`jit`](crate::module::jit) records.
    #[track_caller]
    pub fn step_on<M: Module + ?Sized, L: Loss>(
        &mut self,
        model: &mut M,
        f: impl Fn(&M, &mut Pass) -> L,
    ) -> Result<L::Value, Error> {
        let params = state_of(&self.filter, model);
        assert!(
            params.iter().all(|(_, entry)| entry.array.trace().is_none()),
            "`step_on` gives the loss as a number to the optimizer, which isn't known while `jit` records a step: write \
             `loss_and_grad` and `update` in place of it, or run an optimizer that evaluates the loss, such as `lbfgs`, \
             without `jit`"
        );
        compare(&self.outline, &params).map_err(|error| error.with_header(OTHER_MODEL))?;
        let Evaluation { loss, value, gradients, pass } =
            evaluate(&self.filter, model, &State::default(), &f)?;
        let mut again = |values: &State| {
            let evaluation = evaluate(&self.filter, model, values, &f)?;
            Ok((evaluation.loss, evaluation.gradients))
        };
        let objective =
            Objective { loss, gradients: &gradients, evaluate: &mut again, error: None };
        let mut updates =
            Updates::new(&params, gradients.clone(), self.count()).of_objective(objective);
        self.opt_state.update(&mut updates);
        let error = updates.objective().and_then(|objective| objective.error.take());
        let new = updates.into_params();
        error.map_or(Ok(()), Err)?;
        pass.commit(model)?;
        self.finish(model, new);
        Ok(value)
    }

    /// Writes the new parameters into the model, and counts the step.
    fn finish<M: Module + ?Sized>(&mut self, model: &mut M, mut new: State) {
        increment(&mut self.step);
        model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
            if let Some(entry) = new.remove(path) {
                variable.set_array(entry.array).expect("shapes were checked before the step");
            }
        }));
    }

    /// The parameters to evaluate the model with. [`lookahead`](super::lookahead), [`sam`](super::sam) and
    /// [`schedule_free`](super::schedule_free) train other ones, and have those for evaluation in their slots. For all
    /// other optimizers they are the parameters of the model.
    ///
    /// # Errors
    /// If the model isn't the one that this optimizer was made for.
    pub fn evaluation_params<M: Module + ?Sized>(&self, model: &M) -> Result<State, Error> {
        let mut params = state_of(&self.filter, model);
        compare(&self.outline, &params).map_err(|error| error.with_header(OTHER_MODEL))?;
        self.opt_state.evaluation_params(&mut params);
        Ok(params)
    }

    /// An evaluation pass in which the model has the [parameters for evaluation](Self::evaluation_params). The model
    /// doesn't change.
    ///
    /// # Errors
    /// As [`evaluation_params`](Self::evaluation_params).
    pub fn evaluation_pass<M: Module + ?Sized>(&self, model: &M) -> Result<Pass, Error> {
        Ok(Pass::eval_with(model, &self.evaluation_params(model)?)?)
    }
}

const OTHER_GRADIENTS: &str = "the gradients aren't those of the variables that this optimizer trains, and nothing is changed: take them by `value_and_grad`, or by `value_and_grad_of` with the optimizer's filter";

const OTHER_MODEL: &str = "the model isn't the one that this optimizer was made for: make another one with `Optimizer::new`";
