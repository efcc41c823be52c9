//! Taps: named, typed places in a forward pass, whose values are captured and differentiated.

use std::any::{TypeId, type_name};
use std::collections::HashMap;
use std::fmt;

use super::modules::{Address, Entered};
use super::{Module, Pass, Path, TensorType, Visitor};
use crate::Error;
use crate::grad::Tape;
use crate::ops::DynTensor;

/// A named place in a forward pass, with the type of its value. Declare one with [`tap!`](crate::tap).
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a tap",
    label = "expected a name that `tap!` declares",
    note = "declare a tap with the type of its value: `tap!(pub Scores: Tensor![Batch, 4, Time, Time])`"
)]
pub trait Tap: 'static {
    /// The type of the value, a tensor.
    type Value: TensorType + Clone;
    /// The name, which is the last segment of the path of a value.
    const NAME: &'static str;
}

/// Declares taps: names for values of a forward pass, with their types. [`Pass::tap`] captures them.
///
/// A tap of a generic layer has the parameters that its type needs, in angle brackets.
///
/// ```
/// use nnx_core::module::{Init, Layer, Pass, capture};
/// use nnx_core::{Module, Tensor, nn::Linear, random::Rngs, size::{Batch, Dim, U3, U4}, tap, tensor::Tensor};
///
/// tap! {
///     /// The hidden features.
///     pub Hidden: Tensor![Batch, 4];
///     /// The same over any batch axis.
///     pub HiddenOf<B: Dim>: Tensor![B, 4];
/// }
///
/// #[derive(Module)]
/// struct Net {
///     layer: Linear<U3, U4>,
/// }
/// impl Layer<Tensor![Batch, 3]> for Net {
///     type Output = Tensor![Batch, 4];
///     fn forward(&self, x: Tensor![Batch, 3], pass: &mut Pass) -> Self::Output {
///         let hidden = self.layer.forward(x, pass).relu();
///         pass.tap::<Hidden>(&hidden);
///         pass.within(self).tap::<HiddenOf<Batch>>(&hidden);
///         hidden.square()
///     }
/// }
///
/// let net = Net::init(&mut Rngs::new(0));
/// let x = Tensor::from_vec(vec![1.0; 6])?;
/// let (y, captures) = capture(&net, |net, pass| net.forward(x, pass))?;
/// let hidden: &Tensor![Batch, 4] = &captures.get::<Hidden>()[0];
/// assert_eq!(y.to_vec()[0], hidden.to_vec()[0].powi(2));
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[macro_export]
macro_rules! tap {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis $name:ident $(<$($parameter:ident $(: $bound:path)?),+ $(,)?>)?: $value:ty
        $(; $($rest:tt)*)?) => {
        $(#[$attribute])*
        #[doc = ::core::concat!("The tap `", ::core::stringify!($name), "`.")]
        #[derive(::core::fmt::Debug)]
        $visibility struct $name $(<$($parameter),+>)? (
            ::core::marker::PhantomData<fn() -> ($($($parameter,)+)?)>,
        );
        #[diagnostic::do_not_recommend]
        impl $(<$($parameter $(: $bound)?),+>)? $crate::module::Tap for $name $(<$($parameter),+>)? {
            type Value = $value;
            const NAME: &'static ::core::primitive::str = ::core::stringify!($name);
        }
        $($crate::tap! { $($rest)* })?
    };
    ($($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`tap!` takes names with the types of their values, separated by `;`: \
             `tap!(pub Scores: Tensor![Batch, 4, Time, Time])`, \
             `tap!(pub Scores<B: Dim, T: Dim>: Tensor![B, 4, T, T])`; found `",
            ::core::stringify!($($wrong)*),
            "`",
        ));
    };
}

/// The values that a pass has captured so far.
#[derive(Debug, Default)]
pub(super) struct Capture {
    values: Vec<Value>,
    /// The tape of a differentiation with respect to taps.
    tape: Option<Tape>,
}

#[derive(Debug)]
struct Value {
    tap: TypeId,
    name: &'static str,
    /// The module that was given to [`Pass::within`].
    module: Option<(Address, &'static str)>,
    describe: fn() -> String,
    tensor: DynTensor,
}

impl Capture {
    pub(super) fn on(tape: &Tape) -> Self {
        Self { values: Vec::new(), tape: Some(tape.clone()) }
    }

    fn put<T: Tap>(&mut self, module: Option<(Address, &'static str)>, tensor: DynTensor) {
        let describe = <T::Value as TensorType>::describe;
        self.values.push(Value { tap: TypeId::of::<T>(), name: T::NAME, module, describe, tensor });
    }

    /// The values with their paths in `model`.
    pub(super) fn into_captures<M: Module + ?Sized>(self, model: &M) -> Captures {
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
                path: within.unwrap_or_default().join(super::Key::Name(value.name.into())),
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
    /// In [`value_and_gradients_of`](super::value_and_gradients_of), the gradient with respect to the value is available
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
/// For a training pass, or one that is committed, use [`Pass::capturing`] and [`Pass::captures`]. Taps in a
/// [`Remat`](crate::nn::Remat) aren't captured in training, since it runs a copy of its layer.
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

/// The values of taps, or gradients with respect to them, in the order in which the taps were reached.
#[derive(Debug, Clone, Default)]
pub struct Captures(Vec<Captured>);

/// The value of a tap.
#[derive(Debug, Clone)]
pub struct Captured {
    /// The path of the module that was given to [`Pass::within`], and the name of the tap.
    pub path: Path,
    /// Shape and element type from the type of the tap, such as `(Batch, 4, Time, Time) f32`.
    pub shape: String,
    /// The value.
    pub tensor: DynTensor,
    tap: TypeId,
}

impl Captures {
    /// The values of a tap with their type, in the order of the calls.
    #[must_use]
    pub fn get<T: Tap>(&self) -> Vec<T::Value> {
        let of_tap = self.0.iter().filter(|value| value.tap == TypeId::of::<T>());
        let typed = |value: &Captured| T::Value::from_dyn(value.tensor.clone());
        of_tap.map(|value| typed(value).expect("a tap's value has its type")).collect()
    }

    /// The value of a tap in the module at a path, such as `"blocks/3/attention"`; the first if there are several.
    #[must_use]
    pub fn get_in<T: Tap>(&self, module: &str) -> Option<T::Value> {
        let path = Path::parse(module).join(super::Key::Name(T::NAME.into()));
        let mut of_tap = self.0.iter().filter(|value| value.tap == TypeId::of::<T>());
        let value = of_tap.find(|value| value.path == path)?;
        Some(T::Value::from_dyn(value.tensor.clone()).expect("a tap's value has its type"))
    }

    /// All values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Captured> {
        self.0.iter()
    }

    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values with other tensors, where `f` has one for the index.
    pub(super) fn replaced(&self, mut f: impl FnMut(usize) -> Option<DynTensor>) -> Self {
        let values = self.0.iter().enumerate();
        let other =
            values.filter_map(|(i, value)| Some(Captured { tensor: f(i)?, ..value.clone() }));
        Self(other.collect())
    }
}

/// A line for each value: its path, shape and element type.
impl fmt::Display for Captures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |value: &Captured| {
            format!("{}: {} of {}", value.path, value.shape, value.tensor.dims())
        };
        f.write_str(&self.0.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}
