//! Names of a model's variables in files of other libraries: by their paths, or as PyTorch names them.

use std::collections::BTreeMap;

use super::source::Source;
use super::torch::torch_sources;
use crate::array::Dims;
use crate::module::{AnyVariable, KindId, Path, kind};

/// How the tensor of a variable is found.
pub(super) enum Naming {
    /// Each variable has the source that a function of the user returns.
    Given(Box<dyn Fn(&Path) -> Option<Source> + Send + Sync>),
    /// Each variable has its path as its name.
    ByPath,
    /// Each variable is named as in a state dict of PyTorch.
    Torch,
}

/// Replaces the start of paths: `here` may contain `*` for any one segment, and `there` is the start of the name in the
/// file.
pub(super) struct Renaming {
    here: Vec<String>,
    there: String,
}

/// The sizes of all variables of a model, by path.
pub(super) type Sizes = BTreeMap<String, Dims>;

impl Renaming {
    pub(super) fn new(here: &str, there: &str) -> Self {
        let here = here.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { here, there: there.replace('.', "/") }
    }

    /// The segments under their names in the file, if they start as `here` says.
    fn apply(&self, segments: &[String]) -> Option<Vec<String>> {
        let (start, rest) = segments.split_at_checked(self.here.len())?;
        let mut there = self.there.clone();
        for (pattern, segment) in self.here.iter().zip(start) {
            if pattern == "*" {
                there = there.replacen('*', segment, 1);
            } else if pattern != segment {
                return None;
            }
        }
        let named = there.split('/').filter(|part| !part.is_empty()).map(str::to_owned);
        Some(named.chain(rest.iter().cloned()).collect())
    }
}

impl Naming {
    /// The sources that a variable may have: the first one whose tensors are in the file is taken.
    pub(super) fn sources(&self, path: &Path, renamed: &[Renaming], model: &Sizes) -> Vec<Source> {
        if let Self::Given(source) = self {
            return source(path).map(Source::alternatives).unwrap_or_default();
        }
        let text = path.to_string();
        let segments: Vec<String> = text.split('/').map(str::to_owned).collect();
        let named = renamed.iter().find_map(|renaming| renaming.apply(&segments));
        let named = named.unwrap_or_else(|| segments.clone());
        match self {
            Self::Torch => torch_sources(&segments, &named, model),
            _ => by_path(&named),
        }
    }

    /// Whether a variable keeps its value where the file has no tensor for it: streams and caches, which belong to a
    /// running program.
    pub(super) fn is_optional(&self, variable: &dyn AnyVariable) -> bool {
        let kind = variable.kind();
        !matches!(self, Self::Given(_))
            && (kind.is(KindId::of::<kind::RngState>()) || kind.is(KindId::of::<kind::Cache>()))
    }

    /// Whether a tensor that no variable is read from is left out by default.
    pub(super) fn ignores(&self, name: &str) -> bool {
        let last = name.rsplit(['.', '/']).next().unwrap_or(name);
        match self {
            Self::Given(_) => false,
            // Keys and counters of random streams in Flax.
            Self::ByPath => name.split(['.', '/']).any(|part| part == "rngs"),
            // Counters and constants that PyTorch keeps as buffers.
            Self::Torch => ["num_batches_tracked", "position_ids", "inv_freq"].contains(&last),
        }
    }
}

/// The path with slashes or dots; as such, or in the collections of Flax Linen.
fn by_path(segments: &[String]) -> Vec<Source> {
    let mut sources = Vec::new();
    for separator in ["/", "."] {
        let path = segments.join(separator);
        sources.push(Source::named(&path));
        let of = |collection: &str| Source::named(format!("{collection}{separator}{path}"));
        sources.extend([of("params"), of("batch_stats")]);
    }
    let (collections, mut sources): (Vec<_>, Vec<_>) = sources.into_iter().partition(|source| {
        source.name().starts_with("params") || source.name().starts_with("batch_stats")
    });
    sources.extend(collections);
    sources
}
