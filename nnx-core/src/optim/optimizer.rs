//! An optimizer at work on a model.

use super::{Chain, Transform};
use crate::Error;
use crate::array::Array;
use crate::module::{
    Entry, Filter, Mismatch, Module, Path, State, StateError, Trainable, VisitorMut, kind, state_of,
};
use crate::ops::DynTensor;

/// An optimizer, with its slots for one model (`nnx.Optimizer`).
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
#[derive(Debug)]
pub struct Optimizer {
    chain: Chain,
    filter: Filter,
    /// The parameters as they were when this was made: paths, shapes and types.
    outline: State,
    slots: State,
    step: u64,
}

impl Optimizer {
    /// An optimizer for the variables of kind `Param`.
    #[must_use]
    pub fn new<M: Module + ?Sized>(model: &M, rule: impl Into<Chain>) -> Self {
        Self::of_kind::<kind::Param, M>(model, rule)
    }

    /// An optimizer for the variables of a kind that is trained.
    #[must_use]
    pub fn of_kind<K: Trainable, M: Module + ?Sized>(model: &M, rule: impl Into<Chain>) -> Self {
        Self::within::<K, M>(&Filter::everything(), model, rule)
    }

    /// An optimizer for the variables of a trained kind that a filter selects too: all others are
    /// frozen. Take gradients with respect to the same ones, by
    /// [`value_and_grad_of`](crate::module::value_and_grad_of).
    #[must_use]
    pub fn within<K: Trainable, M: Module + ?Sized>(
        filter: &Filter,
        model: &M,
        rule: impl Into<Chain>,
    ) -> Self {
        let chain = rule.into();
        // As `value_and_grad`: integers have no gradient.
        let float = Filter::predicate(|_, variable| variable.array().dtype().is_float());
        let filter = Filter::kind::<K>() & filter.clone() & float;
        let params = state_of(&filter, model);
        let slots = chain.init(&params);
        let outline = |(path, Entry { kind, array }): (Path, Entry)| {
            let array = Array::full_float(0.0, array.dtype(), &array.dims());
            (path, Entry { kind, array })
        };
        Self { chain, filter, outline: params.into_iter().map(outline).collect(), slots, step: 0 }
    }

    /// How many updates have been made.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The slots, such as Adam's means: `0/mu/dense/kernel`.
    #[must_use]
    pub fn slots(&self) -> &State {
        &self.slots
    }

    /// Goes on where another optimizer of the same rule and model stood: its slots (saved by
    /// `io::save_state`) and the number of its updates.
    ///
    /// # Errors
    /// If the slots aren't those that this optimizer has: every one that is missing, unexpected or of
    /// another shape is named, and nothing is changed.
    pub fn restore(&mut self, slots: State, step: u64) -> Result<(), Error> {
        check(&self.slots, &slots)?;
        (self.slots, self.step) = (slots, step);
        Ok(())
    }

    /// One step: turns gradients into updates and adds these to the model's variables.
    ///
    /// # Errors
    /// If the gradients aren't those of all the variables that this optimizer trains, or the model isn't
    /// the one that it was made for: every variable that is missing, unexpected or of another shape is
    /// named, and nothing is changed.
    pub fn update<M: Module + ?Sized>(
        &mut self,
        model: &mut M,
        gradients: State,
    ) -> Result<(), Error> {
        let params = state_of(&self.filter, model);
        check(&self.outline, &params).map_err(|error| error.under(OTHER_MODEL))?;
        check(&params, &gradients)?;
        let mut updates = gradients;
        self.chain.update(&mut updates, &mut self.slots, &params, self.step);
        drop(params);
        self.step += 1;
        model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
            if let Some(update) = updates.remove(path) {
                let sum = DynTensor::from(update.array) + variable.array().clone().into();
                variable.set_array(sum.into_array()).expect("shapes were checked above");
            }
        }));
        Ok(())
    }
}

const OTHER_MODEL: &str = "the model isn't the one that this optimizer was made for: make another one with `Optimizer::new`";

/// An error unless the gradients have the paths, shapes and types of the parameters.
fn check(params: &State, gradients: &State) -> Result<(), StateError> {
    let mut mismatches = Vec::new();
    for (path, Entry { array: param, .. }) in params.iter() {
        let path = path.clone();
        match gradients.get(&path).map(|entry| &entry.array) {
            None => mismatches.push(Mismatch::Missing { path, shape: param.dims().to_string() }),
            Some(found) if found.dims() != param.dims() => {
                let (expected, found) = (param.dims().to_string(), found.dims());
                mismatches.push(Mismatch::Shape { path, expected, found });
            }
            Some(found) if found.dtype() != param.dtype() => {
                let (expected, found) = (param.dtype(), found.dtype());
                mismatches.push(Mismatch::DType { path, expected, found });
            }
            Some(_) => {}
        }
    }
    let unexpected = gradients.iter().filter(|(path, _)| params.get(path).is_none());
    mismatches.extend(unexpected.map(|(path, entry)| Mismatch::Unexpected {
        path: path.clone(),
        shape: entry.array.dims(),
    }));
    if mismatches.is_empty() { Ok(()) } else { Err(StateError::new(mismatches)) }
}
