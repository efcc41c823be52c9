//! Kinds of variables. A kind is a type, so that an optimizer on running statistics doesn't compile.

use std::any::TypeId;
use std::fmt;

use crate::size::{Bit0, Bit1};

/// A kind of variable. Declare one with [`kind!`](crate::kind).
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a kind of variable",
    label = "expected a kind such as `kind::Param`",
    note = "declare a kind of your own with `kind!(Name: kind::Variable)`"
)]
pub trait Kind: 'static {
    /// The name, for printed tables and errors.
    const NAME: &'static str;
    /// The kind that this one is derived from; of [`Variable`], `Variable` itself.
    type Base: Kind;
    /// Whether this kind is [`Param`] or derived from it: `Bit1` or `Bit0`. A kind inherits it from its base.
    type IsParam;
}

/// A kind that is trained by gradients: [`Param`], and kinds derived from it.
#[diagnostic::on_unimplemented(
    message = "variables of kind `{Self}` aren't trained by gradients",
    label = "an optimizer works on `Param`, or on a kind declared as a kind of it",
    note = "statistics, caches and random state change in the forward pass, when it is committed",
    note = "for weights of a kind of your own write `kind!(Name: kind::Param)`"
)]
pub trait Trainable: Kind {}

/// A kind as a value, as `TypeId` is a type as a value.
#[derive(Clone, Copy)]
pub struct KindId {
    id: TypeId,
    name: &'static str,
    base: Option<fn() -> KindId>,
}

impl KindId {
    /// The kind `K`.
    #[must_use]
    pub fn of<K: Kind>() -> Self {
        let root = TypeId::of::<K>() == TypeId::of::<K::Base>();
        Self { id: TypeId::of::<K>(), name: K::NAME, base: (!root).then_some(Self::of::<K::Base>) }
    }

    /// Whether this kind is `other`, or derived from it.
    #[must_use]
    pub fn is(self, other: Self) -> bool {
        self == other || self.base.is_some_and(|base| base().is(other))
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl PartialEq for KindId {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for KindId {}

impl fmt::Debug for KindId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Declares kinds of variables: `kind!(pub LoraParam: kind::Param)`.
///
/// ```
/// use nnx_core::{kind, module::{KindId, Variable, kind}, tensor::Tensor, size::U3};
///
/// kind!(pub LoraParam: kind::Param, Counter: kind::Variable);
///
/// let weights = Variable::<_, LoraParam>::new(Tensor::<(U3,)>::zeros());
/// assert!(KindId::of::<LoraParam>().is(KindId::of::<kind::Param>()));
/// # let _ = (weights, Counter);
/// ```
#[macro_export]
macro_rules! kind {
    () => {};
    ($($(#[$attribute:meta])* $visibility:vis $name:ident: $base:ty),+ $(,)?) => { $(
        $(#[$attribute])*
        #[doc = ::core::concat!("Variables of kind `", ::core::stringify!($name), "`.")]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        $visibility struct $name;
        impl $crate::module::Kind for $name {
            const NAME: &'static ::core::primitive::str = ::core::stringify!($name);
            type Base = $base;
            type IsParam = <$base as $crate::module::Kind>::IsParam;
        }
        // A kind is trainable if its base is. `for<'a>` lets rustc accept a bound on a type without parameters.
        #[diagnostic::do_not_recommend]
        impl $crate::module::Trainable for $name where for<'a> $base: $crate::module::Trainable {}
    )+ };
    ($($wrong:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "`kind!` takes names of new kinds, each with the kind that it is a kind of: \
             `kind!(pub LoraParam: kind::Param, Counter: kind::Variable)`; found `",
            ::core::stringify!($($wrong)*),
            "`",
        ));
    };
}

/// The kind of all variables.
#[derive(Debug, Clone, Copy)]
pub struct Variable;
impl Kind for Variable {
    const NAME: &'static str = "Variable";
    type Base = Self;
    type IsParam = Bit0;
}

/// Trained weights.
#[derive(Debug, Clone, Copy)]
pub struct Param;
impl Kind for Param {
    const NAME: &'static str = "Param";
    type Base = Variable;
    type IsParam = Bit1;
}
impl Trainable for Param {}

kind! {
    /// Running statistics of a normalization.
    pub BatchStat: Variable,
    /// A layer's memory between calls, such as the keys and values of attention.
    pub Cache: Variable,
    /// Variables of a shared module, which the model reads and never changes: see [`Module`](super::Module).
    pub ReadOnly: Variable,
    /// Intermediate values that are stored for inspection (`nnx.Intermediate`).
    pub Intermediate: Variable,
    /// The state of a random stream.
    pub RngState: Variable,
    /// The key of a random stream.
    pub RngKey: RngState,
    /// The number of keys that a random stream has returned.
    pub RngCount: RngState,
    /// The state of an optimizer.
    pub OptState: Variable,
    /// The sums and counts of a metric.
    pub MetricState: Variable,
}
