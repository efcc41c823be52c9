//! Filters, which select variables of a model.

use std::fmt;
use std::ops::{BitAnd, BitOr, Not};
use std::sync::Arc;

use super::{AnyVariable, Kind, KindId, Module, Path, Visitor};

type Predicate = dyn Fn(&Path, &dyn AnyVariable) -> bool + Send + Sync;

/// Selects variables of a model by kind, by path or by a predicate (`nnx.filterlib`). Filters combine with
/// `&`, `|` and `!`.
///
/// ```
/// use nnx_core::module::{Filter, kind};
///
/// let trained = Filter::kind::<kind::Param>() & !Filter::within("encoder");
/// # let _ = trained;
/// ```
#[derive(Clone)]
pub struct Filter(FilterExpr);

#[derive(Clone)]
enum FilterExpr {
    Everything,
    Rest,
    Kind(KindId),
    Within(Path),
    Contains(Path),
    Predicate(Arc<Predicate>),
    All(Box<FilterExpr>, Box<FilterExpr>),
    Any(Box<FilterExpr>, Box<FilterExpr>),
    Not(Box<FilterExpr>),
    Freezing(Box<FilterExpr>, Box<FilterExpr>),
}

impl Filter {
    /// Every variable.
    #[must_use]
    pub fn everything() -> Self {
        Self(FilterExpr::Everything)
    }

    /// All variables that the filters before it leave over, as the last filter of a [`split`](super::split) (`...` in
    /// `nnx.split`). Elsewhere it selects every variable.
    #[must_use]
    pub fn rest() -> Self {
        Self(FilterExpr::Rest)
    }

    /// No variable.
    #[must_use]
    pub fn nothing() -> Self {
        !Self::everything()
    }

    /// Variables of kind `K` or of a kind derived from it: `Filter::kind::<kind::Variable>()` selects all.
    #[must_use]
    pub fn kind<K: Kind>() -> Self {
        Self(FilterExpr::Kind(KindId::of::<K>()))
    }

    /// The variable at this path, or the variables below it: `"layers/0"`. A `/` in a name is written `~1`,
    /// see [`Path`].
    #[must_use]
    pub fn within(path: &str) -> Self {
        Self(FilterExpr::Within(Path::parse(path)))
    }

    /// Variables whose path contains this segment, or these segments in a row: `"bias"`,
    /// `"dense/bias"`.
    #[must_use]
    pub fn path_contains(part: &str) -> Self {
        Self(FilterExpr::Contains(Path::parse(part)))
    }

    /// Variables for which the function returns `true`.
    pub fn predicate(
        predicate: impl Fn(&Path, &dyn AnyVariable) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self(FilterExpr::Predicate(Arc::new(predicate)))
    }

    /// Selects the variables of this filter that `frozen` doesn't select. Where the filter says what to train,
    /// no variable in `frozen` changes: no weights, running statistics or random streams (in PyTorch:
    /// `requires_grad_(False)` and `eval()` of a submodule).
    ///
    /// [`value_and_grad_of`](super::value_and_grad_of) differentiates with respect to the selected variables.
    /// Layers with frozen variables run in evaluation mode: normalizations use their running statistics, and
    /// dropout is off. [`Optimizer::within`](crate::optim::Optimizer::within) trains the selected variables.
    /// If `frozen` selects no variable of the model, the first returns an error and the second panics.
    ///
    /// The filter `!Filter::within("body")` is weaker: it excludes the parameters of the body from training,
    /// but its running statistics and random streams are still updated.
    ///
    /// ```
    /// use nnx_core::module::{Filter, Init, Layer, kind, value_and_grad_of};
    /// use nnx_core::nn::{BatchNorm, Linear};
    /// use nnx_core::optim::{Optimizer, adamw};
    /// use nnx_core::{Tensor, random::Rngs, size::{U1, U4}, tensor::Tensor};
    ///
    /// let mut model = <(BatchNorm<U4>, Linear<U4, U1>)>::init(&mut Rngs::new(0));
    /// let head = Filter::kind::<kind::Param>().freezing(Filter::within("0"));
    /// let mut optimizer = Optimizer::within::<kind::Param, _>(&head, &model, adamw(0.1));
    /// let x: Tensor![2, 4] = Tensor::full(3.0);
    /// let (_, grads) = value_and_grad_of(&head, &mut model, |model, pass| {
    ///     model.forward(x, pass).square().mean()
    /// })?;
    /// optimizer.update(&mut model, grads)?;
    /// assert_eq!(model.0.mean.value().to_vec(), [0.0; 4]); // the running mean hasn't moved
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    pub fn freezing(self, frozen: Self) -> Self {
        Self(FilterExpr::Freezing(Box::new(self.0), Box::new(frozen.0)))
    }

