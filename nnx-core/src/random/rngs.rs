//! Streams by name, and the error for a missing one.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Key, Stream};

/// The stream of every name without its own stream.
const DEFAULT: &str = "default";

/// Why a key can't be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RandomError {
    /// There is no stream of this name, nor a `default` one.
    #[error(
        "expected a random stream `{name}` or `default`, found {}: add one with \
         `.with(\"{name}\", seed)`, or start from `Rngs::new(seed)`, which serves every name",
        list(present)
    )]
    MissingStream {
        /// The requested name.
        name: String,
        /// The names of all streams, sorted.
        present: Vec<String>,
    },
}

fn list(names: &[String]) -> String {
    match names {
        [] => "no stream".to_owned(),
        names => format!("only `{}`", names.join("`, `")),
    }
}

/// Random streams by name: `params` for weights, `dropout` for masks, ... Flax: `nnx.Rngs`.
///
/// A name without a stream uses `default`. The name doesn't enter the keys: a seed gives the same weights whether
/// it belongs to `params` or to `default`.
///
/// ```
/// use nnx_core::random::Rngs;
///
/// let mut rngs = Rngs::new(0).with("dropout", 1);
/// let weights = rngs.params(); // uses `default`, as there is no stream `params`
/// let mask = rngs.dropout();
/// assert_eq!(weights, Rngs::named("params", 0).params());
/// assert_ne!(weights, mask);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rngs {
    streams: BTreeMap<String, Stream>,
    blank: bool,
}

impl Rngs {
    /// One stream, `default`, for every name. Flax: `nnx.Rngs(seed)`.
    pub fn new(seed: u64) -> Self {
        Self::named(DEFAULT, seed)
    }

    /// One stream, `name`, and no `default`. Flax: `nnx.Rngs(name=seed)`.
    pub fn named(name: &str, seed: u64) -> Self {
        Self { streams: BTreeMap::new(), blank: false }.with(name, seed)
    }

    /// The same streams for a *blank* model, whose weights are loaded later (`nnx.eval_shape`). Constructors draw
    /// their keys as usual, but they don't initialize weights: each weight reads as zeros and takes no memory.
    ///
    /// Streams that layers fork from these are the same as without `blank`. A blank model has all shapes, so its
    /// parameters can be counted, printed and loaded. [`from_state`](crate::module::from_state) and
    /// [`io::from_file`](crate::io::from_file) make one and check that every variable gets a value.
    ///
    /// ```
    /// use nnx_core::{array::peak_bytes, module::{Init, parameters}, nn::Linear, random::Rngs};
    /// use nnx_core::size::U1024;
    ///
    /// let blank = || Linear::<U1024, U1024>::init(&mut Rngs::new(0).blank());
    /// let (model, bytes) = peak_bytes(blank);
    /// assert_eq!((parameters(&model), bytes), (1024 * 1024 + 1024, 0));
    /// ```
    #[doc(alias = "eval_shape")]
    #[doc(alias = "meta")]
    pub fn blank(self) -> Self {
        Self { blank: true, ..self }
    }

    /// Whether these are for a [blank](Self::blank) model, so that constructors don't initialize weights.
    ///
    /// A custom layer that uses [`Variable::drawn`](crate::module::Variable::drawn) needn't check this.
    pub fn is_blank(&self) -> bool {
        self.blank
    }

    /// Adds a new stream `name`, or replaces the stream of that name.
    pub fn with(mut self, name: &str, seed: u64) -> Self {
        self.streams.insert(name.to_owned(), Stream::new(seed));
        self
    }

    /// The stream `name`, or `default` if there is none.
    ///
    /// # Errors
    /// [`RandomError::MissingStream`] if there is neither.
    ///
    /// ```
    /// # use nnx_core::random::Rngs;
    /// let mut rngs = Rngs::new(0);
    /// let dropout = rngs.stream("dropout")?.fork();
    /// assert_eq!(rngs.stream("default")?.count, 1);
    /// # Ok::<(), nnx_core::random::RandomError>(())
    /// ```
    pub fn stream(&mut self, name: &str) -> Result<&mut Stream, RandomError> {
        let found = if self.streams.contains_key(name) { name } else { DEFAULT };
        if !self.streams.contains_key(found) {
            let present = self.streams.keys().cloned().collect();
            return Err(RandomError::MissingStream { name: name.to_owned(), present });
        }
        Ok(self.streams.get_mut(found).expect("the key was found above"))
    }

