//! The trait [`Module`]: visits the variables of a model.

use std::{any, mem};

use super::shared::Shared;
use super::{Address, AnyVariable, Entered, Key, MapKey, ModuleVisitor, Path};

/// A struct with variables, directly or in fields that are modules (`nnx.Module`; `nn.Module` in PyTorch).
///
/// Implement it with `#[derive(Module)]`. These types are modules:
///
/// | type of a field | segment in paths | its variables |
/// |---|---|---|
/// | `Vec`, `VecDeque`, `LinkedList`, slices, arrays, tuples of modules | an index | are the model's |
/// | `BTreeMap`, `HashMap` of modules | the key, see [`MapKey`] | are the model's |
/// | `Option`, `Box` of a module | nothing | are the model's |
/// | `Arc`, `Rc`, `&` of a module | nothing | are read-only: see below |
/// | a plain value, see [`Plain`](super::Plain) | nothing | has none |
///
/// # Shared modules
///
/// A module in an `Arc`, an `Rc` or a reference may belong to several models, such as a pretrained encoder with
/// several heads. Each of them reads its variables, and never changes them. They are visited with the kind
/// [`ReadOnly`](super::kind::ReadOnly), whatever kind they have in their own module:
/// - They have no gradients, optimizers skip them, and [`parameters`](super::parameters) doesn't count them.
///   Gradients flow through the shared module to its input.
/// - States and saved files include them. [`update`](super::update) and loading accept only the values that
///   the shared module has already: load it before it is shared.
/// - A training pass that updates them (running statistics, the stream of a dropout) can't be committed:
///   run the shared module with [`infer`](super::Layer::infer).
/// - `init` doesn't make one: give the field `#[module(init = ..)]`, or write a constructor that takes it.
///
/// ```
/// use std::sync::Arc;
/// use nnx_core::{Module, module::{Init, parameters, state}, nn::Linear, random::Rngs};
/// use nnx_core::size::{U2, U3, U4};
///
/// #[derive(Module)]
/// struct Classifier {
///     encoder: Arc<Linear<U4, U3>>,
///     head: Linear<U3, U2>,
/// }
///
/// let encoder = Arc::new(Linear::init(&mut Rngs::new(0)));
/// let head = Linear::init(&mut Rngs::new(1));
/// let model = Classifier { encoder: Arc::clone(&encoder), head };
/// assert_eq!(parameters(&model), 3 * 2 + 2); // the head's
/// assert_eq!(state(&model).len(), 4);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no module",
    label = "a field of a module must be a module, a variable or a plain value",
    note = "for a struct of your own write `#[derive(Module)]` above it",
    note = "a tensor is held by a variable: a `Param<shape![..]>` is trained, see `kind` for others",
    note = "a tuple has at most 16 modules; a tuple in a tuple, an array or a `Vec` holds more",
    note = "to leave a field out of the traversal write `#[module(skip)]` above it"
)]
pub trait Module {
    /// Visits every variable, in the order of the fields.
    fn visit(&self, visitor: &mut Visitor<'_>);
    /// Visits every variable by mutable reference, in the same order.
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>);
    /// Visits the modules in this one by mutable reference, itself first: see [`for_each_mut`](super::for_each_mut). It
    /// [enters](ModuleVisitor::enter) itself, and visits the fields that `visit_mut` visits.
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static;
}

/// The steps of a traversal: the same for the three of them.
macro_rules! steps {
    ($visitor:ident, $visit:ident, [$($mutable:tt)?], [$($bound:tt)*]) => {
        impl $visitor<'_> {
            /// Visits a field.
            pub fn field<M: Module + ?Sized $($bound)*>(&mut self, name: &'static str, module: &$($mutable)? M) {
                self.step(Key::of_field(name), |visitor| module.$visit(visitor));
            }

            /// Visits an element of a list or a tuple.
            pub fn index<M: Module + ?Sized $($bound)*>(&mut self, index: usize, module: &$($mutable)? M) {
                self.step(Key::Index(index), |visitor| module.$visit(visitor));
            }

            /// Visits the fields of a variant of an enum.
            pub fn variant(&mut self, name: &'static str, visit: impl FnOnce(&mut Self)) {
                self.step(Key::of_field(name), visit);
            }

            /// Visits an entry of a map. Its key is one segment, whatever characters it has.
            pub fn entry<M: Module + ?Sized $($bound)*, K: MapKey + ?Sized>(&mut self, key: &K, module: &$($mutable)? M) {
                self.step(key.key(), |visitor| module.$visit(visitor));
            }

            /// Visits a module whose path has any number of segments.
            pub fn at<M: Module + ?Sized $($bound)*>(&mut self, path: &Path, module: &$($mutable)? M) {
                let outside = self.path.keys().len();
                path.keys().iter().cloned().for_each(|key| self.path.push(key));
                module.$visit(self);
                self.path.truncate(outside);
            }

            fn step(&mut self, key: Key, visit: impl FnOnce(&mut Self)) {
                self.path.push(key);
                visit(self);
                self.path.pop();
            }
        }
    };
}
pub(super) use steps;

