//! A tensor that belongs to a model.

use std::fmt;
use std::marker::PhantomData;

use super::kind::{self, Kind, KindId};
use super::value::{Part, Value};
use super::{Init, Module, Pass, Visitor, VisitorMut};
use crate::array::{Array, Dims, Element, ShapeError};
use crate::ops::{DynTensor, next_id};
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::{Shape, StaticShape};
use crate::tensor::{Real, Tensor};

/// A tensor of type `T` that belongs to a model, of kind `K`.
///
/// A pass reads it with [`get`](Self::get) and gives it a new value with [`set`](Self::set); the model
/// itself changes when the pass is committed. A clone is a variable of its own.
pub struct Variable<T, K> {
    id: u64,
    value: T,
    kind: PhantomData<fn() -> K>,
}

/// Trained weights of shape `S` (`nnx.Param`).
pub type Param<S, E = f32> = Variable<Tensor<S, E>, kind::Param>;
/// Running statistics of shape `S` (`nnx.BatchStat`).
pub type BatchStat<S, E = f32> = Variable<Tensor<S, E>, kind::BatchStat>;
/// What a layer keeps between calls, of shape `S` (`nnx.Cache`).
pub type Cache<S, E = f32> = Variable<Tensor<S, E>, kind::Cache>;

impl<T, K> Variable<T, K> {
    /// A variable with a first value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { id: next_id(), value, kind: PhantomData }
    }

    /// The value outside any pass.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Gives the variable another value.
    pub fn replace(&mut self, value: T) {
        self.value = value;
    }
}

impl<S: StaticShape, E: Real, K> Variable<Tensor<S, E>, K> {
    /// A variable that starts as an initializer says, from the next key of the stream `params`; nothing is
    /// drawn for a [blank](Rngs::blank) model.
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
    /// If `rngs` has neither a stream `params` nor a default one, or the rule makes no sense for the shape.
    #[must_use]
    pub fn drawn(initializer: &dyn Initializer, rngs: &mut Rngs) -> Self {
        let dims: Dims = S::AXES.iter().flatten().copied().collect();
        Self::drawn_as(initializer, &dims, rngs)
    }

    /// As [`drawn`](Self::drawn), by an initializer that sees other sizes, of as many elements.
    pub(crate) fn drawn_as(initializer: &dyn Initializer, seen: &[usize], rngs: &mut Rngs) -> Self {
        // Also where nothing is drawn: all keys behind it stay what they are.
        let key = rngs.params();
        if rngs.is_blank() {
            return Self::new(Tensor::zeros());
        }
        let dims: Dims = S::AXES.iter().flatten().copied().collect();
        let elements = initializer.sample(key, seen);
        let elements = elements.into_iter().map(|x| E::from_f64(f64::from(x))).collect();
        Self::new(Tensor::trusted(Array::filled::<E>(elements, dims).into()))
    }
}

impl<S: Shape, E: Element, K: Kind> Variable<Tensor<S, E>, K> {
    /// The value in this pass: what the pass has set, else the model's. Where the pass differentiates
    /// with respect to this variable, gradients flow to it.
    #[must_use]
    pub fn get(&self, pass: &Pass) -> Tensor<S, E> {
        Tensor::trusted(pass.read(self.id, self.value.array()))
    }

    /// May this pass give the variable another value? A training pass may, unless the variable is
    /// [frozen](Pass::freeze); a decoding pass may where this is a [`Cache`]; an evaluation pass never.
    #[must_use]
    pub fn may_set(&self, pass: &Pass) -> bool {
        pass.may_write(self.id, KindId::of::<K>())
    }

    /// Gives the variable another value in this pass, without a gradient; the model has it once the
    /// pass is committed.
    ///
    /// # Panics
    /// If the pass mustn't: ask [`may_set`](Self::may_set) first.
    #[track_caller]
    pub fn set(&self, value: Tensor<S, E>, pass: &mut Pass) {
        pass.write(self.id, KindId::of::<K>(), value.stop_gradient().into_dyn());
    }

    /// Gives the elements from `start` on along `axis` other values in this pass, as [`set`](Self::set)
    /// gives all; a large variable is changed in place, and no other element is moved, once the pass is
    /// committed.
    #[track_caller]
    pub(crate) fn set_part(&self, axis: usize, start: usize, part: DynTensor, pass: &mut Pass) {
        let part = Part { axis, start, elements: part.into_array() };
        pass.write_part(self.id, KindId::of::<K>(), part);
    }

    /// What `run` gives while the variable has another value, through which gradients flow: a layer
    /// inside another that changes its weights, such as `WeightNorm`. Behind it
    /// the variable is what it was before, also where `run` has set it.
    pub fn replaced_by<R>(
        &self,
        value: Tensor<S, E>,
        pass: &mut Pass,
        run: impl FnOnce(&mut Pass) -> R,
    ) -> R {
        let before = pass.exchange(self.id, Some(Value::Leaf(value.into_dyn())));
        let result = run(pass);
        pass.exchange(self.id, before);
        result
    }
}

impl<T: Clone, K> Clone for Variable<T, K> {
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}

impl<T: fmt::Debug, K: Kind> fmt::Debug for Variable<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", K::NAME, self.value)
    }
}

/// A variable as a traversal sees it, its shape known at run time.
pub trait AnyVariable {
    /// What tells this variable from all others while the program runs.
    fn id(&self) -> u64;
    /// Its kind.
    fn kind(&self) -> KindId;
    /// Its value.
    fn array(&self) -> &Array;
    /// Its shape, as its type says it: `(Batch, 10)`.
    fn shape(&self) -> String;
    /// Would this array be accepted as a value?
    ///
    /// # Errors
    /// If shape or element type differ.
    fn check(&self, array: &Array) -> Result<(), ShapeError>;
    /// Gives it another value.
    ///
    /// # Errors
    /// If shape or element type differ; the variable is unchanged then.
    fn set_array(&mut self, array: Array) -> Result<(), ShapeError>;
    /// Does it belong to a shared module, so that no value but its own is accepted? See [`Module`].
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
    fn shape(&self) -> String {
        S::describe()
    }
    fn check(&self, array: &Array) -> Result<(), ShapeError> {
        Tensor::<S, E>::try_from(array.clone()).map(drop)
    }
    fn set_array(&mut self, array: Array) -> Result<(), ShapeError> {
        self.value = Tensor::try_from(array)?;
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
}

impl<S: StaticShape, E: Real, K: Kind> Init for Variable<Tensor<S, E>, K> {
    /// Zeros. A layer that starts elsewhere says so: `#[module(init = Param::new(..))]`, or
    /// `Param::drawn(&init::lecun_normal(), rngs)`.
    fn init(_: &mut Rngs) -> Self {
        Self::new(Tensor::zeros())
    }
}
