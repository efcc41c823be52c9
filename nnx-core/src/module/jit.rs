//! A training step that is recorded once, planned, and run again.

mod modules;
mod replay;
mod structure;
mod trace;

use std::fmt;
use std::marker::PhantomData;

pub use modules::{StepFn, StepModules};
use replay::write;
use structure::Structure;

use super::{Path, Visitor};
use crate::Error;
use crate::ops::DynTensor;
use crate::program::{Memo, Plan, Program, Rewrites, Slots};
use crate::tensor::Tensors;

/// A function of modules and tensors that is recorded as a [`Program`], planned, and run again: see [`jit`].
pub struct Jit<F, M, X> {
    f: F,
    structures: Vec<Structure>,
    // Kept between runs, so that a run allocates no list.
    slots: Slots,
    list: Vec<DynTensor>,
    numbers: Vec<u32>,
    path: Path,
    types: PhantomData<fn(M, X)>,
}

/// Records a training step, or another function that changes modules (`nnx.jit` in Flax, `torch.compile`).
///
/// The first argument of the function is a `&mut` of a module, or a tuple of up to six of them, such as a model and its
/// optimizer; the second is a tensor, or a tuple or an array of them. It returns tensors in a `Result`. The first call for
/// each size of the inputs runs it and records its operations; later calls replay them. The modules change as by the
/// function itself, bit for bit: parameters, running statistics, random streams and the slots of optimizers.
///
/// A call that fails changes nothing, whatever has run before the error. Only where memory runs out in a replay, which panics,
/// some variables may be new and others old, and those whose values were lost are NaN.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, jit, loss_and_grad}, nn::Linear, optim::{Optimizer, adam}};
/// use nnx_core::{random::Rngs, size::{Batch, U1, U2}};
///
/// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
/// let mut optimizer = Optimizer::new(&model, adam(0.1));
/// let mut step = jit(
///     |(model, optimizer): (&mut Linear<U2, U1>, &mut Optimizer), x: Tensor![Batch, 2]| {
///         let (loss, grads) = loss_and_grad(model, |model, pass| {
///             (model.forward(x, pass) - 3.0).square().mean()
///         })?;
///         optimizer.update(model, grads)?;
///         Ok(loss)
///     },
/// );
/// let mut losses = Vec::new();
/// for _ in 0..20 {
///     let x = <Tensor![Batch, 2]>::batch([[1.0, 2.0]]);
///     losses.push(step.call((&mut model, &mut optimizer), x)?.item());
/// }
/// assert!(losses[19] < losses[0] / 10.0);
/// assert_eq!((optimizer.step(), step.programs()), (20, 1));
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # What is recorded
/// Operations on tensors. Rust code between them runs when the step is recorded, and not again: a `for` loop is unrolled, an
/// `if` keeps the branch that it took, and a plain field of a module, such as the rate of a dropout, is that of the recording.
/// Call [`clear`](Jit::clear) after such a field has changed. Other modules of the same types, such as a clone or an optimizer
/// with another rate, are recorded anew. What comes from outside, such as a batch, is an input. A tensor
/// that the function captures is a constant.
///
/// A number that depends on an input or a variable isn't known while a step is recorded: `item()`, `to_vec()` and a
/// comparison in Rust panic, at their line. [`loss_and_grad`](super::loss_and_grad) returns the loss as a tensor, and
/// [`RngStream::sample`](super::RngStream::sample) draws anew in each run. Masks and lengths may be inputs. What chooses
/// operations or their sizes by such a number is refused by a message of its own: `Optimizer::step_on` and `lbfgs`, which
/// search along a direction, and `decode`, whose cache grows. `apply_if_finite` selects: a recorded step runs its
/// transform in any case, and keeps what was before; transforms that follow it then get updates of 0.
///
/// Where an input is being differentiated, batched by `vmap` or recorded, the function itself runs.
#[must_use]
pub fn jit<F, M, X>(f: F) -> Jit<F, M, X>
where
    F: StepFn<M, X, Output: Tensors>,
    M: StepModules,
    X: Tensors,
{
    Jit {
        f,
        structures: Vec::new(),
        slots: Slots::default(),
        list: Vec::new(),
        numbers: Vec::new(),
        path: Path::default(),
        types: PhantomData,
    }
}

/// The most programs of the same modules that are kept.
const MOST_PROGRAMS: usize = 64;
/// The most lists of modules whose programs are kept.
const MOST_STRUCTURES: usize = 64;