/// The visits of variables, by reference and by mutable reference.
macro_rules! variables {
    ($visitor:ident, $variable:ty, [$($mutable:tt)?], |$outer:ident| $entered:expr) => {
        impl $visitor<'_> {
            /// Visits a shared module, whose variables are read-only: see [`Module`].
            pub fn shared<M: Module + ?Sized>(&mut self, module: &M) {
                let path = mem::take(&mut self.path);
                let $outer = self;
                let callback = &mut *$outer.callback;
                let mut read = |path: &Path, variable: &dyn AnyVariable| {
                    callback(path, &$($mutable)? Shared(variable));
                };
                let mut inner = Visitor { path, callback: &mut read, entered: $entered };
                module.visit(&mut inner);
                $outer.path = inner.path;
            }

            /// Visits a module with others in place of its variables: `with` returns the one in place of a variable. A variable
            /// without one is visited as that of a [shared](Self::shared) module.
            pub(super) fn replacing<M: Module + ?Sized>(
                &mut self,
                module: &M,
                with: &mut dyn FnMut(u64, &mut dyn FnMut($variable)),
            ) {
                let path = mem::take(&mut self.path);
                let $outer = self;
                let callback = &mut *$outer.callback;
                let mut read = |path: &Path, variable: &dyn AnyVariable| {
                    let mut found = false;
                    with(variable.id(), &mut |other: $variable| {
                        found = true;
                        callback(path, other);
                    });
                    if !found {
                        callback(path, &$($mutable)? Shared(variable));
                    }
                };
                let mut inner = Visitor { path, callback: &mut read, entered: $entered };
                module.visit(&mut inner);
                $outer.path = inner.path;
            }

            /// Visits a variable.
            pub fn variable(&mut self, variable: $variable) {
                (self.callback)(&self.path, variable);
            }
        }
    };
}

/// What a traversal calls with each module that it enters.
pub(super) type OnEntry<'a> = dyn FnMut(&Path, &Entered<'_>) + 'a;

/// A traversal of variables by reference.
#[allow(missing_debug_implementations, reason = "a borrowed closure shows nothing")]
pub struct Visitor<'a> {
    path: Path,
    callback: &'a mut (dyn FnMut(&Path, &dyn AnyVariable) + 'a),
    entered: Option<&'a mut OnEntry<'a>>,
}
steps!(Visitor, visit, [], []);
variables!(Visitor, &dyn AnyVariable, [], |outer| match &mut outer.entered {
    Some(entered) => Some(&mut **entered),
    None => None,
});

impl<'a> Visitor<'a> {
    /// A traversal that calls `callback` with each variable and its path.
    pub fn new(callback: &'a mut (dyn FnMut(&Path, &dyn AnyVariable) + 'a)) -> Self {
        Self { path: Path::default(), callback, entered: None }
    }

    /// The same traversal, with the memory of a path that isn't used: [`into_path`](Self::into_path) gives it back.
    pub(super) fn with_path(self, path: Path) -> Self {
        Self { path, ..self }
    }

    pub(super) fn into_path(self) -> Path {
        self.path
    }

    /// The same traversal, which also calls `entered` with each module.
    pub(super) fn entering(self, entered: &'a mut OnEntry<'a>) -> Self {
        Self { entered: Some(entered), ..self }
    }

    /// Says that the traversal is at this module; its fields follow. `#[derive(Module)]` calls it. In a [`Module`] that
    /// is written by hand it is the first line of `visit`, so that [`modules`](super::modules) lists the module.
    pub fn enter<M: ?Sized>(&mut self, module: &M) {
        self.enter_typed(module, None);
    }

    /// As [`enter`](Self::enter), for a module whose input and output have known types.
    pub(super) fn enter_typed<M: ?Sized>(&mut self, module: &M, types: Option<(&str, &str)>) {
        if let Some(entered) = &mut self.entered {
            let type_name = any::type_name::<M>();
            entered(&self.path, &Entered { type_name, address: Address::of(module), types });
        }
    }
}

/// A traversal of variables by mutable reference.
#[allow(missing_debug_implementations, reason = "a borrowed closure shows nothing")]
pub struct VisitorMut<'a> {
    path: Path,
    callback: &'a mut (dyn FnMut(&Path, &mut dyn AnyVariable) + 'a),
}
steps!(VisitorMut, visit_mut, [mut], []);
variables!(VisitorMut, &mut dyn AnyVariable, [mut], |outer| None);

impl<'a> VisitorMut<'a> {
    /// A traversal that calls `callback` with each variable and its path.
    pub fn new(callback: &'a mut (dyn FnMut(&Path, &mut dyn AnyVariable) + 'a)) -> Self {
        Self { path: Path::default(), callback }
    }

    /// As [`Visitor::with_path`].
    pub(super) fn with_path(self, path: Path) -> Self {
        Self { path, ..self }
    }

    pub(super) fn into_path(self) -> Path {
        self.path
    }
}
