//! A model whose forward pass is recorded once, planned, and run again.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::plan_cache::PlanCache;
use super::value::Value;
use super::{Layer, Module, Pass, Visitor};
use crate::Error;
use crate::array::scratch::{self, List};
use crate::ops::{DynTensor, Signature};
use crate::program::{Memo, Plan, Program, Recorder, Rewrites};
use crate::tensor::Tensors;

/// A model for inference, whose forward pass is recorded as a [`Program`] (`nnx.jit` in Flax, `torch.compile`).
///
/// `X` is the type of the input: a tensor, or a tuple or an array of them. The first run of each size of the input records
/// the operations and plans them; later runs of that size replay the plan. A result is the same, bit for bit, as
/// that of [`infer`](Layer::infer), but after a `BatchNorm` that follows a convolution or a linear layer: its scale and
/// shift go into the weights ([`Rewrites::All`](crate::program::Rewrites::All)). Any number of threads may run one compiled model at once.
///
/// A plan computes what doesn't depend on the input only once, leaves out what the result doesn't need, packs weights,
/// fuses products with the elementwise operations that follow, and overwrites arrays in place. It has no checks of shapes,
/// since they have passed. Packed weights take as much memory as the weights, once for all plans. The plans of the last 64
/// sizes are kept; pad inputs of many lengths to some of them.
///
/// `model` is the model, a reference to it, or an `Arc`.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, compile}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U3};
///
/// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let linear = compile::<Tensor![Batch, 3], _>(&model);
/// for batch in [1, 4, 1] {
///     let x = <Tensor![Batch, 3]>::ones_of(&[batch]);
///     assert_eq!(linear.infer(x.clone()), model.infer(x));
/// }
/// ```
///
/// # What can't be recorded
/// The plan repeats the operations of the recorded run. Rust code between them doesn't run again: a `for` loop over layers is
/// unrolled, an `if` keeps the branch that it took. Where a model reads elements of a tensor in its forward pass, such
/// as `item()` to branch on a number, or draws from a stream of its own, the recording panics; the panic is located at the call.
/// What it draws
/// from a generator outside of the model is drawn once.
pub struct Compiled<X, M> {
    model: M,
    plans: PlanCache<Vec<Signature>>,
    /// What the plans computed of the weights.
    memo: Memo,
    input: PhantomData<fn(X)>,
}

/// Makes a [`Compiled`] model. Nothing is recorded before the first run.
pub fn compile<X: Tensors, M: Layer<X, Output: Tensors> + Module>(model: M) -> Compiled<X, M> {
    Compiled { model, plans: PlanCache::default(), memo: Memo::default(), input: PhantomData }
}

impl<X: Tensors, M: Layer<X, Output: Tensors> + Module> Compiled<X, M> {
    /// The output for `x`: what [`Layer::infer`] returns.
    ///
    /// Within `vmap`, or where a gradient with respect to `x` is wanted, the model itself runs.
    ///
    /// # Panics
    /// As the forward pass of the model.
    #[track_caller]
    pub fn infer(&self, x: X) -> M::Output {
        match self.try_infer(x) {
            Ok(output) => output,
            Err(error) => panic!("{error}"),
        }
    }

    /// The output for `x`: what [`Layer::try_infer`] returns.
    ///
    /// # Errors
    /// The error that the model passed to [`Pass::fail`], or that of an operation, such as an index that is outside of
    /// an axis.
    ///
    /// # Panics
    /// If the forward pass can't be recorded, as above.
    #[track_caller]
    pub fn try_infer(&self, x: X) -> Result<M::Output, Error> {
        // Lists of the thread's own memory, so that a run after others allocates nothing.
        let mut inputs: List<DynTensor> = scratch::list();
        x.into_list(&mut inputs);
        if inputs.iter().any(|x| x.is_tracked() || x.is_batched() || x.is_traced()) {
            return self.model.try_infer(X::from_list(&mut inputs.drain(..)));
        }
        let signatures: List<Signature> = inputs.iter().map(DynTensor::stored_signature).collect();
        match self.plans.find(&signatures[..]) {
            Some(plan) => {
                let mut inputs = inputs.drain(..).map(DynTensor::into_array);
                let mut outputs = plan.run_checked(&mut inputs)?;
                Ok(M::Output::from_list(&mut outputs.drain(..).map(DynTensor::from)))
            }
            None => {
                let (program, outputs) = self.record(inputs.drain(..).collect())?;
                let plan = Arc::new(Plan::with(&program, Rewrites::All, &self.memo)?);
                self.plans.insert(signatures.to_vec(), plan);
                Ok(M::Output::from_list(&mut outputs.into_iter()))
            }
        }
    }

