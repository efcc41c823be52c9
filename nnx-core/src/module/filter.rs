//! Which variables of a model are meant.

use std::fmt;
use std::ops::{BitAnd, BitOr, Not};
use std::sync::Arc;

use super::{AnyVariable, Kind, KindId, Path};

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
