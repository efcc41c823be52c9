//! A random stream that a model owns: its key and its counter are variables, saved with the model.

use super::{Module, Pass, Variable, Visitor, VisitorMut, kind};
use crate::random::{Key, Rngs, Stream};
use crate::size::U2;
use crate::tensor::Tensor;

/// A random stream that a layer owns (`nnx.RngStream`).
///
/// A draw gives `fold_in(key, count)` and counts one further, in the pass; the model's counter moves
/// when the pass is committed.
#[derive(Debug, Clone)]
pub struct RngStream {
    count: Variable<Tensor<(), u32>, kind::RngCount>,
    key: Variable<Tensor<(U2,), u32>, kind::RngKey>,
}

impl RngStream {
    /// The stream, from where it stands.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self {
            count: Variable::new(Tensor::from(stream.count)),
            key: Variable::new(Tensor::from(stream.key.data())),
        }
    }

    /// A fork of the stream `name`, or of the default one.
    ///
    /// # Panics
    /// If `rngs` has neither.
    #[must_use]
    pub fn forked(name: &str, rngs: &mut Rngs) -> Self {
        Self::new(rngs.stream(name).unwrap_or_else(|error| panic!("{error}")).fork())
    }

    /// May this pass draw from the stream? A training pass may, unless the stream is
    /// [frozen](Pass::freeze).
    #[must_use]
    pub fn may_draw(&self, pass: &Pass) -> bool {
        self.count.may_set(pass)
    }

    /// The next key of the stream.
    ///
    /// # Panics
    /// If the pass mustn't draw: ask [`may_draw`](Self::may_draw) first.
    #[track_caller]
    pub fn draw(&self, pass: &mut Pass) -> Key {
        let count = self.count.get(pass).item();
        let key = self.key.get(pass).to_vec();
        let mut stream = Stream { key: Key::from_data([key[0], key[1]]), count };
        let drawn = stream.next_key();
        self.count.set(Tensor::from(stream.count), pass);
        drawn
    }
}

impl Module for RngStream {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.field("count", &self.count);
        visitor.field("key", &self.key);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        visitor.field("count", &mut self.count);
        visitor.field("key", &mut self.key);
    }
}
