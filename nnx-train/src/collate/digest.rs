//! A digest of items, by which a resumed run notices other data.

use nnx_core::array::{Array, DType, Element};
use nnx_core::ops::DynTensor;

/// A digest of what items hold; see [`Collate::digest`](crate::Collate::digest). It is the same in every process and on every
/// machine.
///
/// ```
/// use nnx_train::Digest;
///
/// let of = |text: &str| {
///     let mut digest = Digest::new();
///     digest.bytes(text.as_bytes());
///     digest.value()
/// };
/// assert_eq!(of("rose"), of("rose"));
/// assert_ne!(of("rose"), of("tulip"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Digest {
    /// The digest of nothing. (The hash is FNV-1a, over words of 64 bits.)
    #[must_use]
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds bytes, and how many they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        for bytes in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            self.number(u64::from_le_bytes(word));
        }
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x0100_0000_01b3);
        // A product moves bits up alone: here they come down again.
        self.0 = mixed ^ (mixed >> 29);
    }

    /// Adds the elements of an array, by their values.
    pub fn elements<E: Element>(&mut self, elements: &[E]) {
        self.number(elements.len() as u64);
        let array = Array::new(elements.to_vec(), &[elements.len()]).expect("as many elements");
        let numbers = DynTensor::from(array).cast(DType::F64).into_array().to_vec::<f64>();
        numbers.expect("cast to f64").into_iter().for_each(|x| self.number(x.to_bits()));
    }

    /// The digest of all that was added.
    #[must_use]
    pub fn value(self) -> u64 {
        self.0
    }
}
