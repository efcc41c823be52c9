//! Which variables of a model are meant.

use std::fmt;
use std::ops::{BitAnd, BitOr, Not};
use std::sync::Arc;

use super::{AnyVariable, Kind, KindId, Module, Path, Visitor};

type Predicate = dyn Fn(&Path, &dyn AnyVariable) -> bool + Send + Sync;

/// Which variables of a model are meant: by kind, by path, or by a predicate; combined with `&`, `|`, `!`.
///
/// ```
/// use nnx_core::module::{Filter, kind};
///
/// let trained = Filter::kind::<kind::Param>() & !Filter::within("encoder");
/// # let _ = trained;
/// ```
#[derive(Clone)]
pub struct Filter(Rule);

#[derive(Clone)]
enum Rule {
    Everything,
    Kind(KindId),
    Within(Path),
    Contains(Path),
    Predicate(Arc<Predicate>),
    All(Box<Rule>, Box<Rule>),
    Any(Box<Rule>, Box<Rule>),
    Not(Box<Rule>),
    Freezing(Box<Rule>, Box<Rule>),
}

impl Filter {
    /// Every variable.
    #[must_use]
    pub fn everything() -> Self {
        Self(Rule::Everything)
    }

    /// No variable.
    #[must_use]
    pub fn nothing() -> Self {
        !Self::everything()
    }

    /// Variables of kind `K`, and of kinds of it: `Filter::kind::<kind::Variable>()` is everything.
    #[must_use]
    pub fn kind<K: Kind>() -> Self {
        Self(Rule::Kind(KindId::of::<K>()))
    }

    /// The variable at this path, or the variables below it: `"layers/0"`. A `/` in a name is written `~1`,
    /// see [`Path`].
    #[must_use]
    pub fn within(path: &str) -> Self {
        Self(Rule::Within(Path::parse(path)))
    }

    /// Variables whose path has this part, or these in a row, anywhere: `"bias"`, `"dense/bias"`.
    #[must_use]
    pub fn path_contains(part: &str) -> Self {
        Self(Rule::Contains(Path::parse(part)))
    }

    /// Variables for which a function of path and variable says so.
    pub fn predicate(
        predicate: impl Fn(&Path, &dyn AnyVariable) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self(Rule::Predicate(Arc::new(predicate)))
    }

    /// This filter without `frozen`. Where it says what is trained, nothing in `frozen` changes: no weights,
    /// running statistics or random streams (in PyTorch: `requires_grad_(False)` and `eval()` of that part).
    ///
    /// [`value_and_grad_of`](super::value_and_grad_of) differentiates with respect to the first, and
    /// changes no variable of the second: normalizations in it use their running statistics, dropout in
    /// it is off. [`Optimizer::within`](crate::optim::Optimizer::within) trains the first. Both refuse a
    /// `frozen` that selects no variable. A filter
    /// without this, `!Filter::within("body")`, keeps the parameters of the body as they are, but not its
    /// running statistics and random streams.
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
        Self(Rule::Freezing(Box::new(self.0), Box::new(frozen.0)))
    }

    /// The filter of what [`freezing`](Self::freezing) has named in this one, and in those that it was
    /// combined of by `&` and `|`.
    #[must_use]
    pub fn frozen(&self) -> Self {
        Self(self.0.frozen())
    }

    /// The first part that [`freezing`](Self::freezing) names in this filter, or in those that it was combined
    /// of, and of which the model has no variable: a path that is misspelled would train what is to be frozen.
    pub(crate) fn missing_part<M: Module + ?Sized>(&self, model: &M) -> Option<Self> {
        let mut parts = Vec::new();
        self.0.parts(&mut parts);
        let is_missing = |part: &&Rule| {
            let mut found = false;
            model.visit(&mut Visitor::new(&mut |path, variable| {
                found |= part.selects(path, variable);
            }));
            !found
        };
        parts.into_iter().find(is_missing).map(|part| Self(part.clone()))
    }

    /// Is this variable meant?
    #[must_use]
    pub fn selects(&self, path: &Path, variable: &dyn AnyVariable) -> bool {
        self.0.selects(path, variable)
    }
}

impl Rule {
    fn selects(&self, path: &Path, variable: &dyn AnyVariable) -> bool {
        match self {
            Self::Everything => true,
            Self::Kind(kind) => variable.kind().is(*kind),
            Self::Within(outer) => path.starts_with(outer),
            Self::Contains(part) => path.contains(part),
            Self::Predicate(predicate) => predicate(path, variable),
            Self::All(a, b) => a.selects(path, variable) && b.selects(path, variable),
            Self::Any(a, b) => a.selects(path, variable) || b.selects(path, variable),
            Self::Not(rule) => !rule.selects(path, variable),
            Self::Freezing(rule, frozen) => {
                rule.selects(path, variable) && !frozen.selects(path, variable)
            }
        }
    }
}

impl Rule {
    fn frozen(&self) -> Self {
        let mut parts = Vec::new();
        self.parts(&mut parts);
        let none = Self::Not(Box::new(Self::Everything));
        parts.into_iter().fold(none, |all, part| Self::Any(Box::new(all), Box::new(part.clone())))
    }

    /// All parts that are frozen.
    fn parts<'a>(&'a self, parts: &mut Vec<&'a Self>) {
        match self {
            Self::All(a, b) | Self::Any(a, b) => {
                a.parts(parts);
                b.parts(parts);
            }
            Self::Freezing(rule, frozen) => {
                rule.parts(parts);
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

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Kind(kind) => write!(f, "kind {kind:?}"),
            Self::Within(path) => write!(f, "within {path}"),
            Self::Contains(part) => write!(f, "path contains {part}"),
            Self::Predicate(_) => f.write_str("a predicate"),
            Self::All(a, b) => write!(f, "({a:?} & {b:?})"),
            Self::Any(a, b) => write!(f, "({a:?} | {b:?})"),
            Self::Not(rule) => write!(f, "!{rule:?}"),
            Self::Freezing(rule, frozen) => write!(f, "({rule:?} freezing {frozen:?})"),
        }
    }
}

impl BitAnd for Filter {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(Rule::All(Box::new(self.0), Box::new(other.0)))
    }
}

impl BitOr for Filter {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(Rule::Any(Box::new(self.0), Box::new(other.0)))
    }
}

impl Not for Filter {
    type Output = Self;
    fn not(self) -> Self {
        Self(Rule::Not(Box::new(self.0)))
    }
}
