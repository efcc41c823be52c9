//! [`Variable`]: a tensor that belongs to a model.

use std::fmt;
use std::marker::PhantomData;

use super::bf16::{as_stored, expect_stored};
use super::kind::{self, Kind, KindId};
use super::value::{SliceUpdate, Value};
use super::{Init, Module, ModuleVisitor, Pass, Visitor, VisitorMut};
use crate::array::{Array, DType, Dims, Element, ShapeError};
use crate::ops::{DynTensor, next_id};
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::{Shape, StaticShape};
use crate::tensor::{Real, Tensor};

/// A tensor of type `T` that belongs to a model, of kind `K`.
///
/// Layers read it with [`get`](Self::get) and update it with [`set`](Self::set), both in a pass; the model
/// changes when the pass is committed. A clone is an independent variable.
pub struct Variable<T, K> {
    id: u64,
    value: T,
    kind: PhantomData<fn() -> K>,
}

/// Trained weights of shape `S` (`nnx.Param`).
pub type Param<S, E = f32> = Variable<Tensor<S, E>, kind::Param>;
/// Running statistics of shape `S` (`nnx.BatchStat`).
pub type BatchStat<S, E = f32> = Variable<Tensor<S, E>, kind::BatchStat>;
/// A layer's memory between calls, of shape `S` (`nnx.Cache`).
pub type Cache<S, E = f32> = Variable<Tensor<S, E>, kind::Cache>;

impl<T, K> Variable<T, K> {
    fn with_value(value: T) -> Self {
        Self { id: next_id(), value, kind: PhantomData }
    }

    /// The value in the model, outside any pass. After [`to_bf16`](super::to_bf16) its array may be of bf16.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }
}

impl<S: Shape, E: Element, K: Kind> Variable<Tensor<S, E>, K> {
    /// A variable with this value. Values of bf16 are widened to f32, unless the variable is a parameter.
    #[must_use]
    pub fn new(value: Tensor<S, E>) -> Self {
        Self::with_value(Self::as_stored(value))
    }

    /// Sets the value in the model, outside any pass. Values of bf16 are widened to f32, unless the variable is a parameter.
    pub fn replace(&mut self, value: Tensor<S, E>) {
        self.value = Self::as_stored(value);
    }

    fn as_stored(value: Tensor<S, E>) -> Tensor<S, E> {
        Tensor::trusted(as_stored(value.into_dyn(), KindId::of::<K>()))
    }
}

impl<S: StaticShape, E: Real, K: Kind> Variable<Tensor<S, E>, K> {
    /// A variable whose value an initializer samples, with the next key of the stream `params`. In a
    /// [blank](Rngs::blank) model it is zeros, and nothing is sampled.
    ///
    /// ```
    /// use nnx_core::{Module, module::{Init, Param}, random::{Rngs, init}, size::{U2, U3}};
    ///
    /// #[derive(Module)]
    /// struct Bilinear {
    ///     #[module(init = Param::drawn(&init::lecun_normal(), rngs))]
    ///     kernel: Param<(U3, U2)>,
    /// }
    /// let layer = Bilinear::init(&mut Rngs::new(0));
    /// assert_ne!(layer.kernel.value().to_vec(), [0.0; 6]);
    /// ```
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one, or the initializer doesn't support the shape.
    #[must_use]
    pub fn drawn(initializer: &dyn Initializer, rngs: &mut Rngs) -> Self {
        let dims: Dims = S::AXES.iter().flatten().copied().collect();
        Self::drawn_as(initializer, &dims, rngs)
    }

    /// [`drawn`](Self::drawn), but the initializer gets `sizes` in place of the variable's own. The number of elements
    /// must be the same.
    pub(crate) fn drawn_as(
        initializer: &dyn Initializer,
        sizes: &[usize],
        rngs: &mut Rngs,
    ) -> Self {
        // A key is drawn even if nothing is sampled, so that later variables get the same keys.
        let key = rngs.params();
        if rngs.is_blank() {
            return Self::new(Tensor::zeros());
        }
        let dims: Dims = S::AXES.iter().flatten().copied().collect();
        let array = match E::DTYPE {
            DType::F64 => Array::filled::<f64>(initializer.sample_f64(key, sizes), dims),
            _ => Array::filled::<f32>(initializer.sample(key, sizes), dims),
        };
        Self::new(Tensor::trusted(array.into()))
    }
}

impl<S: Shape, E: Element, K: Kind> Variable<Tensor<S, E>, K> {
    /// The value in this pass: the one that the pass has set, else the model's. If the pass differentiates with
    /// respect to this variable, gradients flow to it.
    #[must_use]
    pub fn get(&self, pass: &Pass) -> Tensor<S, E> {
        Tensor::trusted(pass.read(self.id, self.value.array()))
    }

