//! A stream of keys: each draw returns the next key.

use std::convert::Infallible;

use rand::TryRng;
use rand::rand_core::utils::fill_bytes_via_next_word;

use super::Key;

/// A key and the number of draws from it. Flax: `nnx.RngStream`.
///
/// A draw returns `fold_in(key, count)` and adds 1 to `count`; `key` doesn't change. To save a stream, save these
/// two fields.
///
/// A stream is also a random generator of the `rand` crate, for that crate's distributions and shuffles. Each
/// word is one draw: the words of a new stream are `key.bits(n)`.
///
/// ```
/// use nnx_core::random::Stream;
/// use rand::Rng;
/// use rand::seq::SliceRandom;
///
/// let mut stream = Stream::new(0);
/// let key = stream.next_key();
/// let mut cards: Vec<u32> = (0..52).collect();
/// cards.shuffle(&mut stream);
/// assert!(stream.count > 1);
/// assert_eq!(Stream::new(0).next_u32(), 4070199207);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The key that counts are folded into. It is constant.
    pub key: Key,
    /// The number of draws so far. After 2³² draws it wraps to 0.
    pub count: u32,
}

impl Stream {
    /// A new stream, without draws. Takes a seed (`u64`) or a [`Key`].
    pub fn new(key: impl Into<Key>) -> Self {
        Self { key: key.into(), count: 0 }
    }

    /// The next key: `fold_in(key, count)`, then `count += 1`. Flax: `stream()`.
    ///
    /// ```
    /// # use nnx_core::random::{Key, Stream};
    /// let mut stream = Stream::new(0);
    /// assert_eq!(stream.next_key(), Key::new(0).fold_in(0));
    /// assert_eq!(stream.next_key(), Key::new(0).fold_in(1));
    /// ```
    pub fn next_key(&mut self) -> Key {
        Key::from_data(self.next_block())
    }

    /// A new stream whose key is one draw of this one. A layer that draws during the forward pass, such as
    /// dropout, owns one. Flax: `stream.fork()`.
    ///
    /// ```
    /// # use nnx_core::random::{Key, Stream};
    /// let mut stream = Stream::new(0);
    /// assert_eq!(stream.fork(), Stream::new(Key::new(0).fold_in(0)));
    /// assert_eq!(stream.count, 1);
    /// ```
    pub fn fork(&mut self) -> Self {
        Self::new(self.next_key())
    }

    fn next_block(&mut self) -> [u32; 2] {
        let block = self.key.block(u64::from(self.count));
        self.count = self.count.wrapping_add(1);
        block
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [hi, lo] = self.next_block();
        Ok(hi ^ lo)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let [hi, lo] = self.next_block();
        Ok(u64::from(hi) << 32 | u64::from(lo))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        fill_bytes_via_next_word(bytes, || self.try_next_u64())
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::random::bernoulli;

    #[test]
    fn as_a_rand_generator_a_fresh_stream_gives_the_bits_of_its_key() {
        let mut stream = Stream::new(8);
        let words: Vec<u32> = (0..20).map(|_| stream.next_u32()).collect();
        assert_eq!(words, Key::new(8).bits(20));
    }

    #[test]
    fn no_draw_of_any_kind_is_returned_twice() {
        let mut stream = Stream::new(8);
        let [hi, lo] = stream.next_key().data();
        let word = stream.next_u64();
        let mut bytes = [0; 12];
        stream.fill_bytes(&mut bytes);
        assert_eq!([hi, lo], Key::new(8).block(0));
        assert_eq!([(word >> 32) as u32, word as u32], Key::new(8).block(1));
        // Eight bytes of the third block, low word first, and four of the next.
        assert_eq!(bytes[..4], Key::new(8).block(2)[1].to_le_bytes());
        assert_eq!(bytes[4..8], Key::new(8).block(2)[0].to_le_bytes());
        assert_eq!(bytes[8..], Key::new(8).block(3)[1].to_le_bytes());
        assert_eq!(stream.count, 4);
    }

    #[test]
    fn the_count_wraps_after_all_draws() {
        let mut stream = Stream { key: Key::new(0), count: u32::MAX };
        stream.next_key();
        assert_eq!(stream, Stream::new(0));
    }

    /// `nnx.Dropout(0.5, rngs=nnx.Rngs(0))` on ten ones, twice.
    #[test]
    fn a_forked_stream_gives_the_dropout_masks_of_flax() {
        let mut dropout = Stream::new(0).fork();
        let mut mask = || bernoulli(dropout.next_key(), 10, 0.5).into_iter().map(u8::from);
        assert!(mask().eq([1, 0, 1, 0, 1, 1, 1, 0, 1, 1]));
        assert!(mask().eq([1, 1, 1, 0, 1, 0, 0, 1, 1, 0]));
    }
}
