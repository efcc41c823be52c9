//! The updates of one step, and the elementwise transforms that are still to be applied to them.
//!
//! A chain such as Adam, weight decay, learning rate would read and write every update three times. So
//! elementwise transforms aren't applied at once: each update keeps a list of them (`updates/pending`). The list is run, fused
//! into one pass over memory, when a transform needs whole arrays, and at the end of the step.

mod pending;
mod recorded;
mod within;

use super::{ElementwiseTransform, entry};
use crate::Error;
use crate::array::{Array, ShapeError};
use crate::module::{Entry, KindId, Path, State};
use crate::ops::{
    AttributeValue, Attributes, DynTensor, Norm, NumberFunction, PendingUpdate, Signature, Takes,
    check_numbers, euclidean_norm, numbers_of,
};
use crate::tensor::Real;

/// The update of one parameter.
struct Update<'a> {
    path: &'a Path,
    kind: KindId,
    param: Array,
    /// The update before the pending transforms. `None`: all zeros.
    value: Option<Array>,
    pending: Vec<PendingUpdate<'a>>,
}

/// The gradients of all parameters, which a chain of transforms turns into updates.
#[allow(missing_debug_implementations, reason = "it lives within one step only")]
pub struct Updates<'a> {
    /// Counted from 0: `()` of u32.
    step: Array,
    list: Vec<Update<'a>>,
    objective: Option<Objective<'a>>,
}

/// The loss as a function of the parameters, for transforms that evaluate it again.
pub(in crate::optim) struct Objective<'a> {
    /// The loss at the parameters of this step.
    pub(in crate::optim) loss: f64,
    /// Its gradients.
    pub(in crate::optim) gradients: &'a State,
    /// The loss and its gradients at other values of some parameters.
    pub(in crate::optim) evaluate: &'a mut dyn FnMut(&State) -> Result<(f64, State), Error>,
    /// The error of an evaluation, for the caller of the step.
    pub(in crate::optim) error: Option<Error>,
}

impl<'a> Updates<'a> {
    /// Updates that start as the gradients of these parameters. Both have the same paths.
    pub(in crate::optim) fn new(params: &'a State, mut gradients: State, step: Array) -> Self {
        let update = |(path, entry): (&'a Path, &Entry)| {
            let value = gradients.remove(path).map(|entry| entry.array);
            let param = entry.array.clone();
            Update { path, kind: entry.kind, param, value, pending: Vec::new() }
        };
        Self { step, list: params.iter().map(update).collect(), objective: None }
    }

    /// The same updates, with the loss whose gradients they are.
    pub(in crate::optim) fn of_objective(self, objective: Objective<'a>) -> Self {
        Self { objective: Some(objective), ..self }
    }