    /// Whether this pass may set the variable: a training pass may, unless the variable is
    /// [frozen](Pass::freeze); a decoding pass may if this is a [`Cache`]; an evaluation pass may not.
    #[must_use]
    pub fn may_set(&self, pass: &Pass) -> bool {
        pass.may_write(self.id, KindId::of::<K>())
    }

    /// Sets the value in this pass, without gradients; the model gets it when the pass is committed. Values of bf16 are
    /// widened to f32, unless the variable is a parameter.
    ///
    /// # Panics
    /// If the pass may not set it: check [`may_set`](Self::may_set) first.
    #[track_caller]
    pub fn set(&self, value: Tensor<S, E>, pass: &mut Pass) {
        pass.write(self.id, KindId::of::<K>(), Self::as_stored(value.stop_gradient()).into_dyn());
    }

    /// As [`set`](Self::set), for the elements from index `start` on along `axis`. When the pass is committed,
    /// the variable is changed in place: no other element is copied.
    #[track_caller]
    pub(crate) fn set_slice(
        &self,
        axis: usize,
        start: usize,
        elements: DynTensor,
        pass: &mut Pass,
    ) {
        let slice = SliceUpdate {
            axis,
            start,
            elements: as_stored(elements, KindId::of::<K>())
                .array_for("set_slice (of a cache)")
                .clone(),
        };
        pass.write_slice(self.id, KindId::of::<K>(), slice);
    }

    /// Calls `run` while the variable has a different value in the pass, and returns its result. Gradients flow to
    /// `value`: for layers that transform the weights of another layer, such as `WeightNorm`. Afterwards the
    /// variable has its previous value in the pass, even if `run` has set it.
    pub fn replaced_by<R>(
        &self,
        value: Tensor<S, E>,
        pass: &mut Pass,
        run: impl FnOnce(&mut Pass) -> R,
    ) -> R {
        let before = pass.replace_value(self.id, Some(Value::Leaf(value.into_dyn())));
        let result = run(pass);
        pass.replace_value(self.id, before);
        result
    }
}

impl<T: Clone, K> Clone for Variable<T, K> {
    fn clone(&self) -> Self {
        Self::with_value(self.value.clone())
    }
}

impl<T: fmt::Debug, K: Kind> fmt::Debug for Variable<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", K::NAME, self.value)
    }
}

/// A variable of any type, as a traversal passes it: its shape is a runtime value.
pub trait AnyVariable {
    /// An id that no other variable of this process has.
    fn id(&self) -> u64;
    /// Its kind.
    fn kind(&self) -> KindId;
    /// Its value.
    fn array(&self) -> &Array;
    /// Its shape, with the names of runtime axes: `(Batch, 10)`.
    fn shape(&self) -> String;
    /// Checks that the variable can be set to this array.
    ///
    /// # Errors
    /// If shape or element type differ. Parameters of f32 may be stored as bf16, see [`to_bf16`](super::to_bf16).
    fn check(&self, array: &Array) -> Result<(), ShapeError>;
    /// Sets its value.
    ///
    /// # Errors
    /// If shape or element type differ; the variable is unchanged then.
    fn set_array(&mut self, array: Array) -> Result<(), ShapeError>;
    /// The outermost tape that the value is on, if it is on one.
    #[doc(hidden)]
    fn outermost_tape(&self) -> Option<u64> {
        None
    }
    /// Whether it belongs to a shared module, so that only its own value is accepted: see [`Module`].
    fn is_read_only(&self) -> bool {
        false
    }
}

impl<S: Shape, E: Element, K: Kind> AnyVariable for Variable<Tensor<S, E>, K> {
    fn id(&self) -> u64 {
        self.id
    }
    fn kind(&self) -> KindId {
        KindId::of::<K>()
    }
    fn array(&self) -> &Array {
        self.value.array()
    }
    fn outermost_tape(&self) -> Option<u64> {
        self.value.outermost_tape()
    }
    fn shape(&self) -> String {
        S::describe()
    }
    fn check(&self, array: &Array) -> Result<(), ShapeError> {
        expect_stored(array, E::DTYPE, KindId::of::<K>())?;
        let found = array.dims();
        match S::mismatch(&found) {
            None => Ok(()),
            Some(problem) => Err(ShapeError::Shape { expected: S::describe(), found, problem }),
        }
    }
    fn set_array(&mut self, array: Array) -> Result<(), ShapeError> {
        self.check(&array)?;
        self.value = Tensor::trusted(array.into());
        Ok(())
    }
}

impl<S: Shape, E: Element, K: Kind> Module for Variable<Tensor<S, E>, K> {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.variable(self);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        visitor.variable(self);
    }
    fn visit_modules(&mut self, _: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
    }
}

impl<S: StaticShape, E: Real, K: Kind> Init for Variable<Tensor<S, E>, K> {
    /// Zeros. For other initial values write `#[module(init = Param::new(..))]`, or
    /// `Param::drawn(&init::lecun_normal(), rngs)`.
    fn init(_: &mut Rngs) -> Self {
        Self::new(Tensor::zeros())
    }
}
