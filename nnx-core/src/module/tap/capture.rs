//! The values of taps, captured by a pass.

use std::any::{TypeId, type_name};
use std::collections::HashMap;

use super::{Captured, Captures, Tap};
use crate::Error;
use crate::grad::Tape;
use crate::module::modules::{Address, Entered};
use crate::module::{Key, Module, Pass, Path, TensorType, Visitor};
use crate::ops::DynTensor;

/// The values that a pass has captured so far.
#[derive(Debug, Default)]
pub(in crate::module) struct Capture {
    values: Vec<Value>,
    /// The tape of a differentiation with respect to taps.
    tape: Option<Tape>,
}

#[derive(Debug)]
struct Value {
    tap: TypeId,
    name: &'static str,
    /// The module that was passed to [`Pass::within`].
    module: Option<(Address, &'static str)>,
    describe: fn() -> String,
    tensor: DynTensor,
}

impl Capture {
    pub(in crate::module) fn on(tape: &Tape) -> Self {
        Self { values: Vec::new(), tape: Some(tape.clone()) }
    }

    fn put<T: Tap>(&mut self, module: Option<(Address, &'static str)>, tensor: DynTensor) {
        let describe = <T::Value as TensorType>::describe;
        self.values.push(Value { tap: TypeId::of::<T>(), name: T::NAME, module, describe, tensor });
    }

    /// The values with their paths in `model`.
    pub(in crate::module) fn into_captures<M: Module + ?Sized>(self, model: &M) -> Captures {
        let mut paths: HashMap<(Address, &'static str), Path> = HashMap::new();
        let mut entered = |path: &Path, module: &Entered<'_>| {
            paths.entry((module.address, module.type_name)).or_insert_with(|| path.clone());
        };
        if self.values.iter().any(|value| value.module.is_some()) {
            model.visit(&mut Visitor::new(&mut |_, _| {}).entering(&mut entered));
        }
        let captured = |value: Value| {
            let within = value.module.and_then(|module| paths.get(&module)).cloned();
            Captured {
                path: within.unwrap_or_default().join(Key::Name(value.name.into())),
                shape: (value.describe)(),
                tensor: value.tensor,
                tap: value.tap,
            }
        };
        Captures(self.values.into_iter().map(captured).collect())
    }
}

impl Pass {
    /// Captures the value of a tap (`sow` of an `nnx.Module`; a forward hook in PyTorch), if this pass captures: see
    /// [`capture`]. Otherwise it does nothing, and costs one comparison.
    ///
    /// The path of the value is the name of the tap. [`within`](Self::within) puts that of a module before it. A tap may
    /// be used any number of times in a pass; its values are in the order of the calls.
    ///
    /// In [`value_and_gradients_of`](crate::module::value_and_gradients_of), the gradient with respect to the value is available
    /// as well, if the value depends on a variable or an input of the differentiation;
    /// [`perturb`](Self::perturb) makes it available in any case.
    #[inline]
    #[doc(alias = "sow")]
    #[doc(alias = "register_forward_hook")]
    pub fn tap<T: Tap>(&mut self, x: &T::Value) {
        if let Some(capture) = &mut self.capture {
            put::<T>(capture, None, x);
        }
    }

    /// As [`tap`](Self::tap), and returns the value (`perturb` of an `nnx.Module`). The gradient of the loss with respect
    /// to it is available, even if it depends on no variable: within [`frozen`](Self::frozen), for instance.
    #[inline]
    #[must_use = "the gradient with respect to the tap is that of the value that this returns"]
    pub fn perturb<T: Tap>(&mut self, x: T::Value) -> T::Value {
        match &mut self.capture {
            Some(capture) => perturbed::<T>(capture, None, x),
            None => x,
        }
    }

    /// Taps in this module, whose path is put before the name of the tap: `pass.within(self).tap::<Scores>(&scores)`
    /// has a path such as `blocks/3/attention/Scores`.
    ///
    /// `module` is a module of the model in the place where it is: the path of a clone, or of a module that a
    /// [`Module`] written by hand doesn't [enter](Visitor::enter), is empty.
    #[inline]
    pub fn within<'p, M: ?Sized>(&'p mut self, module: &M) -> TapIn<'p> {
        TapIn {
            capture: self.capture.as_deref_mut(),
            module: (Address::of(module), type_name::<M>()),
        }
    }

    /// A pass that captures the values of taps. [`captures`](Self::captures) returns them; [`capture`] does both.
    #[must_use]
    pub fn capturing(mut self) -> Self {
        self.capture = Some(Box::default());
        self
    }

    /// The values of taps that this pass has captured, with their paths in `model`, the one that was run. Later taps are
    /// captured anew. There are none if the pass isn't [`capturing`](Self::capturing).
    pub fn captures<M: Module + ?Sized>(&mut self, model: &M) -> Captures {
        let Some(capture) = &mut self.capture else { return Captures::default() };
        let tape = capture.tape.clone();
        let taken = std::mem::replace(&mut **capture, Capture { values: Vec::new(), tape });
        taken.into_captures(model)
    }
}

#[cold]
fn put<T: Tap>(capture: &mut Capture, module: Option<(Address, &'static str)>, x: &T::Value) {
    capture.put::<T>(module, x.clone().into_dyn());
}

#[cold]
fn perturbed<T: Tap>(
    capture: &mut Capture,
    module: Option<(Address, &'static str)>,
    x: T::Value,
) -> T::Value {
    let mut tensor = x.into_dyn();
    if let Some(tape) = &capture.tape
        && !tape.tracks(&tensor)
        && tensor.dtype().is_float()
    {
        tensor = tape.leaf(tensor);
    }
    capture.put::<T>(module, tensor.clone());
    T::Value::from_dyn(tensor).expect("a tensor of this type")
}

/// The taps of a module in a pass: see [`Pass::within`].
#[derive(Debug)]
pub struct TapIn<'p> {
    capture: Option<&'p mut Capture>,
    module: (Address, &'static str),
}

impl TapIn<'_> {
    /// See [`Pass::tap`].
    #[inline]
    pub fn tap<T: Tap>(self, x: &T::Value) {
        if let Some(capture) = self.capture {
            put::<T>(capture, Some(self.module), x);
        }
    }

    /// See [`Pass::perturb`].
    #[inline]
    #[must_use = "the gradient with respect to the tap is that of the value that this returns"]
    pub fn perturb<T: Tap>(self, x: T::Value) -> T::Value {
        match self.capture {
            Some(capture) => perturbed::<T>(capture, Some(self.module), x),
            None => x,
        }
    }
}

/// Runs `f` in an evaluation pass, and returns its result with the values of all taps (`nnx.capture`).
///
/// For a training pass, or one that is committed, use [`Pass::capturing`] and [`Pass::captures`]. While a pass captures, a
/// [`Remat`](crate::nn::Remat) runs its layer as it is, and saves what that saves.
///
/// # Errors
/// The first error of [`Pass::fail`].
pub fn capture<M: Module + ?Sized, R>(
    model: &M,
    f: impl FnOnce(&M, &mut Pass) -> R,
) -> Result<(R, Captures), Error> {
    let mut pass = Pass::eval().capturing();
    let result = f(model, &mut pass);
    pass.check()?;
    Ok((result, pass.captures(model)))
}