    /// The loss, if the step can evaluate it: see [`Optimizer::step_on`](crate::optim::Optimizer::step_on).
    pub(in crate::optim) fn objective(&mut self) -> Option<&mut Objective<'a>> {
        self.objective.as_mut()
    }

    /// The step, counted from 0.
    ///
    /// # Panics
    /// In a recorded step ([`jit`](crate::module::jit)), each run of which has another number:
    /// [`ElementwiseTransform::formula`] is given it.
    #[must_use]
    #[track_caller]
    pub fn step(&self) -> u64 {
        self.step.contiguous().slice::<u32>()[0].into()
    }

    /// The step as an array, `()` of u32.
    pub(in crate::optim) fn count(&self) -> Array {
        self.step.clone()
    }

    /// Replaces every update by a function of its index, the whole parameter and the whole update, such as a product of
    /// matrices. The index is that of the parameter among those that [`Transform::init`](super::Transform::init) was
    /// given: [`Slot::array`](super::Slot::array) takes it.
    ///
    /// ```
    /// use nnx_core::module::State;
    /// use nnx_core::optim::{Chain, Transform, Updates, sgd};
    ///
    /// /// Subtracts the mean of each update.
    /// #[derive(Debug, nnx_core::Module)]
    /// struct Centralize;
    ///
    /// impl Transform for Centralize {
    ///     fn init(&mut self, _: &State) {}
    ///     fn update<'a>(&'a mut self, updates: &mut Updates<'a>) {
    ///         updates.map_arrays(|_, _parameter, update| {
    ///             let axes: Vec<usize> = (0..update.rank()).collect();
    ///             let mean = update.clone().mean(&axes).broadcast_to(&update.dims());
    ///             update - mean
    ///         });
    ///     }
    /// }
    /// let chain = Chain::new().then(Centralize).then(sgd(0.1));
    /// # let _ = chain;
    /// ```
    ///
    /// # Panics
    /// If the function returns a different shape or element type.
    pub fn map_arrays(&mut self, mut f: impl FnMut(usize, &Array, DynTensor) -> DynTensor) {
        for (index, update) in self.list.iter_mut().enumerate() {
            update.apply();
            let Update { path, param, .. } = update;
            let zeros = || Array::full_float(0.0, param.dtype(), &param.dims());
            let value = update.value.take().unwrap_or_else(zeros);
            let new = f(index, param, value.into()).into_array();
            assert!(
                new.dims() == param.dims() && new.dtype() == param.dtype(),
                "`map_arrays`: the update of `{path}`, which is {} of {}, became {} of {}",
                param.dims(),
                param.dtype(),
                new.dims(),
                new.dtype(),
            );
            update.value = Some(new);
        }
    }

    /// All updates, in the order of the parameters' paths.
    pub(in crate::optim) fn collect(&mut self) -> Vec<Array> {
        let mut arrays = Vec::new();
        self.map_arrays(|_, _, update| {
            arrays.push(update.array().clone());
            update
        });
        arrays
    }

    /// The number of parameters.
    pub(in crate::optim) fn arrays_count(&self) -> usize {
        self.list.len()
    }

    /// The parameters.
    pub(in crate::optim) fn params(&self) -> State {
        let param = |Update { path, kind, param, .. }: &Update<'_>| {
            (Path::clone(path), Entry { kind: *kind, array: param.clone() })
        };
        self.list.iter().map(param).collect()
    }

    /// The current updates, without those that are all zeros. Applies all pending transforms first.
    pub fn arrays(&mut self) -> impl Iterator<Item = &Array> {
        self.list.iter_mut().for_each(Update::apply);
        self.list.iter().filter_map(|update| update.value.as_ref())
    }

    /// The norm of all updates together, as scale and root: `(2,)` of f64.
    pub(in crate::optim) fn global_norm(&mut self) -> Array {
        let arrays = self.arrays().cloned().collect();
        numbers_of(GlobalNorm, arrays, 2)
    }

    /// Sets all updates to zero. Pending transforms are applied first, so that their slots change as usual.
    pub fn set_to_zero(&mut self) {
        for update in &mut self.list {
            update.apply();
            update.value = None;
        }
    }

    /// The new values of the parameters, without those whose update is zero.
    pub(in crate::optim) fn into_params(mut self) -> State {
        self.list.retain(|update| update.value.is_some() || !update.pending.is_empty());
        self.apply_elementwise(AddToParameter, []);
        self.list.iter_mut().for_each(Update::apply);
        let new = |update: Update<'_>| {
            let array = update.value.expect("the sum was written just now");
            (update.path.clone(), entry(array))
        };
        self.list.into_iter().map(new).collect()
    }
}

/// The norm of all updates together, as scale and root.
#[derive(Debug, AttributeValue)]
pub(in crate::optim) struct GlobalNorm;

impl NumberFunction for GlobalNorm {
    fn name(&self) -> &'static str {
        "global_norm"
    }
    fn check(&self, inputs: &[Signature], count: usize) -> Result<(), ShapeError> {
        check_numbers(self.name(), inputs, count, &[(Takes::Array, inputs.len())], 2)
    }
    fn compute(&self, arrays: &[Array], out: &mut [f64]) {
        let Norm { scale, root } = Norm::combined(arrays.iter().map(euclidean_norm));
        out.copy_from_slice(&[scale, root]);
    }
    fn attributes(&self) -> Option<Attributes> {
        Attributes::of(self)
    }
}

/// `p + u`. It is the last transform of every step, so that the update's memory becomes the parameter's.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(in crate::optim) struct AddToParameter;

impl ElementwiseTransform<0> for AddToParameter {
    const SLOTS: [&'static str; 0] = [];
    fn attributes(&self) -> Option<Attributes> {
        Attributes::of(self)
    }
    #[inline(always)]
    fn formula<E: Real>(
        &self,
        _: u64,
    ) -> impl Fn(E, E, [E; 0]) -> (E, [E; 0]) + Copy + Send + Sync + 'static {
        |update, param, slots| (param + update, slots)
    }
}