impl<F, M, X> Jit<F, M, X>
where
    F: StepFn<M, X, Output: Tensors>,
    M: StepModules,
    X: Tensors,
{
    /// Runs the function on modules and inputs: recorded, if that is the first call for such ones, and replayed otherwise.
    ///
    /// # Errors
    /// The error that the function returns when it is recorded. In a replay, that of an operation that isn't defined for a
    /// value, such as an index outside of an axis. The modules are unchanged then.
    ///
    /// # Panics
    /// As the function; and if it can't be recorded, see [`jit`]. The modules are unchanged then.
    #[track_caller]
    pub fn call(&mut self, mut modules: M::Refs<'_>, x: X) -> Result<F::Output, Error> {
        self.list.clear();
        x.into_list(&mut self.list);
        let free = |x: &DynTensor| !x.is_tracked() && !x.is_batched() && !x.is_traced();
        let inputs_are_free = self.list.iter().all(free);
        match self.find(&modules).filter(|_| inputs_are_free) {
            Some((structure, program)) => self.replay(structure, program, &mut modules)?,
            None if !self.is_outermost(&modules) => {
                return self.f.run(modules, X::from_list(&mut self.list.drain(..)));
            }
            None => {
                let traced = self.trace(&mut modules)?;
                let plan = Plan::with(&traced.program, Rewrites::Exact, &Memo::default())?;
                write::<M>(&mut modules, &mut self.path, &mut traced.variables.into_iter());
                let structure = match self.structures.iter_mut().find(|s| s.known == traced.known) {
                    Some(structure) => structure,
                    None => {
                        if self.structures.len() == MOST_STRUCTURES {
                            self.structures.remove(0);
                        }
                        self.structures.push(Structure::new(traced.known));
                        self.structures.last_mut().expect("it was pushed just now")
                    }
                };
                structure.add(traced.inputs, traced.guards, plan, MOST_PROGRAMS);
                self.list.extend(traced.outputs);
            }
        }
        Ok(F::Output::from_list(&mut self.list.drain(..)))
    }

    /// The program of a run. The modules don't change.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Panics
    /// As [`call`](Self::call); and if an input or a module is being differentiated, batched or recorded.
    #[track_caller]
    pub fn program(&mut self, mut modules: M::Refs<'_>, x: X) -> Result<Program, Error> {
        self.list.clear();
        x.into_list(&mut self.list);
        assert!(
            self.is_outermost(&modules),
            "`program` and `plan` take tensors that aren't being differentiated, batched by `vmap` or recorded"
        );
        Ok(self.trace(&mut modules)?.program)
    }

    /// The plan of a run: its steps, what is fused, FLOPs and bytes. The modules don't change.
    ///
    /// ```
    /// use nnx_core::{Tensor, module::{Init, Layer, jit, loss_and_grad}, nn::Linear, optim::{Optimizer, adam}};
    /// use nnx_core::{random::Rngs, size::{U1, U2}, tensor::Tensor};
    ///
    /// let mut model = Linear::<U2, U1>::init(&mut Rngs::new(0));
    /// let mut optimizer = Optimizer::new(&model, adam(0.1));
    /// let mut step = jit(|(model, optimizer): (&mut Linear<U2, U1>, &mut Optimizer), x: Tensor![4, 2]| {
    ///     let (loss, grads) = loss_and_grad(model, |model, pass| model.forward(x, pass).mean())?;
    ///     optimizer.update(model, grads)?;
    ///     Ok(loss)
    /// });
    /// let plan = step.plan((&mut model, &mut optimizer), Tensor::ones())?;
    /// assert!(plan.to_string().contains("linear"), "{plan}");
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`call`](Self::call).
    ///
    /// # Panics
    /// As [`program`](Self::program).
    #[track_caller]
    pub fn plan(&mut self, modules: M::Refs<'_>, x: X) -> Result<Plan, Error> {
        Ok(Plan::with(&self.program(modules, x)?, Rewrites::Exact, &Memo::default())?)
    }

    /// Whether nothing is being differentiated, batched or recorded.
    fn is_outermost(&self, modules: &M::Refs<'_>) -> bool {
        let free = |x: &DynTensor| !x.is_tracked() && !x.is_batched() && !x.is_traced();
        let mut plain = self.list.iter().all(free);
        M::visit(
            modules,
            &mut Visitor::new(&mut |_, variable| {
                plain &= variable.array().trace().is_none();
            }),
        );
        plain
    }
}

impl<F, M, X> Jit<F, M, X> {
    /// The number of programs that were recorded and are kept: for each size of the inputs, and of what a counter in a branch
    /// has been, as that of [`every`](crate::optim::every). The last 64 of each model are kept, for the last 64 models.
    #[must_use]
    pub fn programs(&self) -> usize {
        self.structures.iter().map(Structure::programs).sum()
    }

    /// Forgets all programs, so that the next call records. Call it after a change outside of variables, such as
    /// another dropout rate or another captured tensor.
    pub fn clear(&mut self) {
        self.structures.clear();
    }
}

impl<F, M, X> fmt::Debug for Jit<F, M, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jit").field("programs", &self.programs()).finish_non_exhaustive()
    }
}
