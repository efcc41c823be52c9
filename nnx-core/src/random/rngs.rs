//! Streams by name, and the error of asking for one that isn't there.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Key, Stream};

/// The stream that stands in for every name that has none of its own.
const DEFAULT: &str = "default";

/// What can be wrong about a draw.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RandomError {
    /// There is no stream of this name, nor a `default` one.
    #[error(
        "expected a random stream `{name}` or `default`, found {}: add one with \
         `.with(\"{name}\", seed)`, or start from `Rngs::new(seed)`, which serves every name",
        list(present)
    )]
    MissingStream {
        /// The name that was asked for.
        name: String,
        /// The names that there are, sorted.
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
/// A name that has no stream is served by `default`. The name is not mixed into the keys: the same
/// seed gives the same weights whether it is that of `params` or of `default`.
///
/// ```
/// use nnx_core::random::Rngs;
///
/// let mut rngs = Rngs::new(0).with("dropout", 1);
/// let weights = rngs.params(); // from `default`, as there is no stream `params`
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
    /// One stream, `default`, which serves every name. Flax: `nnx.Rngs(seed)`.
    pub fn new(seed: u64) -> Self {
        Self::named(DEFAULT, seed)
    }

    /// One stream, `name`, and no `default`. Flax: `nnx.Rngs(name=seed)`.
    pub fn named(name: &str, seed: u64) -> Self {
        Self { streams: BTreeMap::new(), blank: false }.with(name, seed)
    }

    /// The same streams for a *blank* model, whose weights are to come from elsewhere: constructors take their
    /// keys as ever, but no weight is drawn, and each shows zeros without memory of its own
    /// (`nnx.eval_shape`).
    ///
    /// The streams that layers own are those which they would have otherwise. A blank model has the shapes, and
    /// can be counted, printed and loaded into. [`from_state`](crate::module::from_state) and
    /// [`io::from_file`](crate::io::from_file) make one and see to it that every variable is given a value.
    ///
    /// ```
    /// use nnx_core::{array::peak_bytes, module::{Init, parameters}, nn::Linear, random::Rngs};
    /// use nnx_core::size::U1024;
    ///
    /// let blank = || Linear::<U1024, U1024>::init(&mut Rngs::new(0).blank());
    /// let (model, bytes) = peak_bytes(blank);
    /// assert_eq!((parameters(&model), bytes), (1024 * 1024 + 1024, 0));
    /// ```
    pub fn blank(self) -> Self {
        Self { blank: true, ..self }
    }

    /// Are these for a [blank](Self::blank) model, so that a constructor needn't draw its weights?
    ///
    /// [`Variable::drawn`](crate::module::Variable::drawn) asks this for a layer of one's own.
    pub fn is_blank(&self) -> bool {
        self.blank
    }

    /// These streams and a fresh one called `name`, in place of one of that name.
    pub fn with(mut self, name: &str, seed: u64) -> Self {
        self.streams.insert(name.to_owned(), Stream::new(seed));
        self
    }

    /// The stream that serves `name`: its own, or else `default`.
    ///
    /// # Errors
    /// [`RandomError::MissingStream`] if there is neither.
    ///
    /// ```
    /// # use nnx_core::random::Rngs;
    /// let mut rngs = Rngs::new(0);
    /// let of_the_layer = rngs.stream("dropout")?.fork();
    /// assert_eq!(rngs.stream("default")?.count, 1);
    /// # Ok::<(), nnx_core::random::RandomError>(())
    /// ```
    pub fn stream(&mut self, name: &str) -> Result<&mut Stream, RandomError> {
        let served_by = if self.streams.contains_key(name) { name } else { DEFAULT };
        if !self.streams.contains_key(served_by) {
            let present = self.streams.keys().cloned().collect();
            return Err(RandomError::MissingStream { name: name.to_owned(), present });
        }
        Ok(self.streams.get_mut(served_by).expect("its key was found above"))
    }

    /// The next key of the stream that serves `name`. Flax: `rngs[name]()`.
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

    /// The next key for weights, of the stream `params`. Flax: `rngs.params()`.
    ///
    /// # Panics
    /// If there is neither a stream `params` nor `default`; [`key`](Self::key) gives an error.
    pub fn params(&mut self) -> Key {
        self.key("params").unwrap_or_else(|error| panic!("{error}"))
    }

    /// The next key for dropout masks, of the stream `dropout`. Flax: `rngs.dropout()`.
    ///
    /// # Panics
    /// If there is neither a stream `dropout` nor `default`; [`key`](Self::key) gives an error.
    pub fn dropout(&mut self) -> Key {
        self.key("dropout").unwrap_or_else(|error| panic!("{error}"))
    }

    /// Streams of the same names, each forked once from the one here. Flax: `rngs.fork()`.
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

    /// The streams with their names, sorted by name: what is to be saved, and collected again.
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

    /// The streams with their names, sorted by name, to be set back or drawn from.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Stream)> {
        self.streams.iter_mut().map(|(name, stream)| (name.as_str(), stream))
    }
}

