//! Random draws: operations whose input is a random key.

use super::operation::{Keeps, Operation, Signature};
use super::{Backward, DynTensor};
use crate::array::{Array, DType, Dims, ShapeError};
use crate::random::{self, Key};

/// Booleans of shape `dims` that are true with probability `p`. The input is the key: its two words, `(2,)` of u32.
/// So a draw is a function of its input, as in JAX, and the same operation with another key draws other samples.
#[derive(Debug, Clone, Copy)]
struct Bernoulli {
    p: f32,
    dims: Dims,
}

impl Operation for Bernoulli {
    fn name(&self) -> &'static str {
        "bernoulli"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        if !matches!(inputs, [key] if *key.dims == [2] && key.dtype == DType::U32) {
            let found: Vec<String> = inputs.iter().map(Signature::to_string).collect();
            let problem = format!("takes one key, (2,) of u32, found [{}]", found.join(", "));
            return Err(ShapeError::operands(self.name(), problem));
        }
        if !(0.0..=1.0).contains(&self.p) {
            let problem = format!("takes a probability within 0 to 1, found {}", self.p);
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(Signature { dims: self.dims, dtype: DType::Bool })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let key = inputs[0].contiguous();
        let key = key.slice().try_into().expect("`output` takes a key of two words");
        let samples = random::bernoulli(Key::from_data(key), self.dims.elements(), self.p);
        Array::filled(samples, self.dims)
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

impl DynTensor {
    /// A tensor of booleans that are true with probability `p` (`jax.random.bernoulli`). The samples are those of
    /// [`random::bernoulli`]. No gradient flows through them.
    ///
    /// ```
    /// use nnx_core::{ops::DynTensor, random::{Key, bernoulli}};
    ///
    /// let mask = DynTensor::bernoulli(Key::new(0), 0.3, &[2, 5]);
    /// assert_eq!(mask.array().to_vec::<bool>()?, bernoulli(Key::new(0), 10, 0.3));
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Panics
    /// If `p` isn't within 0 to 1, or there is no memory for the samples.
    #[must_use]
    #[track_caller]
    pub fn bernoulli(key: Key, p: f32, dims: &[usize]) -> Self {
        let key = Array::filled(key.data().to_vec(), Dims::new(&[2]));
        Self::apply(Bernoulli { p, dims: Dims::new(dims) }, [key.into()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u64) -> DynTensor {
        Array::filled(Key::new(seed).data().to_vec(), Dims::new(&[2])).into()
    }

    fn refusal<const N: usize>(p: f32, inputs: [DynTensor; N]) -> String {
        let operation = Bernoulli { p, dims: Dims::new(&[3]) };
        DynTensor::try_apply(operation, inputs).unwrap_err().to_string()
    }

    #[test]
    fn a_draw_has_the_bits_of_the_function_on_slices_at_every_length_and_probability() {
        for (seed, dims) in [(0, [1usize, 1]), (7, [3, 341]), (u64::MAX, [2, 1024]), (5, [0, 4])] {
            for p in [0.0, 0.1, 0.5, 0.999, 1.0] {
                let drawn = DynTensor::bernoulli(Key::new(seed), p, &dims);
                let expected = random::bernoulli(Key::new(seed), dims.iter().product(), p);
                assert_eq!(*drawn.dims(), dims);
                assert_eq!(
                    drawn.array().to_vec::<bool>().unwrap(),
                    expected,
                    "{seed} {dims:?} {p}"
                );
            }
        }
    }

    #[test]
    fn the_key_is_read_through_strides() {
        let words = Key::new(0x0123_4567_89ab_cdef).data();
        let spread = Array::filled(vec![words[0], 1, words[1], 2], Dims::new(&[2, 2]));
        let column = DynTensor::from(spread).slice(1, 0, 1).reshape(&[2]);
        let operation = Bernoulli { p: 0.5, dims: Dims::new(&[64]) };
        let (a, b) = (column, key(0x0123_4567_89ab_cdef));
        let [a, b] = [a, b].map(|key| DynTensor::apply(operation, [key]).array().to_vec::<bool>());
        assert_eq!(a.unwrap(), b.unwrap());
    }

    #[test]
    fn refusals_name_what_was_found() {
        assert_eq!(
            refusal(1.5, [key(0)]),
            "`bernoulli` takes a probability within 0 to 1, found 1.5"
        );
        assert_eq!(
            refusal(f32::NAN, [key(0)]),
            "`bernoulli` takes a probability within 0 to 1, found NaN"
        );
        let float = DynTensor::from(Array::filled(vec![0.0f32; 2], Dims::new(&[2])));
        assert_eq!(
            refusal(0.5, [float]),
            "`bernoulli` takes one key, (2,) of u32, found [(2,) of f32]"
        );
        assert_eq!(refusal(0.5, []), "`bernoulli` takes one key, (2,) of u32, found []");
    }
}
