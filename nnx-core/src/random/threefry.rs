//! Threefry-2x32, the counter-based generator of all random numbers in the library.
//!
//! A [`Key`] is a pair of 32-bit words. Encrypting a 64-bit counter `i` with it gives two words that look random.
//! So the random bits of element `i` are computed directly: element 10⁶ costs as much as element 0, and threads
//! can fill separate chunks of an array. A key has no state that changes; [`Key::fold_in`] and [`Key::split`]
//! derive new keys. All results equal those of `jax.random` bit for bit.
//!
//! Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).

use super::capacity::vec_with_capacity;

/// The left rotations of the rounds. Groups of four rounds use the rows alternately.
const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];

/// The constant that makes the third word of the key schedule nonzero for an all-zero key.
const PARITY: u32 = 0x1BD1_1BDA;

/// A random key. JAX: `jax.random.key`.
///
/// Equal keys give equal values, so use each key once: either sample with it, or derive keys from it.
///
/// ```
/// use nnx_core::random::Key;
///
/// let key = Key::new(3);
/// assert_eq!(key.split(2)[0], Key::from_data([3716834203, 3481239269]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u32; 2]);

impl Key {
    /// The key of a seed: the seed's high and low 32 bits.
    ///
    /// JAX: `jax.random.key(seed)`. Without 64-bit types JAX drops the high bits; the keys agree for every seed
    /// below 2³².
    ///
    /// ```
    /// # use nnx_core::random::Key;
    /// assert_eq!(Key::new(7).data(), [0, 7]);
    /// ```
    pub const fn new(seed: u64) -> Self {
        Self(words(seed))
    }

    /// The key with these two words, the inverse of [`data`](Self::data).
    /// JAX: `jax.random.wrap_key_data`.
    ///
    /// ```
    /// # use nnx_core::random::Key;
    /// assert_eq!(Key::from_data([0, 7]), Key::new(7));
    /// ```
    pub const fn from_data(data: [u32; 2]) -> Self {
        Self(data)
    }

    /// The two words of the key, to save it. JAX: `jax.random.key_data`.
    ///
    /// ```
    /// # use nnx_core::random::Key;
    /// assert_eq!(Key::new(1 << 32).data(), [1, 0]);
    /// ```
    pub const fn data(self) -> [u32; 2] {
        self.0
    }

    /// Derives the key with index `data`: `threefry(key, (0, data))`.
    /// JAX: `jax.random.fold_in`.
    ///
    /// ```
    /// # use nnx_core::random::Key;
    /// assert_eq!(Key::new(0).fold_in(0), Key::from_data([1797259609, 2579123966]));
    /// ```
    pub fn fold_in(self, data: u32) -> Self {
        Self(self.block(u64::from(data)))
    }

    /// Derives `n` independent keys; key `i` is `threefry(key, (0, i))`.
    /// JAX: `jax.random.split`.
    ///
    /// Key `i` equals `fold_in(i)`, so don't use both on one key.
    ///
    /// ```
    /// # use nnx_core::random::Key;
    /// let keys = Key::new(0).split(3);
    /// assert!(keys[0] != keys[1] && keys[1] != keys[2]);
    /// ```
    pub fn split(self, n: usize) -> Vec<Self> {
        (0..n as u64).map(|i| Self(self.block(i))).collect()
    }

    /// `n` words of 32 random bits. JAX: `jax.random.bits(key, (n,))`.
    ///
    /// ```
    /// # use nnx_core::random::Key;
    /// assert_eq!(Key::new(0).bits(2), [4070199207, 4202968722]);
    /// ```
    pub fn bits(self, n: usize) -> Vec<u32> {
        let mut bits = vec_with_capacity(n);
        bits.resize(n, 0);
        self.fill_bits(0, &mut bits);
        bits
    }