    /// The next key of the stream `name`, or of `default` if there is none. Flax: `rngs[name]()`.
    ///
    /// # Errors
    /// [`RandomError::MissingStream`] if there is neither a stream `name` nor `default`.
    ///
    /// ```
    /// # use nnx_core::random::{Key, Rngs};
    /// let mut rngs = Rngs::named("noise", 3);
    /// assert_eq!(rngs.key("noise")?, Key::new(3).fold_in(0));
    /// assert!(rngs.key("params").is_err());
    /// # Ok::<(), nnx_core::random::RandomError>(())
    /// ```
    pub fn key(&mut self, name: &str) -> Result<Key, RandomError> {
        self.stream(name).map(Stream::next_key)
    }

    /// The next key of a stream, or a panic at the line of the caller (not in a closure, which has a line of its
    /// own).
    #[track_caller]
    fn expect_key(&mut self, name: &str) -> Key {
        match self.key(name) {
            Ok(key) => key,
            Err(error) => panic!("{error}"),
        }
    }

    /// The next key of the stream `params`, for weights. Flax: `rngs.params()`.
    ///
    /// # Panics
    /// If there is neither a stream `params` nor `default`; [`key`](Self::key) returns an error instead.
    #[track_caller]
    pub fn params(&mut self) -> Key {
        self.expect_key("params")
    }

    /// The next key of the stream `dropout`, for dropout masks. Flax: `rngs.dropout()`.
    ///
    /// # Panics
    /// If there is neither a stream `dropout` nor `default`; [`key`](Self::key) returns an error instead.
    #[track_caller]
    pub fn dropout(&mut self) -> Key {
        self.expect_key("dropout")
    }

    /// Forks every stream once. The forks have the same names. Flax: `rngs.fork()`.
    ///
    /// ```
    /// # use nnx_core::random::Rngs;
    /// let mut rngs = Rngs::new(0);
    /// assert_ne!(rngs.fork().params(), rngs.params());
    /// ```
    pub fn fork(&mut self) -> Self {
        let forks = self.iter_mut().map(|(name, stream)| (name.to_owned(), stream.fork()));
        Self { streams: forks.collect(), blank: self.blank }
    }

    /// `n` independent sets of streams with the same names: each stream draws one key, which is split (`jax.random.split`
    /// of `rngs.fork(split=n)` in Flax).
    ///
    /// ```
    /// # use nnx_core::random::Rngs;
    /// let mut rngs = Rngs::new(0);
    /// let mut workers = rngs.split(3);
    /// assert_ne!(workers[0].dropout(), workers[1].dropout());
    /// ```
    pub fn split(&mut self, n: usize) -> Vec<Self> {
        let blank = self.blank;
        let mut sets = vec![Self { streams: BTreeMap::new(), blank }; n];
        for (name, stream) in self.iter_mut() {
            let keys = stream.next_key().split(n);
            for (set, key) in sets.iter_mut().zip(keys) {
                set.streams.insert(name.to_owned(), Stream::new(key));
            }
        }
        sets
    }

    /// The streams with their names, sorted by name. Save these, and collect them to restore the streams.
    ///
    /// ```
    /// # use nnx_core::random::Rngs;
    /// let rngs = Rngs::new(0).with("dropout", 1);
    /// let saved = rngs.iter().map(|(name, stream)| (name.to_owned(), *stream));
    /// assert_eq!(saved.collect::<Rngs>(), rngs);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Stream)> {
        self.streams.iter().map(|(name, stream)| (name.as_str(), stream))
    }

    /// The streams with their names, sorted by name, mutable: to reset them or draw from them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Stream)> {
        self.streams.iter_mut().map(|(name, stream)| (name.as_str(), stream))
    }
}

/// Restores saved streams with their counts. Of two streams with one name the last is used.
impl FromIterator<(String, Stream)> for Rngs {
    fn from_iter<I: IntoIterator<Item = (String, Stream)>>(streams: I) -> Self {
        let mut rngs = Self { streams: BTreeMap::new(), blank: false };
        rngs.streams.extend(streams);
        rngs
    }
}

#[cfg(test)]
mod tests;