/// The streams as they were saved, counts included; of two with one name, the last.
impl FromIterator<(String, Stream)> for Rngs {
    fn from_iter<I: IntoIterator<Item = (String, Stream)>>(streams: I) -> Self {
        Self { streams: streams.into_iter().collect(), blank: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_of_the_default_stream_are_those_of_flax() {
        let mut rngs = Rngs::new(0);
        let keys = [rngs.params(), rngs.dropout(), rngs.key("default").unwrap()];
        let flax = [[1797259609, 2579123966], [928981903, 3453687069], [4146024105, 2718843009]];
        assert_eq!(keys, flax.map(Key::from_data));
    }

    #[test]
    fn a_stream_of_its_own_leaves_the_default_alone() {
        let mut rngs = Rngs::new(0).with("dropout", 1);
        assert_eq!(rngs.dropout(), Key::new(1).fold_in(0));
        assert_eq!(rngs.params(), Key::new(0).fold_in(0));
        let counts: Vec<_> = rngs.iter().map(|(name, stream)| (name, stream.count)).collect();
        assert_eq!(counts, [("default", 1), ("dropout", 1)]);
    }

    #[test]
    fn a_missing_stream_is_named_with_those_there_are() {
        let mut rngs = Rngs::named("params", 0).with("noise", 1);
        assert_eq!(
            rngs.key("dropout").unwrap_err().to_string(),
            "expected a random stream `dropout` or `default`, found only `noise`, `params`: add \
             one with `.with(\"dropout\", seed)`, or start from `Rngs::new(seed)`, which serves \
             every name"
        );
        let none = Rngs::from_iter([]).key("params").unwrap_err().to_string();
        assert!(
            none.starts_with("expected a random stream `params` or `default`, found no stream: ")
        );
    }

    #[test]
    #[should_panic(
        expected = "expected a random stream `params` or `default`, found only `dropout`"
    )]
    fn params_panics_with_the_message_of_the_error() {
        Rngs::named("dropout", 0).params();
    }

    #[test]
    #[should_panic(
        expected = "expected a random stream `dropout` or `default`, found only `params`"
    )]
    fn dropout_panics_with_the_message_of_the_error() {
        Rngs::named("params", 0).dropout();
    }

    #[test]
    fn saved_streams_go_on_where_they_were() {
        let mut rngs = Rngs::new(0).with("dropout", 1);
        for name in ["params", "params", "dropout"] {
            rngs.key(name).unwrap();
        }
        let mut restored: Rngs =
            rngs.iter().map(|(name, stream)| (name.to_owned(), *stream)).collect();
        assert_eq!(restored, rngs);
        assert_eq!(restored.params(), rngs.params());
    }

    #[test]
    fn fork_draws_once_from_every_stream() {
        let mut rngs = Rngs::new(0).with("dropout", 1);
        let mut fork = rngs.fork();
        assert!(rngs.iter().all(|(_, stream)| stream.count == 1));
        assert_eq!(fork.dropout(), Key::new(1).fold_in(0).fold_in(0));
        assert_eq!(fork.params(), Key::new(0).fold_in(0).fold_in(0));
    }
}
