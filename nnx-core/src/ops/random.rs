//! Random draws: operations whose input is a random key.

use super::operation::{Keeps, Operation, Signature, expect_float};
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
        expect_key(self.name(), inputs)?;
        if !(0.0..=1.0).contains(&self.p) {
            let problem = format!("takes a probability within 0 to 1, found {}", self.p);
            return Err(ShapeError::operands(self.name(), problem));
        }
        Ok(Signature { dims: self.dims, dtype: DType::Bool })
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let samples = random::bernoulli(key_of(&inputs[0]), self.dims.elements(), self.p);
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

/// Samples of the standard normal distribution, of this type and shape. The input is the key.
#[derive(Debug, Clone, Copy)]
struct StandardNormal(Signature);

impl Operation for StandardNormal {
    fn name(&self) -> &'static str {
        "standard_normal"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        expect_key(self.name(), inputs)?;
        expect_float(self.name(), &[self.0])?;
        Ok(self.0)
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let Signature { dims, dtype } = self.0;
        let (key, count) = (key_of(&inputs[0]), dims.elements());
        match dtype {
            DType::F64 => Array::filled(random::normal_f64(key, count), dims),
            _ => Array::filled(random::normal(key, count), dims),
        }
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

/// An error unless there is one input, a key.
fn expect_key(name: &'static str, inputs: &[Signature]) -> Result<(), ShapeError> {
    if matches!(inputs, [key] if *key.dims == [2] && key.dtype == DType::U32) {
        return Ok(());
    }
    let found: Vec<String> = inputs.iter().map(Signature::to_string).collect();
    let problem = format!("takes one key, (2,) of u32, found [{}]", found.join(", "));
    Err(ShapeError::operands(name, problem))
}

fn key_of(words: &Array) -> Key {
    let words = words.contiguous();
    Key::from_data(words.slice().try_into().expect("`output` takes a key of two words"))
}

fn array_of(key: Key) -> DynTensor {
    Array::filled(key.data().to_vec(), Dims::new(&[2])).into()
}

impl DynTensor {
    /// Samples of the standard normal distribution, of the type and shape of this tensor (`jax.random.normal`). They are
    /// those of [`random::normal`], in f64 of [`random::normal_f64`]. No gradient flows through them.
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor, random::{Key, normal}};
    ///
    /// let x = DynTensor::from(Array::full(0.0f32, &[2, 5]));
    /// assert_eq!(x.normal_like(Key::new(0)).array().to_vec::<f32>()?, normal(Key::new(0), 10));
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Panics
    /// If the elements aren't floating-point numbers.
    #[must_use]
    #[track_caller]
    pub fn normal_like(&self, key: Key) -> Self {
        Self::apply(StandardNormal(self.signature()), [array_of(key)])
    }

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
        Self::apply(Bernoulli { p, dims: Dims::new(dims) }, [array_of(key)])
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
    fn normal_samples_have_the_type_and_the_shape_of_the_tensor() {
        let key = Key::new(5);
        let of = |dtype| DynTensor::from(Array::full_float(0.0, dtype, &[3, 2])).normal_like(key);
        assert_eq!(of(DType::F32).array().to_vec::<f32>().unwrap(), random::normal(key, 6));
        assert_eq!(of(DType::F64).array().to_vec::<f64>().unwrap(), random::normal_f64(key, 6));
        assert_eq!(*of(DType::F32).dims(), [3, 2]);
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