    /// Writes the random bits of the elements `first..first + bits.len()` of a flat array: `hi ^ lo` of
    /// `threefry(key, i)` for element `i`.
    ///
    /// The bits of an element depend on its index only. So threads that fill chunks of one array write the same
    /// bits as a single call.
    ///
    /// ```
    /// # use nnx_core::random::Key;
    /// let mut tail = [0; 3];
    /// Key::new(0).fill_bits(7, &mut tail);
    /// assert_eq!(tail, Key::new(0).bits(10)[7..]);
    /// ```
    pub fn fill_bits(self, first: u64, bits: &mut [u32]) {
        for (i, bits) in (0u64..).zip(bits) {
            let [hi, lo] = self.block(first.wrapping_add(i));
            *bits = hi ^ lo;
        }
    }

    /// The 64 random bits of a counter, as high and low word.
    #[inline]
    pub(super) fn block(self, counter: u64) -> [u32; 2] {
        threefry(self.0, words(counter))
    }
}

impl From<u64> for Key {
    fn from(seed: u64) -> Self {
        Self::new(seed)
    }
}

/// The high and the low half of a 64-bit value.
const fn words(value: u64) -> [u32; 2] {
    [(value >> 32) as u32, value as u32]
}

/// Encrypts a counter with `key`, in 20 rounds of add, rotate, xor. Two of the three words of the key schedule
/// are added before the first round and after every fourth.
///
/// The rounds have no branches and no table, so the compiler vectorizes a loop over counters.
#[inline]
fn threefry(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    let schedule = [key[0], key[1], key[0] ^ key[1] ^ PARITY];
    let mut hi = counter[0].wrapping_add(schedule[0]);
    let mut lo = counter[1].wrapping_add(schedule[1]);
    for group in 0..5 {
        for rotation in ROTATIONS[group % 2] {
            hi = hi.wrapping_add(lo);
            lo = lo.rotate_left(rotation) ^ hi;
        }
        hi = hi.wrapping_add(schedule[(group + 1) % 3]);
        lo = lo.wrapping_add(schedule[(group + 2) % 3]).wrapping_add(group as u32 + 1);
    }
    [hi, lo]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of the generator's authors (the "kat_vectors" of their library).
    #[test]
    fn threefry_meets_the_known_answers_of_its_authors() {
        assert_eq!(threefry([0, 0], [0, 0]), [0x6b200159, 0x99ba4efe]);
        assert_eq!(threefry([u32::MAX; 2], [u32::MAX; 2]), [0x1cb996fc, 0xbb002be7]);
        assert_eq!(
            threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3]),
            [0xc4923a9c, 0x483df7a0]
        );
    }

    #[test]
    fn split_and_fold_in_give_the_keys_of_jax() {
        assert_eq!(
            Key::new(3).split(2),
            [[3716834203, 3481239269], [1946498123, 2217676430]].map(Key)
        );
        assert_eq!(
            [0, 1, 2].map(|data| Key::new(0).fold_in(data)),
            [[1797259609, 2579123966], [928981903, 3453687069], [4146024105, 2718843009]].map(Key)
        );
    }

    #[test]
    fn all_64_bits_of_a_seed_count() {
        assert_eq!(Key::new(0x0123_4567_89ab_cdef).data(), [0x0123_4567, 0x89ab_cdef]);
    }

    #[test]
    fn bits_are_the_same_however_the_array_is_cut() {
        let key = Key::new(42);
        let whole = key.bits(50);
        for first in 0..whole.len() {
            let (mut head, mut tail) = (vec![0; first], vec![0; whole.len() - first]);
            key.fill_bits(0, &mut head);
            key.fill_bits(first as u64, &mut tail);
            assert_eq!([head, tail].concat(), whole, "cut at {first}");
        }
    }

    #[test]
    fn bits_of_an_element_mix_both_words_of_its_block() {
        let key = Key::new(9);
        for (i, bits) in key.bits(33).into_iter().enumerate() {
            let [hi, lo] = key.block(i as u64);
            assert_eq!(bits, hi ^ lo);
        }
    }

    #[test]
    fn elements_beyond_index_2_32_have_their_own_bits() {
        let key = Key::new(5);
        let mut across = [0; 4];
        key.fill_bits((1 << 32) - 2, &mut across);
        let [hi, lo] = threefry(key.data(), [1, 1]);
        assert_eq!(across[3], hi ^ lo);
        assert_ne!(across[2..], key.bits(2)[..]);
    }
}