    /// The program of a run on `x`.
    ///
    /// # Errors
    /// As [`try_infer`](Self::try_infer).
    #[track_caller]
    pub fn program(&self, x: X) -> Result<Program, Error> {
        let mut inputs = Vec::new();
        x.into_list(&mut inputs);
        Ok(self.record(inputs)?.0)
    }

    /// The plan of a run on `x`.
    ///
    /// # Errors
    /// As [`try_infer`](Self::try_infer).
    #[track_caller]
    pub fn plan(&self, x: X) -> Result<Plan, Error> {
        Ok(Plan::with(&self.program(x)?, Rewrites::All, &self.memo)?)
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// Runs the model, and records the run. Without a closure, so that a panic is located at the caller's line.
    #[track_caller]
    fn record(&self, inputs: Vec<DynTensor>) -> Result<(Program, Vec<DynTensor>), Error> {
        let (recorder, inputs, mut pass) = begin(&self.model, inputs);
        let output = self.model.forward(X::from_list(&mut inputs.into_iter()), &mut pass);
        pass.check()?;
        let mut outputs = Vec::new();
        output.into_list(&mut outputs);
        Ok(recorder.finish(outputs))
    }
}

/// Runs a function of tensors and of a model in an evaluation pass, and records its operations: the program, and the results
/// of this run. [`compile`] does this for a forward pass whose types are known.
///
/// ```
/// use nnx_core::module::{Layer, record};
/// use nnx_core::{array::Array, nn::Relu, ops::DynTensor, program::Plan};
///
/// let x = DynTensor::from(Array::new(vec![1.0f32, -2.0], &[2])?);
/// let (program, outputs) = record(&Relu, vec![x], |x, _| vec![x[0].clone().relu().exp()])?;
/// let plan = Plan::new(&program)?;
/// let y = plan.run(vec![Array::new(vec![0.0f32, -1.0], &[2])?])?;
/// assert_eq!(y[0].to_vec::<f32>()?, [1.0, 1.0]);
/// # assert_eq!(outputs[0].dims(), y[0].dims());
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// # Errors
/// The error that the model passed to [`Pass::fail`].
///
/// # Panics
/// If `f` reads elements of a tensor that depends on the inputs or on a variable, or an input is being differentiated,
/// batched or recorded.
#[track_caller]
pub fn record<M: Module + ?Sized>(
    model: &M,
    inputs: Vec<DynTensor>,
    f: impl FnOnce(Vec<DynTensor>, &mut Pass) -> Vec<DynTensor>,
) -> Result<(Program, Vec<DynTensor>), Error> {
    let (recorder, inputs, mut pass) = begin(model, inputs);
    let outputs = f(inputs, &mut pass);
    pass.check()?;
    Ok(recorder.finish(outputs))
}

/// Starts a recording: the recorder, the input tensors, and a pass that reads the model's variables as variables of the
/// program.
#[track_caller]
fn begin<M: Module + ?Sized>(
    model: &M,
    inputs: Vec<DynTensor>,
) -> (Recorder, Vec<DynTensor>, Pass) {
    let free = |x: &DynTensor| !x.is_tracked() && !x.is_batched() && !x.is_traced();
    assert!(
        inputs.iter().all(free),
        "`record` takes tensors that aren't being differentiated, batched by `vmap` or recorded: here call the function \
         itself, or pass `x.stop_gradient()`"
    );
    let mut recorder = Recorder::default();
    let inputs = inputs.into_iter().map(|x| recorder.input(x.into_array())).collect();
    let mut pass = Pass::eval();
    model.visit(&mut Visitor::new(&mut |path, variable| {
        let tensor = recorder.variable(path.to_string(), variable.array().clone());
        pass.replace_value(variable.id(), Some(Value::Leaf(tensor)));
    }));
    (recorder, inputs, pass)
}

impl<X, M: fmt::Debug> fmt::Debug for Compiled<X, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled")
            .field("model", &self.model)
            .field("plans", &self.plans.len())
            .finish()
    }
}
