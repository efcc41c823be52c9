//! Random keys as tensors: what is derived from a key are operations on its words.

use super::attributes::{AttributeValue, attributes};
use super::operation::{Keeps, Operation, Signature};
use super::random::{check_key, key_of};
use super::view::refuse;
use super::{Backward, DynTensor};
use crate::array::{Array, DType, Dims, ShapeError};
use crate::random::Key;

/// A random key whose words are a tensor, `(2,)` of u32 (a key array of JAX). A [`Key`] converts to it.
///
/// [`RngStream::sample`](crate::module::RngStream::sample) gives one. Within a recorded step
/// ([`jit`](crate::module::jit)) its words are those of each run.
///
/// ```
/// use nnx_core::{ops::{DynKey, DynTensor}, array::DType, random::Key};
///
/// let key = DynKey::from(Key::new(3));
/// let noise = DynTensor::normal(key.clone().fold_in(1), DType::F32, &[4]);
/// let same = DynTensor::normal(Key::new(3).fold_in(1), DType::F32, &[4]);
/// assert_eq!(noise.array(), same.array());
/// assert_eq!(key.key(), Key::new(3));
/// ```
#[derive(Debug, Clone)]
pub struct DynKey(DynTensor);

impl From<Key> for DynKey {
    fn from(key: Key) -> Self {
        Self(Array::filled(key.data().to_vec(), Dims::new(&[2])).into())
    }
}

impl DynKey {
    /// The key with these words, `(2,)` of u32: [`Key::from_data`]. Within [`vmap`](crate::tensor::vmap) each member may
    /// have a key of its own. Other shapes and types are refused where the key is used. JAX: `jax.random.wrap_key_data`.
    ///
    /// ```
    /// use nnx_core::{array::{Array, DType}, ops::{DynKey, DynTensor}, random::Key};
    ///
    /// let keys = Array::new([Key::new(3).data(), Key::new(4).data()].concat(), &[2, 2])?.into();
    /// let draw = |words| DynTensor::normal(DynKey::from_data(words), DType::F32, &[3]);
    /// let all = DynTensor::vmap(|words| words.into_iter().map(draw).collect(), vec![(keys, true)]);
    /// let second = DynTensor::normal(Key::new(4), DType::F32, &[1, 3]);
    /// assert_eq!(all[0].clone().slice(0, 1, 1).array().to_vec::<f32>(), second.array().to_vec::<f32>());
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    #[must_use]
    pub fn from_data(words: DynTensor) -> Self {
        Self(words)
    }

    /// The words, `(2,)` of u32: [`Key::data`]. JAX: `jax.random.key_data`.
    #[must_use]
    pub fn data(self) -> DynTensor {
        self.0
    }

    /// The key `fold_in(self, data)`: [`Key::fold_in`].
    #[must_use]
    pub fn fold_in(self, data: u32) -> Self {
        self.folded(Array::scalar(data).into())
    }

    /// As [`fold_in`](Self::fold_in), of a number that is a tensor.
    pub(crate) fn folded(self, data: DynTensor) -> Self {
        Self(DynTensor::apply(FoldIn, [self.0, data]))
    }

    /// `n` keys that are independent of one another: [`Key::split`].
    #[must_use]
    pub fn split(self, n: usize) -> Vec<Self> {
        (0..n).map(|i| self.clone().fold_in(u32::try_from(i).expect("fewer than 2^32"))).collect()
    }

    /// The key as a number.
    ///
    /// # Panics
    /// While a program is recorded that computes the key.
    #[must_use]
    #[track_caller]
    pub fn key(&self) -> Key {
        key_of(self.0.array())
    }
}

/// `fold_in(key, data)`: the words of a key and a number of u32 to the words of another key.
#[derive(Debug, Clone, Copy, AttributeValue)]
pub(super) struct FoldIn;

impl Operation for FoldIn {
    attributes!();
    fn name(&self) -> &'static str {
        "fold_in"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let [key, data] = inputs else {
            return refuse(self.name(), format!("takes two inputs, found {}", inputs.len()));
        };
        check_key(self.name(), &[*key])?;
        if data.dtype != DType::U32 || !data.dims.is_empty() {
            return refuse(self.name(), format!("takes a number of u32, found {data}"));
        }
        Ok(*key)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let data = inputs[1].contiguous().slice::<u32>()[0];
        let words = key_of(&inputs[0]).fold_in(data).data();
        Array::build(Dims::new(&[2]), |out| out.copy_from_slice(&words))
    }
    fn keeps(&self) -> Keeps {
        Keeps::NOTHING
    }
    fn gradient(&self, _: &Backward<'_>, _: usize) -> Option<DynTensor> {
        None
    }
    fn flops(&self, _: &[Signature], _: &Signature) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_keys_are_those_of_numbers() {
        let (key, other) = (Key::new(5), DynKey::from(Key::new(5)));
        assert_eq!(other.clone().fold_in(7).key(), key.fold_in(7));
        let found: Vec<Key> = other.split(3).iter().map(DynKey::key).collect();
        assert_eq!(found, key.split(3));
    }

    #[test]
    fn what_is_no_key_or_number_is_refused() {
        let words = || DynKey::from(Key::new(0)).data();
        let refused =
            |inputs: [DynTensor; 2]| DynTensor::try_apply(FoldIn, inputs).unwrap_err().to_string();
        let number = DynTensor::from(Array::scalar(1u32));
        assert_eq!(
            refused([words(), words()]),
            "`fold_in` takes a number of u32, found (2,) of u32"
        );
        assert_eq!(
            refused([number.clone(), number]),
            "`fold_in` takes one key, (2,) of u32, found [() of u32]"
        );
    }
}