    /// The frozen variables: the union of the arguments of [`freezing`](Self::freezing) in this filter and in
    /// the filters that `&` and `|` combined into it.
    #[must_use]
    pub fn frozen(&self) -> Self {
        Self(self.0.frozen())
    }

    /// The first argument of a [`freezing`](Self::freezing) that selects no variable of the model. With a
    /// misspelled path, variables that are meant to be frozen would be trained.
    pub(crate) fn missing_frozen<M: Module + ?Sized>(&self, model: &M) -> Option<Self> {
        let mut parts = Vec::new();
        self.0.append_frozen(&mut parts);
        let is_missing = |part: &&FilterExpr| {
            let mut found = false;
            model.visit(&mut Visitor::new(&mut |path, variable| {
                found |= part.selects(path, variable);
            }));
            !found
        };
        parts.into_iter().find(is_missing).map(|part| Self(part.clone()))
    }

    /// Whether it is [`everything`](Self::everything) or [`rest`](Self::rest).
    pub(super) fn is_total(&self) -> bool {
        matches!(self.0, FilterExpr::Everything | FilterExpr::Rest)
    }

    /// Whether the filter selects this variable.
    #[must_use]
    pub fn selects(&self, path: &Path, variable: &dyn AnyVariable) -> bool {
        self.0.selects(path, variable)
    }
}

impl FilterExpr {
    fn selects(&self, path: &Path, variable: &dyn AnyVariable) -> bool {
        match self {
            Self::Everything | Self::Rest => true,
            Self::Kind(kind) => variable.kind().is(*kind),
            Self::Within(outer) => path.starts_with(outer),
            Self::Contains(part) => path.contains(part),
            Self::Predicate(predicate) => predicate(path, variable),
            Self::All(a, b) => a.selects(path, variable) && b.selects(path, variable),
            Self::Any(a, b) => a.selects(path, variable) || b.selects(path, variable),
            Self::Not(expr) => !expr.selects(path, variable),
            Self::Freezing(expr, frozen) => {
                expr.selects(path, variable) && !frozen.selects(path, variable)
            }
        }
    }
}

impl FilterExpr {
    fn frozen(&self) -> Self {
        let mut parts = Vec::new();
        self.append_frozen(&mut parts);
        let none = Self::Not(Box::new(Self::Everything));
        parts.into_iter().fold(none, |all, part| Self::Any(Box::new(all), Box::new(part.clone())))
    }

    /// Appends the arguments of all `freezing`.
    fn append_frozen<'a>(&'a self, parts: &mut Vec<&'a Self>) {
        match self {
            Self::All(a, b) | Self::Any(a, b) => {
                a.append_frozen(parts);
                b.append_frozen(parts);
            }
            Self::Freezing(expr, frozen) => {
                expr.append_frozen(parts);
                parts.push(&**frozen);
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for FilterExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Rest => f.write_str("rest"),
            Self::Kind(kind) => write!(f, "kind {kind:?}"),
            Self::Within(path) => write!(f, "within {path}"),
            Self::Contains(part) => write!(f, "path contains {part}"),
            Self::Predicate(_) => f.write_str("a predicate"),
            Self::All(a, b) => write!(f, "({a:?} & {b:?})"),
            Self::Any(a, b) => write!(f, "({a:?} | {b:?})"),
            Self::Not(expr) => write!(f, "!{expr:?}"),
            Self::Freezing(expr, frozen) => write!(f, "({expr:?} freezing {frozen:?})"),
        }
    }
}

impl BitAnd for Filter {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(FilterExpr::All(Box::new(self.0), Box::new(other.0)))
    }
}

impl BitOr for Filter {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(FilterExpr::Any(Box::new(self.0), Box::new(other.0)))
    }
}

impl Not for Filter {
    type Output = Self;
    fn not(self) -> Self {
        Self(FilterExpr::Not(Box::new(self.0)))
    }
}
